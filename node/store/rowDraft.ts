import { formatHex } from '../../chain/bytes.ts';
import type { RowChange, RowReader } from './rows.ts';

/** Changes that are not written yet, on top of the rows that are: reads see them. */
export class RowDraft {
  readonly #read: RowReader;
  readonly #changes = new Map<string, RowChange>();

  constructor(read: RowReader) {
    this.#read = read;
  }

  /** Returns what the row will hold. */
  get(key: Uint8Array): Uint8Array | undefined {
    const change = this.#changes.get(formatHex(key));
    return change === undefined ? this.#read(key) : change.value;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#changes.set(formatHex(key), { key, value });
  }

  delete(key: Uint8Array): void {
    this.#changes.set(formatHex(key), { key, value: undefined });
  }

  /** Returns the changes, at most one for each key. */
  changes(): readonly RowChange[] {
    return [...this.#changes.values()];
  }
}
