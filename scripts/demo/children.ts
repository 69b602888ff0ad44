/** The processes of the demonstration: each is `birthmark`, and all end with this process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { NODE_FLAGS } from '../../bin/launch.js';
import { fieldsOf } from '../../genesis/json.ts';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const STOP_TIMEOUT_MS = 10_000;
const RUN_TIMEOUT_MS = 120_000;

/** A JSON object that a command printed or a node answered. */
export type Json = Readonly<Record<string, unknown>>;

/** Something in the demonstration that did not go as it must. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}

/** Starts processes, and ends them in the reverse order. */
export class Children {
  readonly #children: ChildProcess[] = [];

  /** Starts a command that stays up; resolves to its first line of JSON. */
  async start(args: readonly string[]): Promise<Json> {
    const child = spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    this.#children.push(child);
    if (child.stdout === null) throw new DemoError('a child has no output');
    const lines = createInterface({ input: child.stdout });
    const [line] = (await Promise.race([once(lines, 'line'), endOf(child, args)])) as [string];
    return fieldsOf(JSON.parse(line));
  }

  /** Starts the node of a folder; resolves when it is ready. */
  async startNode(dir: string): Promise<void> {
    const log = await open(join(dir, 'node.log'), 'a', 0o600);
    const args = ['start', '--dir', dir];
    const child = spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args], {
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
    });
    this.#children.push(child);
    await log.close();
    await Promise.race([once(child, 'message'), endOf(child, args)]);
  }

  /** Runs a command to its end; resolves to its lines of JSON. */
  async run(args: readonly string[]): Promise<readonly Json[]> {
    const child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: RUN_TIMEOUT_MS,
    });
    this.#children.push(child);
    const lines = createInterface({ input: child.stdout });
    const ended = once(child, 'exit');
    const values: Json[] = [];
    for await (const line of lines) values.push(fieldsOf(JSON.parse(line)));
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new DemoError(`birthmark ${args.join(' ')} failed`);
    return values;
  }

  /** Ends all that still run. */
  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    }
  }
}

/** Rejects when a process ends. */
function endOf(child: ChildProcess, args: readonly string[]): Promise<never> {
  const ended = once(child, 'exit').then(() => {
    throw new DemoError(`birthmark ${args.join(' ')} ended before it was ready`);
  });
  ended.catch(() => undefined); // It also ends when it is told to.
  return ended;
}
