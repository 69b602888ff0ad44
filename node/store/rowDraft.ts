import { formatHex } from '../../chain/bytes.ts';
import type { RowChange, RowReader } from './rows.ts';

/**
 * Changes that are not written yet, on top of the rows that are: reads see them.
 *
 * Most drafts are never read, so their changes are indexed by the first read, and not before.
 */
export class RowDraft {
  readonly #read: RowReader;
  readonly #changes: RowChange[] = [];
  readonly #values = new Map<string, Uint8Array | undefined>();
  #indexedCount = 0;

  constructor(read: RowReader) {
    this.#read = read;
  }

  /** Returns what the row will hold. */
  get(key: Uint8Array): Uint8Array | undefined {
    for (; this.#indexedCount < this.#changes.length; this.#indexedCount++) {
      const change = this.#changes[this.#indexedCount];
      if (change !== undefined) this.#values.set(formatHex(change.key), change.value);
    }
    const name = formatHex(key);
    return this.#values.has(name) ? this.#values.get(name) : this.#read(key);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#changes.push({ key, value });
  }

  delete(key: Uint8Array): void {
    this.#changes.push({ key, value: undefined });
  }

  /** Returns the changes in their order: of several for one key, the last counts. */
  changes(): readonly RowChange[] {
    return this.#changes;
  }
}
