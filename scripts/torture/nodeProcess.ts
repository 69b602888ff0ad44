/** A validator as a process that can be trapped, killed and stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { fieldsOf } from '../../genesis/json.ts';
import type { Kill } from './plan.ts';

const CRASH_NODE = fileURLToPath(new URL('crashNode.ts', import.meta.url));
const ANY_PORT = '127.0.0.1:0';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A validator's process. */
export interface NodeProcess {
  /** Resolves to the URL of its interface, or to undefined if it ended before it was ready. */
  readonly ready: Promise<string | undefined>;
  /** Milliseconds from its start until it was ready; undefined before. */
  readyAfterMs(): number | undefined;
  readonly ended: Promise<Ending>;
  /** Makes it end itself at a point. */
  trap(kill: PointKill): void;
  /** Ends it as `kill -9` does. */
  kill(): void;
  /** Lets it do nothing, as a machine does that is overloaded or suspended. */
  freeze(): void;
  /** Lets it go on. */
  thaw(): void;
  /** Asks it to stop; resolves when it has. */
  stop(): Promise<Ending>;
}

/** A kill at a named point. */
export type PointKill = Extract<Kill, { readonly type: 'point' }>;

/** Returns where a validator's process writes its log. */
export function logPathOf(validatorDir: string): string {
  return join(validatorDir, 'node.log');
}

/** How a validator's process is started. */
export interface StartOptions {
  /** Counts from its start. */
  readonly trap?: PointKill | undefined;
  /** Settings that override those of its folder. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts a validator's process. */
export async function startNodeProcess(
  validatorDir: string,
  options: StartOptions = {},
): Promise<NodeProcess> {
  const startMs = performance.now();
  const child = await spawnNode(validatorDir, options);
  let readyMs: number | undefined;
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', reject);
  });
  const announced = new Promise<string>((resolve) => {
    child.once('message', (message) => {
      readyMs = performance.now() - startMs;
      resolve(String(fieldsOf(message)['api']));
    });
  });
  const { promise: isGone, resolve: tell } = Promise.withResolvers<undefined>();
  void ended.then(() => tell(undefined));
  return {
    ready: Promise.race([announced, isGone]),
    readyAfterMs: () => readyMs,
    ended,
    trap: ({ point, occurrence }) => {
      if (child.connected) child.send({ point, occurrence });
    },
    kill: () => {
      child.kill('SIGKILL');
    },
    freeze: () => {
      child.kill('SIGSTOP');
    },
    thaw: () => {
      child.kill('SIGCONT');
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function spawnNode(
  validatorDir: string,
  { trap, settings }: StartOptions,
): Promise<ChildProcess> {
  const log = await open(logPathOf(validatorDir), 'a', 0o600);
  const cache = getCompileCacheDir();
  const child = spawn(
    process.execPath,
    [CRASH_NODE, validatorDir, ...(trap === undefined ? [] : [trap.point, `${trap.occurrence}`])],
    {
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      env: {
        ...process.env,
        ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }),
        API_LISTEN: ANY_PORT,
        ADMIN_LISTEN: ANY_PORT,
        // All cameras and the check share one address.
        ADDRESS_RATE_PER_S: '1000000',
        ...settings,
      },
    },
  );
  // A message to a process that was just killed fails, which is no fault.
  child.on('error', () => undefined);
  await log.close();
  return child;
}
