/** Memory of nodes while their backlog is at its limit: all submissions wait for an authority that is down. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { writeSubmissions } from '../cameras.ts';
import { BenchError } from '../children.ts';
import { type ProcessMemory, readMemory } from '../machine.ts';
import { SETTINGS } from '../options.ts';
import { pause, readStatus, type RunningNode, type World } from '../world.ts';
import { SUBMIT_PATH } from './submissions.ts';

const PART_COUNT = 10_000;
const HOLD_MS = 10_000;
const SAMPLE_MS = 500;

/** What was seen of one node, in bytes. */
export interface MemoryUse {
  readonly beforeBytes: number;
  /** The most that was seen in ten seconds with the backlog full. */
  readonly fullBytes: number;
  /** Pages of files at the end of them, which count as resident. */
  readonly fileBytes: number;
  /** The most since the node's start. */
  readonly peakBytes: number;
  readonly pending: number;
}

/** Fills the backlog of nodes, checks that they take no more, and reads their memory. */
export async function measureMemory(
  nodes: readonly RunningNode[],
  world: World,
): Promise<readonly MemoryUse[]> {
  const { pendingMax } = world.options;
  const before = await Promise.all(nodes.map(memoryOf));
  for (let sent = 0; sent < pendingMax;) {
    const count = Math.min(PART_COUNT, pendingMax - sent);
    await send(nodes, count, world);
    sent += count;
    world.note(`${sent} of ${pendingMax} submissions are pending at each node`);
  }
  for (const node of nodes) await checkFull(node, world);
  const full = nodes.map(() => 0);
  for (let held = 0; held < HOLD_MS; held += SAMPLE_MS) {
    await pause(SAMPLE_MS);
    const seen = await Promise.all(nodes.map(memoryOf));
    seen.forEach(({ rssBytes }, i) => {
      full[i] = Math.max(full[i] ?? 0, rssBytes);
    });
  }
  const after = await Promise.all(nodes.map(memoryOf));
  return after.map(({ peakBytes, fileBytes }, i) => ({
    beforeBytes: before[i]?.rssBytes ?? 0,
    fullBytes: full[i] ?? 0,
    fileBytes,
    peakBytes,
    pending: pendingMax,
  }));
}

/** Each node gets the same pictures: each institution may register one. */
async function send(nodes: readonly RunningNode[], count: number, world: World): Promise<void> {
  const file = join(world.dir, 'backlog');
  await writeSubmissions(world.cameras, { count, perBody: SETTINGS.listSize, file });
  const connections = SETTINGS.listConnections;
  for (const { port } of nodes) {
    const to = { ports: [port], connections, path: SUBMIT_PATH };
    await world.load.run({ ...to, method: 'POST', file, seconds: null });
  }
  await rm(file);
}

async function checkFull(node: RunningNode, world: World): Promise<void> {
  const { pending } = await readStatus(node);
  const { pendingMax } = world.options;
  if (pending !== pendingMax) throw new BenchError(`${pending} submissions are pending`);
  const refusal = await send([node], SETTINGS.listSize, world).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal instanceof BenchError && refusal.message.includes('ERR_QUEUE_FULL')) return;
  throw new BenchError('the node takes more than its limit', { cause: refusal });
}

async function memoryOf({ child }: RunningNode): Promise<ProcessMemory> {
  const memory = await readMemory(child.pid);
  if (memory === undefined)
    throw new BenchError('this system does not tell how much memory a process has');
  return memory;
}
