/**
 * The whole way of a photograph, on this machine: authority, nodes and camera as processes of their own.
 *
 *     npm run demo [-- --validators N] [-- --once]
 *
 * Photographs are registered, each answer is printed, and every node is asked for each. Of four nodes or
 * more one is killed, the others go on, and it catches up. Then everything stays up until Ctrl-C; with
 * `--once` it ends, exit code 0, and leaves nothing running and nothing on disk.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import getPort, { portNumbers } from 'get-port';

import { Children, DemoError, type Json } from './children.ts';
import { agree, type DemoNode, heightOf, namesOf, waitUntilDown } from './network.ts';

const API_PORT = 8_545;
const AUTHORITY_PORT = 8_001;
const PORT_RANGE = 200;
const PHOTO_COUNT = 3;
const VALIDATOR_COUNT_MAX = 16;
/** Nodes that go on without one of them. */
const FAULT_TOLERANT_COUNT = 4;
const EXIT_USAGE = 2;

interface Options {
  readonly validatorCount: number;
  readonly isOnce: boolean;
}

/** A running network, and a camera. */
interface World {
  readonly children: Children;
  readonly nodes: readonly DemoNode[];
  readonly cameraOptions: readonly string[];
}

const startMs = performance.now();

function say(text: string): void {
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  console.log(`[${seconds.padStart(5)} s] ${text}`);
}

function secondsSince(ms: number): string {
  return `${((performance.now() - ms) / 1_000).toFixed(1)} s`;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: { validators: { type: 'string', default: '1' }, once: { type: 'boolean' } },
    });
    const validatorCount = Number(values.validators);
    const isCount = Number.isInteger(validatorCount) && validatorCount >= 1;
    if (isCount && validatorCount <= VALIDATOR_COUNT_MAX) {
      return { validatorCount, isOnce: values.once === true };
    }
    console.error(`--validators is a number from 1 to ${VALIDATOR_COUNT_MAX}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
  }
  return undefined;
}

/** Returns the first of `count` free ports in a row. */
async function freePorts(first: number, count: number, what: string): Promise<number> {
  for (let port = first; port < first + PORT_RANGE; port++) {
    const wanted = portNumbers(port, port + count - 1);
    const free = [];
    for (const each of wanted) {
      if ((await getPort({ host: '127.0.0.1', port: each })) === each) free.push(each);
      else break;
    }
    if (free.length < count) continue;
    if (port !== first) console.log(`Port ${first} is busy: ${what} takes ${port}.`);
    return port;
  }
  throw new DemoError(`no ${count} free ports in a row from ${first} on`);
}

async function startAuthority(children: Children, dir: string): Promise<string> {
  const port = await freePorts(AUTHORITY_PORT, 1, 'the authority');
  const listen = ['--listen', `127.0.0.1:${port}`];
  const { url } = await children.start(['authority', 'start', '--dir', dir, ...listen, '--json']);
  say(`The manufacturer's authority answers at ${String(url)}`);
  return String(url);
}

async function provision(authority: string, dir: string): Promise<string> {
  const answer = await fetch(new URL('api/v1/devices/provision', authority), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      device_serial: `DEMO-${Date.now()}`,
      device_family: 'Simulated camera',
    }),
  });
  if (answer.status !== 201) throw new DemoError(`the authority answered ${answer.status}`);
  const file = join(dir, 'camera.json');
  await writeFile(file, await answer.text(), { mode: 0o600 });
  return file;
}

async function startNetwork(
  children: Children,
  dir: string,
  { validatorCount }: Options,
): Promise<readonly DemoNode[]> {
  const port = await freePorts(API_PORT, validatorCount, 'the network');
  const networkDir = join(dir, 'network');
  const ready = await children.start([
    ...['devnet', '--dir', networkDir, '--validators', String(validatorCount)],
    ...['--api-port', String(port), '--authority', join(dir, 'authority', 'authority.json')],
  ]);
  const pids = ready['pids'] as number[];
  const nodes = (ready['api'] as string[]).map((api, i) => {
    const name = `v${i + 1}`;
    return { name, dir: join(networkDir, name), api, pid: pids[i] ?? 0 };
  });
  const what = nodes.length === 1 ? 'The node answers' : `${nodes.length} nodes answer`;
  say(`${what} at ${nodes.map(({ api }) => api).join(', ')} (chain ${String(ready['chain_id'])})`);
  return nodes;
}

