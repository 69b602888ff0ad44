/**
 * Receipts in use: reads them, tells those who wait for a change, and counts what is pending by state.
 */
import { formatHex } from '../../chain/bytes.ts';
import type { Receipt, SubmissionState, WorkChange, WorkStore } from '../store/workStore.ts';
import { isEnded, stateOf } from './receipt.ts';

/** A receipt before (undefined if it is fresh) and after a step. */
export interface Move {
  readonly before: Receipt | undefined;
  readonly after: Receipt;
}

/** Receipts of this node. */
export class ReceiptDesk {
  readonly #work: WorkStore;
  readonly #waiters = new Map<string, Set<() => void>>();
  readonly #pending = new Map<SubmissionState, number>();
  /** Receipts whose last step is not stored, by id. */
  readonly #held = new Map<string, Receipt>();

  constructor(work: WorkStore) {
    this.#work = work;
  }

  /** Returns a receipt as it stands now. */
  find(id: Uint8Array): Receipt | undefined {
    return this.#held.get(formatHex(id)) ?? this.#work.readReceipt(id);
  }

  /** Number of submissions that are not decided. */
  pendingCount(): number {
    return [...this.#pending.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Number of submissions in each state that is not an end. */
  pendingByState(): ReadonlyMap<SubmissionState, number> {
    return this.#pending;
  }

  /** Counts a receipt that was found at start. */
  countRestored(receipt: Receipt): void {
    this.#count(receipt, 1);
  }

  /** Writes receipts together with what belongs to them, then tells those who wait. */
  async write(
    moves: readonly Move[],
    changes: readonly WorkChange[],
    options: { readonly durable: boolean },
  ): Promise<void> {
    const puts = moves.map(({ after }): WorkChange => ({ type: 'put-receipt', receipt: after }));
    await this.#work.write([...puts, ...changes], options);
    for (const move of moves) {
      this.#held.delete(formatHex(move.after.id));
      this.#note(move);
    }
  }

  /**
   * Takes a step that is not worth a write: the next one is written soon, and until then an end of the process
   * leaves the receipt where it was.
   */
  hold(move: Move): void {
    this.#held.set(formatHex(move.after.id), move.after);
    this.#note(move);
  }

  /** Resolves at the receipt's next change, or when the signal aborts. */
  waitForChange(id: Uint8Array, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const key = formatHex(id);
    const waiters = this.#waiters.get(key) ?? new Set();
    this.#waiters.set(key, waiters);
    return new Promise((resolve) => {
      const wake = (): void => {
        waiters.delete(wake);
        if (waiters.size === 0) this.#waiters.delete(key);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      waiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #note({ before, after }: Move): void {
    if (before !== undefined) this.#count(before, -1);
    this.#count(after, 1);
    this.#tell(after.id);
  }

  #tell(id: Uint8Array): void {
    const waiters = this.#waiters.get(formatHex(id));
    if (waiters === undefined) return;
    for (const wake of [...waiters]) wake();
  }

  #count(receipt: Receipt, change: 1 | -1): void {
    if (isEnded(receipt)) return;
    const state = stateOf(receipt);
    this.#pending.set(state, (this.#pending.get(state) ?? 0) + change);
  }
}
