/**
 * The whole way of a photograph, on this machine: authority, node and camera as processes of their own.
 *
 * `npm run demo` registers three photographs, prints each answer, and stays up; with `--once` it ends after
 * checking the answers, exit code 0, and leaves nothing running and nothing on disk.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import getPort, { portNumbers } from 'get-port';

import { NODE_FLAGS } from '../bin/launch.js';
import { fieldsOf } from '../genesis/json.ts';

const MAIN = fileURLToPath(new URL('cli/main.ts', import.meta.url));
const API_PORT = 8_545;
const AUTHORITY_PORT = 8_001;
const PORT_RANGE = 200;
const PHOTO_COUNT = 3;
const STOP_TIMEOUT_MS = 10_000;

/** Something in the demonstration that did not go as it must. */
class DemoError extends Error {
  override readonly name = 'DemoError';
}

const children: ChildProcess[] = [];

/** Starts `birthmark` with these arguments; resolves to its first line of JSON. */
async function start(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const child = spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  if (child.stdout === null) throw new DemoError('a child has no output');
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(() => {
    throw new DemoError(`birthmark ${args[0] ?? ''} ended before it was ready`);
  });
  ended.catch(() => undefined); // It also ends when it is told to.
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  return fieldsOf(JSON.parse(line));
}

/** Runs `birthmark` to its end; resolves to its lines of JSON. */
async function run(args: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit');
  const values: Readonly<Record<string, unknown>>[] = [];
  for await (const line of lines) values.push(fieldsOf(JSON.parse(line)));
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new DemoError(`birthmark ${args.join(' ')} failed`);
  return values;
}

async function freePort(port: number, what: string): Promise<number> {
  const found = await getPort({ host: '127.0.0.1', port: portNumbers(port, port + PORT_RANGE) });
  if (found !== port) console.log(`Port ${port} is busy: ${what} takes ${found}.`);
  return found;
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

async function startAll(
  dir: string,
): Promise<{ readonly api: string; readonly authority: string }> {
  const authorityPort = await freePort(AUTHORITY_PORT, 'the authority');
  const authorityDir = join(dir, 'authority');
  const listen = `127.0.0.1:${authorityPort}`;
  const { url } = await start([
    'authority',
    'start',
    '--dir',
    authorityDir,
    '--listen',
    listen,
    '--json',
  ]);
  console.log(`The manufacturer's authority answers at ${String(url)}`);
  const apiPort = await freePort(API_PORT, 'the node');
  const network = ['--dir', join(dir, 'network'), '--api-port', String(apiPort)];
  const files = ['--authority', join(authorityDir, 'authority.json')];
  const ready = await start(['devnet', ...network, ...files]);
  const [api] = ready['api'] as string[];
  if (api === undefined) throw new DemoError('the network has no interface');
  console.log(`The node answers at ${api} (chain ${String(ready['chain_id'])})`);
  return { api, authority: String(url) };
}

async function check(api: string, captured: Readonly<Record<string, unknown>>): Promise<void> {
  const hash = String(captured['image_hash']);
  const answer = await fetch(new URL(`/api/v1/verify/${hash}`, api));
  const body = fieldsOf(await answer.json());
  console.log(`\n${JSON.stringify(body, null, 2)}`);
  console.log(`${api}/verify/${hash}`);
  if (answer.status !== 200 || body['verified'] !== true || body['image_hash'] !== hash) {
    throw new DemoError(`the photograph ${hash} is not verified`);
  }
}

async function demonstrate(dir: string): Promise<string> {
  const { api, authority } = await startAll(dir);
  const provisioning = await provision(authority, dir);
  console.log('A camera was provisioned. It takes three photographs and submits their hashes …');
  const camera = ['--provisioning', provisioning, '--dir', join(dir, 'camera'), '--node', api];
  const captured = await run([
    'camera',
    'capture',
    ...camera,
    '--count',
    String(PHOTO_COUNT),
    '--json',
  ]);
  if (captured.length !== PHOTO_COUNT)
    throw new DemoError(`${captured.length} photographs came back`);
  for (const each of captured) await check(api, each);
  console.log(`\nAll ${PHOTO_COUNT} photographs are registered and verified.`);
  return api;
}

async function stopAll(): Promise<void> {
  for (const child of children.reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
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

const stopped = signalled();
const dir = await mkdtemp(join(tmpdir(), 'birthmark-demo-'));
try {
  const api = await Promise.race([demonstrate(dir), stopped]);
  if (api !== undefined && !process.argv.includes('--once')) {
    console.log(`Stays up until Ctrl-C. The interface is described at ${api}/docs`);
    await stopped;
  }
} catch (error) {
  if (!(error instanceof DemoError)) throw error;
  console.error(`The demonstration failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  await stopAll();
  await rm(dir, { recursive: true, force: true });
}
