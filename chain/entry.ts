/**
 * Entries of the log, in the order in which they were committed. Each names its kind first.
 *
 * ```
 * [1, height, timestamp_ms, aggregator, batch id, ImageRecord]       an image
 * [2, height, block hash]                                            closes a block; leaf 0 closes genesis
 * [3, height, change, first height]                                  a change of validators, registry or parameters
 * [4, height, reason, subject, since]                                a change of something's status
 * ```
 *
 * At most 16 kB, so that every entry fits a tile of entries (C2SP tlog-tiles).
 */
import { type Change, changeSchema } from './batch.ts';
import { bin, encode, literal, type Schema, tuple, uint, union } from './codec.ts';
import { invariant } from './invariant.ts';
import { ENTRY_BYTES_MAX } from './limits.ts';
import { leafHash } from './merkle.ts';
import { HASH_BYTES, type ImageRecord, imageRecordSchema } from './record.ts';
import { KEY_BYTES } from './signature.ts';

/** A photograph, as it stands in the log. */
export interface ImageEntry {
  readonly kind: 1;
  readonly height: number;
  /** Time of the block. */
  readonly timestampMs: number;
  readonly aggregator: Uint8Array;
  readonly batchId: Uint8Array;
  readonly record: ImageRecord;
}

/** The end of a block. */
export interface ClosingEntry {
  readonly kind: 2;
  readonly height: number;
  readonly blockHash: Uint8Array;
}

/** A change of configuration, with the whole new value, acting from `firstHeight`. */
export interface ChangeEntry {
  readonly kind: 3;
  readonly height: number;
  readonly change: Change;
  readonly firstHeight: number;
}

/** A change of status. */
export interface StatusEntry {
  readonly kind: 4;
  readonly height: number;
  readonly reason: number;
  readonly subject: Uint8Array;
  readonly since: number;
}

/** Whatever stands in the log. */
export type Entry = ImageEntry | ClosingEntry | ChangeEntry | StatusEntry;

/** Canonical form of an entry. */
export const entrySchema: Schema<Entry> = union<Entry>({
  1: tuple<ImageEntry>({
    kind: literal(1),
    height: uint(),
    timestampMs: uint(),
    aggregator: bin(KEY_BYTES),
    batchId: bin(HASH_BYTES),
    record: imageRecordSchema,
  }),
  2: tuple<ClosingEntry>({ kind: literal(2), height: uint(), blockHash: bin(HASH_BYTES) }),
  3: tuple<ChangeEntry>({
    kind: literal(3),
    height: uint(),
    change: changeSchema,
    firstHeight: uint(),
  }),
  4: tuple<StatusEntry>({
    kind: literal(4),
    height: uint(),
    reason: uint(3, 1),
    subject: bin(HASH_BYTES),
    since: uint(),
  }),
});

/** An entry with its canonical bytes: what the tree and the tiles hold. */
export interface LoggedEntry {
  readonly entry: Entry;
  readonly bytes: Uint8Array;
  readonly leafHash: Uint8Array;
}

/** Returns the entry as it stands in the log. */
export function logEntry(entry: Entry): LoggedEntry {
  const bytes = encode(entrySchema, entry);
  invariant(bytes.length <= ENTRY_BYTES_MAX, 'an entry fits a tile of entries');
  return { entry, bytes, leafHash: leafHash(bytes) };
}
