/**
 * The processes of a development network.
 *
 * Children stay in the process group, and end when this process disappears, since each watches its channel
 * to it. One that dies is not restarted: it is said, and the others go on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { fieldsOf } from '../../genesis/json.ts';
import { CommandError, type Output } from '../cli/output.ts';
import type { Devnet } from './folder.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 8_000;
/** Any time will do. */
const KEEP_UP_MS = 3_600_000;

interface Child {
  readonly dir: string;
  /** Its validator's name, which is the folder's. */
  readonly name: string;
  readonly process: ChildProcess;
  /** Resolves to the URL of its interface. */
  readonly ready: Promise<string>;
  /** Resolves to how it ended: a signal, or its exit code. */
  readonly ended: Promise<string>;
}

/** Starts all validators, prints the ready line, and resolves when a signal has ended them. */
export async function runDevnet(devnet: Devnet, output: Output): Promise<void> {
  const stopped = signalled();
  const children: Child[] = [];
  let stopping = false;
  try {
    for (const dir of devnet.dirs) children.push(await startChild(dir));
    const api = await Promise.race([readyAll(children), stopped.then(() => undefined)]);
    if (api !== undefined) {
      const pids = children.map((child) => child.process.pid);
      output.json({ ready: true, api, pids, chain_id: devnet.chainId });
      printTable(children, api, output);
      for (const child of children) {
        void child.ended.then((how) => {
          if (!stopping)
            output.note(`${child.name} has ended (${how}); its log is ${logOf(child)}`);
        });
      }
      // A handler of signals keeps no process up, and the validators may all die.
      const up = setInterval(() => undefined, KEEP_UP_MS);
      await stopped;
      clearInterval(up);
    }
  } finally {
    stopping = true;
    await Promise.all(children.map(stopChild));
    if (process.connected) process.disconnect(); // An open channel would keep this process alive.
  }
}

function printTable(children: readonly Child[], api: readonly string[], output: Output): void {
  const rows = children.map((child, i) => [child.name, api[i] ?? '', logOf(child)]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    output.note(row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '));
  }
}

function logOf({ dir }: Pick<Child, 'dir'>): string {
  return join(dir, 'node.log');
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      resolve();
    };
    // A second signal finds the same handlers: the first one's work goes on.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
    process.on('disconnect', stop);
  });
}

async function startChild(dir: string): Promise<Child> {
  const log = await open(logOf({ dir }), 'a', 0o600);
  // The same kind of file as this one: source in a clone, JavaScript in the published package.
  const self = fileURLToPath(import.meta.url);
  const main = join(self, '..', '..', 'cli', `main${extname(self)}`);
  const child = spawn(process.execPath, [...process.execArgv, main, 'start', '--dir', dir], {
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  await log.close();
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal ?? `code ${String(code)}`);
    });
  });
  return { dir, name: basename(dir), process: child, ended, ready: readyOf(child, ended, dir) };
}

function readyOf(child: ChildProcess, ended: Promise<string>, dir: string): Promise<string> {
  const ready = new Promise<string>((resolve, reject) => {
    child.once('message', (message) => {
      resolve(String(fieldsOf(message)['api']));
    });
    child.once('error', reject);
    void ended.then((how) => explainEnd(dir, how)).then(reject, reject);
  });
  ready.catch(() => undefined); // Whoever waits for it sees the rejection.
  return ready;
}

/** The last line of its log is what a validator says when it cannot start. */
async function explainEnd(dir: string, how: string): Promise<CommandError> {
  const path = logOf({ dir });
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const last = (lines.at(-1) ?? '').replace(/^birthmark: /, '');
  return new CommandError(`the validator in ${dir} ended (${how}): ${last}\nits log is ${path}`);
}

async function readyAll(children: readonly Child[]): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(
        new CommandError(`not all validators were ready within ${READY_TIMEOUT_MS / 1_000} s`),
      );
    });
  });
  return Promise.race([Promise.all(children.map((child) => child.ready)), late]);
}

async function stopChild({ process: child, ended }: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
