/**
 * Values of the chain's rows, and the rows that one block adds: a function of the block and of the rows
 * that are there. Both implementations of the chain's store write exactly these.
 */
import { type Item, itemSchema } from '../../chain/batch.ts';
import {
  type CommitCertificate,
  commitCertificateSchema,
  type Header,
  headerSchema,
} from '../../chain/block.ts';
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import { bin, encode, list, literal, type Schema, tuple, uint } from '../../chain/codec.ts';
import {
  type ImageEntry,
  entrySchema,
  type LoggedEntry,
  type StatusEntry,
} from '../../chain/entry.ts';
import { invariant } from '../../chain/invariant.ts';
import { BATCH_ITEM_COUNT_MAX } from '../../chain/limits.ts';
import type { Frontier } from '../../chain/merkle.ts';
import { HASH_BYTES, type ImageRecord } from '../../chain/record.ts';
import { KEY_BYTES, SIGNATURE_BYTES } from '../../chain/signature.ts';
import { type State, stateSchema } from '../../chain/state.ts';
import { appendToTiles } from '../../chain/tile.ts';
import { derivativeKey, edgeKey, hashKey, numberKey, tileKey } from './chainKey.ts';
import type { BlockWrite, StoredBatch } from './chainStore.ts';
import { DamageError, decodeRow } from './damage.ts';
import { RowDraft } from './rowDraft.ts';
import type { RowChange, RowReader } from './rows.ts';

/** Registrations of one image hash: one for each aggregator there has ever been. */
const REGISTRATION_COUNT_MAX = 1_000_000;
const ROOT_COUNT_MAX = 53;

/** Where the chain ends, but for the header, which has its own row. */
export interface StoredEdge {
  readonly format: 1;
  readonly height: number;
  readonly recordCount: number;
  readonly frontier: Frontier;
  readonly state: State;
}

/** Value of the edge row. */
export const storedEdgeSchema: Schema<StoredEdge> = tuple<StoredEdge>({
  format: literal(1),
  height: uint(),
  recordCount: uint(),
  frontier: tuple<Frontier>({
    treeSize: uint(),
    roots: list(bin(HASH_BYTES), ROOT_COUNT_MAX),
  }),
  state: stateSchema,
});

/** Where a chain begins that was not followed from genesis, but for the header, which has its own row. */
export interface StoredBase {
  readonly format: 1;
  /** After the block at which it begins. */
  readonly state: State;
}

/** Value of the base row. */
export const storedBaseSchema: Schema<StoredBase> = tuple<StoredBase>({
  format: literal(1),
  state: stateSchema,
});

/** Value of a batch row. */
export const storedBatchSchema: Schema<StoredBatch> = tuple<StoredBatch>({
  height: uint(),
  aggregator: bin(KEY_BYTES),
  sequence: uint(),
  createdAtMs: uint(),
  evidenceRoot: bin(HASH_BYTES),
  signature: bin(SIGNATURE_BYTES),
  firstIndex: uint(),
  entryCount: uint(BATCH_ITEM_COUNT_MAX),
  recordCount: uint(BATCH_ITEM_COUNT_MAX),
  itemCount: uint(BATCH_ITEM_COUNT_MAX, 1),
});

/** An item that no image entry gives, since it made no entry or one without its proof; its place in its batch. */
export interface BesideItem {
  readonly position: number;
  readonly item: Item;
}

/** Value of a beside row: ascending by position. */
export const besideSchema: Schema<readonly BesideItem[]> = list(
  tuple<BesideItem>({ position: uint(BATCH_ITEM_COUNT_MAX), item: itemSchema }),
  BATCH_ITEM_COUNT_MAX,
  1,
);

/** Value of an image row: log indexes, ascending. */
export const imageSchema: Schema<readonly number[]> = list(uint(), REGISTRATION_COUNT_MAX, 1);

/** Value of a row that holds one number: the height of a block hash, the number of derivatives. */
export const numberSchema: Schema<number> = uint();

/** The rows as they are before a block, and how many records they hold. */
export interface BlockBase {
  readonly read: RowReader;
  readonly recordCount: number;
}

/** What a block changes. */
export interface BlockRows {
  readonly changes: readonly RowChange[];
  /** Image entries in the log, this block's included. */
  readonly recordCount: number;
}

/** Returns the rows that a block adds or overwrites. */
export function blockRows(write: BlockWrite, base: BlockBase): BlockRows {
  const draft = new RowDraft(base.read);
  putHeader(write, draft);
  putBatches(write, draft);
  const log = { first: firstIndexOf(write), entries: write.applied.entries };
  const recordCount = base.recordCount + putLog(log, draft);
  const { state, frontier } = write.applied.edge;
  const { height } = write.header;
  const edge: StoredEdge = { format: 1, height, recordCount, frontier, state };
  draft.put(edgeKey(), encode(storedEdgeSchema, edge));
  return { changes: draft.changes(), recordCount };
}

/** Log index of a block's first entry: the log's size before it. */
function firstIndexOf({ applied }: BlockWrite): number {
  return applied.edge.frontier.treeSize - applied.entries.length;
}

function putHeader({ header, certificate, applied }: BlockWrite, draft: RowDraft): void {
  const closing = applied.entries.at(-1)?.entry;
  invariant(
    closing?.kind === 2 && closing.height === header.height,
    'its closing entry ends a block',
  );
  const { blockHash } = closing;
  invariant((certificate === undefined) === (header.height === 0), 'all but genesis are certified');
  putHeaderRows(header, blockHash, draft);
  if (certificate !== undefined) putCertificate(certificate, blockHash, draft);
}

