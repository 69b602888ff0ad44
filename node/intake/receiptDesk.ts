/**
 * Receipts in use: reads them, tells those who wait for a change, and counts what is pending by state.
 */
import { formatHex } from '../../chain/bytes.ts';
import type { Receipt, SubmissionState, WorkChange, WorkStore } from '../store/workStore.ts';
import { isEnded, stateOf } from './receipt.ts';

/** Time for which an ended receipt is kept. */
export const RECEIPT_RETENTION_MS = 90 * 86_400_000;

/** Receipts of this node. */
export class ReceiptDesk {
  readonly #work: WorkStore;
  readonly #waiters = new Map<string, Set<() => void>>();
  readonly #pending = new Map<SubmissionState, number>();

  constructor(work: WorkStore) {
    this.#work = work;
  }

  /** Returns a receipt as it is stored. */
  find(id: Uint8Array): Receipt | undefined {
    return this.#work.readReceipt(id);
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

  /**
   * Writes receipts together with what belongs to them, then tells those who wait.
   *
   * @param moves - each receipt before (undefined if it is fresh) and after.
   */
  async write(
    moves: readonly { readonly before: Receipt | undefined; readonly after: Receipt }[],
    changes: readonly WorkChange[],
    options: { readonly durable: boolean },
  ): Promise<void> {
    const puts = moves.map(({ after }): WorkChange => ({ type: 'put-receipt', receipt: after }));
    const ends = moves.flatMap(({ after }): WorkChange[] =>
      isEnded(after) ? [expiryOf(after)] : [],
    );
    await this.#work.write([...puts, ...ends, ...changes], options);
    for (const { before, after } of moves) {
      if (before !== undefined) this.#count(before, -1);
      this.#count(after, 1);
      this.#tell(after.id);
    }
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

function expiryOf(receipt: Receipt): WorkChange {
  const endedMs = receipt.steps.at(-1)?.atMs ?? 0;
  const untilMs = endedMs + RECEIPT_RETENTION_MS;
  return { type: 'expire-receipt', receiptId: receipt.id, untilMs };
}
