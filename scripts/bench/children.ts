/**
 * The processes of a run. Each speaks with this one over a channel, and ends when the channel closes, so
 * that nothing stays behind whatever ends the run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { fileText } from './files.ts';

/** A process to be started. */
export interface ChildOptions {
  /** Names its log, too. */
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  /** Arguments of Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Something that stands in the way of a measurement. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}

const STOP_TIMEOUT_MS = 15_000;
const REPLY_TIMEOUT_MS = 300_000;
const LOG_TAIL_LINES = 15;

/** A running process of ours. */
export class Child {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #logPath: string;
  readonly #ended: Promise<unknown>;

  constructor(name: string, child: ChildProcess, logPath: string) {
    this.name = name;
    this.#process = child;
    this.#logPath = logPath;
    this.#ended = once(child, 'exit').catch(() => undefined);
  }

  /** Its process id. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Whether it has ended. */
  hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Whether it has ended by itself, with exit code 0. */
  hasSucceeded(): boolean {
    return this.#process.exitCode === 0;
  }

  /** Sends a message. */
  send(message: object): void {
    this.#process.send(message);
  }

  /** Resolves to the next message. Rejects with a BenchError that shows the end of its log if it dies. */
  async reply(): Promise<unknown> {
    const signal = AbortSignal.timeout(REPLY_TIMEOUT_MS);
    const settled = new AbortController();
    const message = once(this.#process, 'message', {
      signal: AbortSignal.any([signal, settled.signal]),
    }).then((values: readonly unknown[]) => values[0]);
    const death = this.#ended.then(() => Promise.reject(new BenchError('ended')));
    try {
      return await Promise.race([message, death]);
    } catch (cause) {
      const lines = (await fileText(this.#logPath)).trimEnd().split('\n').slice(-LOG_TAIL_LINES);
      const what = signal.aborted ? 'did not reply in time' : 'ended too early';
      throw new BenchError(`${this.name} ${what}; its last lines:\n  ${lines.join('\n  ')}`, {
        cause,
      });
    } finally {
      message.catch(() => undefined);
      settled.abort();
    }
  }

  /** Sends a message and resolves to the reply. */
  ask(message: object): Promise<unknown> {
    const reply = this.reply();
    this.send(message);
    return reply;
  }

  /** Ends it as `kill -9` does; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** Ends it as an operator would; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.hasEnded()) return;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(timer);
  }
}

/** All processes of a run. */
export class Children {
  readonly #logDir: string;
  readonly #children: Child[] = [];

  constructor(logDir: string) {
    this.#logDir = logDir;
  }

  /** Starts a process with an environment of its own: none of this one's settings reach it. */
  async start({ name, script, args = [], nodeArgs = [], env = {} }: ChildOptions): Promise<Child> {
    const logPath = join(this.#logDir, `${name}.log`);
    const log = await open(logPath, 'a', 0o600);
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [...nodeArgs, script, ...args], {
      env: { PATH, HOME, ...env },
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
    });
    await log.close();
    const running = new Child(name, child, logPath);
    this.#children.push(running);
    return running;
  }

  /** Stops all, the last started first. */
  async stopAll(): Promise<void> {
    for (const child of this.#children.toReversed()) await child.stop();
  }
}
