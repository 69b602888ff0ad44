/** The row of a proposer that is killed: the time until somebody else has proposed in its place. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { fieldsOf } from '../../../genesis/json.ts';
import { writeSubmissions } from '../cameras.ts';
import { BenchError } from '../children.ts';
import { SETTINGS } from '../options.ts';
import {
  pause,
  prepareNetwork,
  readStatus,
  type RunningNode,
  startNode,
  startNodes,
  untilConnected,
  waitUntil,
  type World,
} from '../world.ts';
import { SUBMIT_PATH, untilCommitted } from './submissions.ts';

const LOAD_S = 12;
/** Of load before the kill. */
const LEAD_MS = 2_000;
const TURN_TIMEOUT_MS = 10_000;
const BLOCK_TIMEOUT_MS = 30_000;
const POLL_MS = 5;

/** Seconds from `kill -9` of the proposer until another's block in its stead is seen, for each run. */
export async function measureCrashes(world: World): Promise<readonly number[]> {
  const { validators, runs } = world.options;
  const param = [`batch_wait_ms=${SETTINGS.batchWaitMs}`];
  const { dirs } = await prepareNetwork('crash', world, { param, validators });
  let nodes = await startNodes(dirs, world);
  const samples: number[] = [];
  for (let run = 0; run < runs; run++) {
    const victim = await chooseVictim(nodes, run);
    const survivors = nodes.filter((node) => node !== victim);
    const seconds = await measureCrash(victim, survivors, world);
    samples.push(seconds);
    world.note(`run ${run + 1} of ${runs}: a block of another proposer after ${seconds} s`);
    const again = await startNode(victim.dir, world);
    nodes = nodes.map((node) => (node === victim ? again : node));
    await untilConnected(again, nodes);
    for (const node of survivors) await untilConnected(node, nodes);
  }
  for (const { child } of nodes) await child.stop();
  return samples;
}

/** Another in each run, and none that is suspended: it would have no turn. */
async function chooseVictim(nodes: readonly RunningNode[], run: number): Promise<RunningNode> {
  const [first] = nodes;
  const { validators } = (await get(first, '/api/v1/validators')) as {
    readonly validators: readonly { name: string; suspended_until: number | null }[];
  };
  const idle = validators.filter((each) => each.suspended_until !== null).map(({ name }) => name);
  const able = nodes.filter(({ name }) => !idle.includes(name));
  const victim = able[run % able.length];
  if (victim === undefined) throw new BenchError('no validator may propose');
  return victim;
}

async function measureCrash(
  victim: RunningNode,
  survivors: readonly RunningNode[],
  world: World,
): Promise<number> {
  const [observer] = survivors;
  if (observer === undefined) throw new BenchError('nobody would be left');
  const file = join(world.dir, 'crash.jsonl');
  const count = LOAD_S * SETTINGS.crashLoadPerS;
  await writeSubmissions(world.cameras, { count, perBody: 1, file });
  const { committed } = await readStatus(observer);
  const load = world.load.run({
    ports: survivors.map(({ port }) => port),
    connections: SETTINGS.pacedConnections,
    method: 'POST',
    path: SUBMIT_PATH,
    file,
    seconds: null,
    perSecond: SETTINGS.crashLoadPerS,
  });
  load.catch(() => undefined); // It is awaited below.
  await pause(LEAD_MS);
  // As it says itself: nobody knows sooner.
  await waitUntil(`${victim.name} is the proposer`, TURN_TIMEOUT_MS, async () => {
    return (await readStatus(victim)).proposer === victim.name;
  });
  const killedMs = performance.now();
  await victim.child.kill();
  const { height } = await readStatus(observer);
  await untilReplaced(observer, height);
  const seconds = (performance.now() - killedMs) / 1_000;
  await load;
  await untilCommitted(observer, committed + count);
  await rm(file);
  return seconds;
}

/** Resolves when a block of a later view than the first is there. */
async function untilReplaced(observer: RunningNode, height: number): Promise<void> {
  const deadlineMs = performance.now() + BLOCK_TIMEOUT_MS;
  for (let next = height; performance.now() < deadlineMs;) {
    const { blocks } = (await get(observer, `/api/v1/blocks?from=${next}&limit=100`)) as {
      readonly blocks: readonly { block_height: number; view: number }[];
    };
    if (blocks.some(({ block_height, view }) => block_height > height && view > 0)) return;
    next = (blocks.at(-1)?.block_height ?? next - 1) + 1;
    await pause(POLL_MS);
  }
  throw new BenchError(`no block was proposed in another's place within ${BLOCK_TIMEOUT_MS} ms`);
}

async function get(
  node: RunningNode | undefined,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(new URL(path, node?.api));
  return fieldsOf(await answer.json());
}