/** Puts a header, and the height under its hash. */
export function putHeaderRows(header: Header, blockHash: Uint8Array, draft: RowDraft): void {
  draft.put(numberKey('header', header.height), encode(headerSchema, header));
  draft.put(hashKey('blockHash', blockHash), encode(numberSchema, header.height));
}

/** Puts the certificate of the block with this hash. */
export function putCertificate(
  certificate: CommitCertificate,
  blockHash: Uint8Array,
  draft: RowDraft,
): void {
  invariant(equalBytes(certificate.blockHash, blockHash), 'the certificate is for this block');
  const key = numberKey('certificate', certificate.height);
  draft.put(key, encode(commitCertificateSchema, certificate));
}

function putBatches(write: BlockWrite, draft: RowDraft): void {
  const { header, batches, applied } = write;
  invariant(batches.length === header.batchIds.length, 'a block comes with all of its batches');
  let firstIndex = firstIndexOf(write);
  batches.forEach(({ batch, signature }, i) => {
    const id = header.batchIds[i];
    const skipped = applied.skipped[i];
    invariant(id !== undefined && skipped !== undefined, 'each batch has its id and its result');
    const { aggregator, sequence, createdAtMs, evidenceRoot, items } = batch;
    const beside = besideItems(items, skipped);
    const itemCount = items.length;
    const entryCount = itemCount - skipped.length;
    const recordCount = itemCount - beside.length;
    const place = { height: header.height, firstIndex, entryCount, recordCount, itemCount };
    const stored = { ...place, aggregator, sequence, createdAtMs, evidenceRoot, signature };
    draft.put(hashKey('batch', id), encode(storedBatchSchema, stored));
    if (beside.length > 0) draft.put(hashKey('beside', id), encode(besideSchema, beside));
    firstIndex += entryCount;
  });
  const itemEntryCount = applied.entries.length - 1;
  invariant(firstIndex === firstIndexOf(write) + itemEntryCount, 'entries follow from the batches');
}

function besideItems(items: readonly Item[], skipped: readonly number[]): readonly BesideItem[] {
  const left = new Set(skipped);
  return items.flatMap((item, position) =>
    item.kind === 1 && !left.has(position) ? [] : [{ position, item }],
  );
}

/** Entries that are appended to the log. */
export interface LogGrowth {
  /** Log index of the first of them: the log's size before. */
  readonly first: number;
  readonly entries: readonly LoggedEntry[];
}

/** Puts entries with their indexes and tiles; returns how many of them are images. */
export function putLog(log: LogGrowth, draft: RowDraft): number {
  let imageCount = 0;
  log.entries.forEach(({ entry, bytes }, i) => {
    draft.put(numberKey('entry', log.first + i), bytes);
    if (entry.kind !== 1) return;
    imageCount += 1;
    putImage(entry.record, log.first + i, draft);
  });
  putTiles(log, draft);
  return imageCount;
}

function putImage(record: ImageRecord, index: number, draft: RowDraft): void {
  const earlier = readIndexes(record.imageHash, draft.get.bind(draft));
  // Before the entry's own index is there: what it adds is what no earlier entry of this hash did.
  for (const parent of newParents(record, earlier, draft)) {
    const sumKey = hashKey('derivativeSum', parent);
    const sum = draft.get(sumKey);
    const ordinal = sum === undefined ? 0 : decodeRow(numberSchema, sum, 'a number of derivatives');
    draft.put(derivativeKey(parent, ordinal), record.imageHash);
    draft.put(sumKey, encode(numberSchema, ordinal + 1));
  }
  draft.put(hashKey('image', record.imageHash), encode(imageSchema, [...earlier, index]));
}

function newParents(
  record: ImageRecord,
  earlier: readonly number[],
  draft: RowDraft,
): readonly Uint8Array[] {
  if (record.parents.length === 0) return [];
  const entries = earlier.map((index) => readImageEntry(index, draft.get.bind(draft)));
  const named = new Set(entries.flatMap((entry) => entry.record.parents.map(formatHex)));
  return record.parents.filter((parent) => {
    const isNew = !named.has(formatHex(parent));
    named.add(formatHex(parent));
    return isNew;
  });
}

function putTiles({ first, entries }: LogGrowth, draft: RowDraft): void {
  const leafHashes = entries.map((each) => each.leafHash);
  const tiles = appendToTiles(first, leafHashes, (place) => {
    const hashes = draft.get(tileKey(place));
    if (hashes === undefined)
      throw new DamageError(`tile ${place.level}/${place.index} is missing`);
    return hashes;
  });
  for (const tile of tiles) draft.put(tileKey(tile), tile.hashes);
}

/** Returns the log indexes under which an image hash is registered, ascending. */
export function readIndexes(imageHash: Uint8Array, read: RowReader): readonly number[] {
  const value = read(hashKey('image', imageHash));
  return value === undefined ? [] : decodeRow(imageSchema, value, `image ${formatHex(imageHash)}`);
}

/** Returns the entry of an item at a log index that something stored names. Throws a DamageError. */
export function readItemEntry(index: number, read: RowReader): ImageEntry | StatusEntry {
  const value = read(numberKey('entry', index));
  if (value === undefined) throw new DamageError(`entry ${index} is missing`);
  const entry = decodeRow(entrySchema, value, `entry ${index}`);
  if (entry.kind === 1 || entry.kind === 4) return entry;
  throw new DamageError(`entry ${index} is of no item`);
}

function readImageEntry(index: number, read: RowReader): ImageEntry {
  const entry = readItemEntry(index, read);
  if (entry.kind !== 1) throw new DamageError(`entry ${index} is no image`);
  return entry;
}