/** Takes photographs and submits them to a node; resolves to their image hashes once they are committed. */
async function capture(
  { children, cameraOptions }: World,
  node: DemoNode,
  count: number,
): Promise<readonly string[]> {
  const captured = await children.run([
    ...['camera', 'capture', ...cameraOptions],
    ...['--node', node.api, '--count', String(count), '--json'],
  ]);
  const hashes = captured.map((each) => String(each['image_hash']));
  if (hashes.length !== count) throw new DemoError(`${hashes.length} photographs came back`);
  return hashes;
}

function show(node: DemoNode, answer: Json): void {
  console.log(`\n${JSON.stringify(answer, null, 2)}`);
  console.log(`${node.api}/verify/${String(answer['image_hash'])}\n`);
}

/** Registers photographs through one node, and one through another; resolves to their image hashes. */
async function register(world: World): Promise<readonly string[]> {
  const { nodes } = world;
  const [first, second] = nodes;
  if (first === undefined) throw new DemoError('the network has no interface');
  say(`The camera takes ${PHOTO_COUNT} photographs and submits their hashes to ${first.name} …`);
  const hashes = [...(await capture(world, first, PHOTO_COUNT))];
  if (second !== undefined) {
    say(`… and one to ${second.name} …`);
    hashes.push(...(await capture(world, second, 1)));
  }
  for (const hash of hashes) show(first, await agree(nodes, hash));
  say(`All ${hashes.length} photographs are registered and verified by ${namesOf(nodes)}.`);
  return hashes;
}

/** Kills a node, registers a photograph without it, and starts it again; resolves to the image hash. */
async function outlive(world: World): Promise<string> {
  const { nodes, children } = world;
  const [first] = nodes;
  const victim = nodes.at(-1);
  if (first === undefined || victim === undefined) throw new DemoError('there are no nodes');
  const others = nodes.filter((each) => each !== victim);
  say(`${victim.name} is killed (kill -9 ${victim.pid}) …`);
  process.kill(victim.pid, 'SIGKILL');
  await waitUntilDown(victim);

  const submittedMs = performance.now();
  const [hash = ''] = await capture(world, first, 1);
  const answer = await agree(others, hash);
  const block = String(answer['block_height']);
  say(
    `Without it a photograph is committed after ${secondsSince(submittedMs)}, camera included: ` +
      `${namesOf(others)} verify it in block ${block}.`,
  );

  const restartedMs = performance.now();
  await children.startNode(victim.dir);
  say(`${victim.name} is started again, and answers after ${secondsSince(restartedMs)} …`);
  await agree(nodes, hash);
  say(
    `… and has caught up after ${secondsSince(restartedMs)}: ` +
      `${namesOf(nodes)} agree, ${victim.name} stands at block ${await heightOf(victim)}.`,
  );
  return hash;
}

async function demonstrate(children: Children, dir: string, options: Options): Promise<string> {
  const authority = await startAuthority(children, join(dir, 'authority'));
  const nodes = await startNetwork(children, dir, options);
  const provisioning = await provision(authority, dir);
  say('A camera was provisioned.');
  const cameraOptions = ['--provisioning', provisioning, '--dir', join(dir, 'camera')];
  const world = { children, nodes, cameraOptions };
  const hashes = [...(await register(world))];
  if (nodes.length >= FAULT_TOLERANT_COUNT) {
    hashes.push(await outlive(world));
    for (const hash of hashes) await agree(nodes, hash);
    say(`${namesOf(nodes)} agree on all ${hashes.length} photographs.`);
  }
  return nodes[0]?.api ?? '';
}

/** Resolves at the first signal; later ones change nothing. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        resolve();
      });
    }
  });
}

async function main(options: Options): Promise<void> {
  const stopped = signalled();
  const children = new Children();
  const dir = await mkdtemp(join(tmpdir(), 'birthmark-demo-'));
  try {
    const api = await Promise.race([demonstrate(children, dir, options), stopped]);
    if (api !== undefined && !options.isOnce) {
      console.log(`Journalists drop photographs at ${api}/verify`);
      console.log(`Operators see the network at     ${api}/network`);
      console.log(`Programs find the interface at   ${api}/docs`);
      console.log('Stays up until Ctrl-C.');
      await stopped;
    }
  } catch (error) {
    if (!(error instanceof DemoError)) throw error;
    console.error(`The demonstration failed: ${error.message}`);
    process.exitCode = 1;
  } finally {
    await children.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

const options = readOptions();
if (options === undefined) process.exitCode = EXIT_USAGE;
else await main(options);
