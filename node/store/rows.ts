/**
 * Rows: the ordered map of bytes to bytes on which both stores stand, in LevelDB or in memory.
 *
 * The stores know what a row means; an implementation of `Rows` does not. So whatever a store does is
 * written once, and both implementations hold the same bytes under the same keys.
 */

import type { KeyRange } from './keyRange.ts';

/** A row set, or removed where `value` is undefined. */
export interface RowChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** A row as it is stored. */
export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Whether a write must survive a loss of power, or only the death of the process. */
export interface Durability {
  readonly durable: boolean;
}

/** Reads the value of a key, or undefined. */
export type RowReader = (key: Uint8Array) => Uint8Array | undefined;

/**
 * An ordered map of bytes. Contract, for every implementation:
 *
 * - `write` is atomic; of several changes for one key the last counts. Until it resolves, `get` shows the rows as
 *   they were before it. One at a time.
 * - `get` is synchronous; the value is a plain `Uint8Array` of the caller's own. `getUncached` is the same, for whoever
 *   reads much and will not come back soon: it leaves the cache to what is read often.
 * - `scan` goes through the rows whose key begins with `prefix`, and `scanRange` through those of a range, in the order
 *   of their bytes, as they are when it begins; a write under way then is seen whole or not at all. Both hold few rows
 *   at a time, and end early when their reader does.
 * - After `close`, `get` throws and the others reject.
 */
export interface Rows {
  get(key: Uint8Array): Uint8Array | undefined;
  getUncached(key: Uint8Array): Uint8Array | undefined;
  scan(prefix: Uint8Array): AsyncIterable<Row>;
  scanRange(range: KeyRange): AsyncIterable<Row>;
  write(changes: readonly RowChange[], options: Durability): Promise<void>;
  sizeBytes(): Promise<number>;
  /** Bytes that are held in memory: of the cache, and of writes that are in no table yet. */
  memoryBytes(): number;
  /** Gives back the room of what was overwritten or removed. */
  compact(): Promise<void>;
  close(): Promise<void>;
}
