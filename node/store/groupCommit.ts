/**
 * Group commit: calls that come while a write is under way are merged into the next one.
 *
 * Thousands of submissions a second each wait for a durable write, and a disk syncs some hundred times a
 * second. Merged, one sync serves all that wait. Order is kept: a call's changes lie behind those of earlier
 * calls, and never in two writes.
 */
import { invariant } from '../../chain/invariant.ts';
import type { Durability } from './rows.ts';

/** Changes of one merged write at most; a single call with more is written alone. */
export const GROUP_CHANGE_COUNT_MAX = 2_000;

/** Writes changes whole or not at all; durable if anybody who waits for them wants that. */
export type GroupWriter<T> = (changes: readonly T[], options: Durability) => Promise<void>;

interface Call<T> extends Durability {
  readonly changes: readonly T[];
  resolve(): void;
  reject(cause: unknown): void;
}

/** A queue of calls in front of a writer that takes one write at a time. */
export class GroupCommit<T> {
  readonly #write: GroupWriter<T>;
  #waiting: Call<T>[] = [];
  #running: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;
  #isClosed = false;

  constructor(write: GroupWriter<T>) {
    this.#write = write;
  }

  /**
   * Resolves when the changes are written, as durably as asked. After a write that failed, all calls reject
   * with its error.
   */
  async submit(changes: readonly T[], { durable }: Durability): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.cause;
    if (this.#isClosed) throw new Error('the store is closed');
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#waiting.push({ changes, durable, resolve: () => resolve(undefined), reject });
    this.#running ??= this.#run();
    await promise;
  }

  /** Takes no more calls; resolves when those that wait are written, or have failed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Calls of the same turn belong together, the first among them.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      const changes = group.flatMap((call) => call.changes);
      const durable = group.some((call) => call.durable);
      try {
        await this.#write(changes, { durable });
        for (const call of group) call.resolve();
      } catch (cause) {
        this.#fail(group, cause);
      }
    }
    this.#running = undefined;
  }

  /** Takes as many calls as one write may have, at least one. */
  #takeGroup(): readonly Call<T>[] {
    let changeCount = 0;
    const count = this.#waiting.findIndex((call) => {
      changeCount += call.changes.length;
      return changeCount > GROUP_CHANGE_COUNT_MAX;
    });
    const group = this.#waiting.splice(0, count === -1 ? this.#waiting.length : Math.max(1, count));
    invariant(group.length > 0, 'a group has a call');
    return group;
  }

  #fail(group: readonly Call<T>[], cause: unknown): void {
    this.#failure = { cause };
    for (const call of [...group, ...this.#waiting.splice(0)]) call.reject(cause);
  }
}
