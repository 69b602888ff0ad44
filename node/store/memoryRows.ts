import { compareBytes, formatHex, parseHex } from '../../chain/bytes.ts';
import { type KeyRange, rangeOfPrefix } from './keyRange.ts';
import type { Row, RowChange, Rows } from './rows.ts';

/** Rows in memory: for tests, and for a node that need not remember. */
export class MemoryRows implements Rows {
  /** By the hex of their key, which sorts as the bytes do. */
  readonly #values = new Map<string, Uint8Array>();
  #isOpen = true;

  /** Returns rows of their own with the same values. */
  copy(): MemoryRows {
    const rows = new MemoryRows();
    for (const [key, value] of this.#values) rows.#values.set(key, value);
    return rows;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#checkOpen();
    return this.#values.get(formatHex(key))?.slice();
  }

  getUncached(key: Uint8Array): Uint8Array | undefined {
    return this.get(key);
  }

  scan(prefix: Uint8Array): AsyncIterable<Row> {
    return this.scanRange(rangeOfPrefix(prefix));
  }

  async *scanRange(range: KeyRange): AsyncIterable<Row> {
    this.#checkOpen();
    const start = formatHex(range.start);
    const end = range.end && formatHex(range.end);
    const found = [...this.#values].filter(
      ([key]) => key >= start && (end === undefined || key < end),
    );
    const rows = found.map(([key, value]) => ({ key: parseHex(key), value: value.slice() }));
    yield* rows.sort((a, b) => compareBytes(a.key, b.key));
  }

  async write(changes: readonly RowChange[]): Promise<void> {
    this.#checkOpen();
    // A write takes time elsewhere too: reads before it resolves see the rows before it.
    await Promise.resolve();
    for (const { key, value } of changes) {
      if (value === undefined) this.#values.delete(formatHex(key));
      else this.#values.set(formatHex(key), value.slice());
    }
  }

  async sizeBytes(): Promise<number> {
    return this.memoryBytes();
  }

  memoryBytes(): number {
    let size = 0;
    for (const [key, value] of this.#values) size += key.length / 2 + value.length;
    return size;
  }

  async compact(): Promise<void> {
    this.#checkOpen();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new Error('the store is closed');
  }
}
