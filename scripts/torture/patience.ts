/** Waiting, with an end. */
import { setTimeout as delay } from 'node:timers/promises';

import type { NodeProcess } from './nodeProcess.ts';

/** Time in which a node must be ready, pass a point often enough, or end; a busy machine is slow. */
export const PATIENCE_MS = 60_000;

/** Something that did not happen in its time. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** Resolves as the promise does; rejects with a DeadlineError if that takes too long. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const done = new AbortController();
  const late = delay(PATIENCE_MS, undefined, { signal: done.signal }).then(
    () => {
      throw new DeadlineError(`it did not happen within ${PATIENCE_MS / 1_000} s that ${what}`);
    },
    () => new Promise<never>(() => undefined), // Called off.
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    done.abort();
  }
}

/** Kills a node at a random moment: the one thing here that time alone decides. */
export async function killAfter(node: NodeProcess, delayMs: number): Promise<void> {
  await delay(delayMs);
  node.kill();
}
