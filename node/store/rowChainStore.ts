/**
 * The chain's store over rows. What is kept in memory is the edge and the number of records: opening takes
 * the same time however long the chain is.
 */
import {
  type Batch,
  hashBatch,
  type Item,
  type SignedBatch,
  type StatusItem,
} from '../../chain/batch.ts';
import { type CommitCertificate, type Header, headerSchema } from '../../chain/block.ts';
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import type { Schema } from '../../chain/codec.ts';
import { invariant } from '../../chain/invariant.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import { type Edge, hashState } from '../../chain/state.ts';
import { statusItemsOf } from '../../chain/statusChange.ts';
import type { TilePlace } from '../../chain/tile.ts';
import type { OnPoint } from '../crashPoint.ts';
import { parseBigEndian } from './bigEndian.ts';
import {
  type BesideItem,
  besideSchema,
  blockRows,
  imageSchema,
  numberSchema,
  readIndexes,
  readItemEntry,
  storedBaseSchema,
  storedBatchSchema,
  storedEdgeSchema,
} from './blockRow.ts';
import {
  baseKey,
  checkpointKey,
  CHAIN_TABLES,
  type ChainTable,
  derivativeKey,
  edgeKey,
  hashKey,
  imageRange,
  numberKey,
} from './chainKey.ts';
import type {
  BlockWrite,
  ChainBase,
  ChainFilling,
  ChainStore,
  Derivative,
  StoredBatch,
  TableCounts,
} from './chainStore.ts';
import { DamageError, decodeFound, decodeRow } from './damage.ts';
import { type IndexRange, type LogReader, RowLogReader } from './logReader.ts';
import { createFilling, hasLeftovers, removeAll } from './rowFilling.ts';
import type { RowReader, Rows } from './rows.ts';

/** The chain's store over rows that are open and belong to it alone. */
export class RowChainStore implements ChainStore {
  readonly #rows: Rows;
  readonly #read: RowReader;
  readonly #log: LogReader;
  readonly uncached: LogReader;
  readonly #onPoint: OnPoint;
  #edge: Edge | undefined;
  #recordCount: number;
  #baseHeight: number;
  #filling: ChainFilling | undefined;
  #commit: Promise<void> | undefined;
  /** Checkpoints that are being put. */
  #puts: Promise<void> = Promise.resolve();
  #failure: { readonly cause: unknown } | undefined;

  /** Reads the edge. Throws a DamageError. */
  constructor(rows: Rows, onPoint: OnPoint = () => undefined) {
    this.#rows = rows;
    this.#read = (key) => rows.get(key);
    this.#log = new RowLogReader(this.#read);
    this.uncached = new RowLogReader((key) => rows.getUncached(key));
    this.#onPoint = onPoint;
    const stored = readEdge(this.#read);
    this.#edge = stored?.edge;
    this.#recordCount = stored?.recordCount ?? 0;
    this.#baseHeight = this.#find(storedBaseSchema, baseKey(), 'the base')?.state.height ?? 0;
  }

  async commit(write: BlockWrite): Promise<void> {
    await this.#exclusively(async () => {
      const height = (this.#edge?.header.height ?? -1) + 1;
      invariant(write.header.height === height, `the next block is ${height}`);
      await this.#removeLeftovers();
      await this.#write(write);
    });
  }

  async fill(): Promise<ChainFilling> {
    invariant(this.#edge === undefined, 'a store is filled that has no chain');
    await this.#exclusively(() => this.#removeLeftovers());
    const filling = createFilling({
      rows: this.#rows,
      run: (write) => {
        invariant(this.#filling === filling, 'a store is filled once');
        return this.#exclusively(write);
      },
      onCommit: (edge, recordCount) => {
        this.#filling = undefined;
        this.#baseHeight = edge.header.height;
        this.#edge = edge;
        this.#recordCount = recordCount;
      },
    });
    this.#filling = filling;
    return filling;
  }

  /** Runs a write, one at a time; after one that failed all others fail. */
  async #exclusively(write: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.cause;
    invariant(this.#commit === undefined, 'blocks are committed one at a time');
    this.#commit = write();
    try {
      await this.#commit;
    } catch (cause) {
      this.#failure = { cause };
      throw cause;
    } finally {
      this.#commit = undefined;
    }
  }

  async #removeLeftovers(): Promise<void> {
    this.#filling = undefined;
    if (this.#edge === undefined && hasLeftovers(this.#read)) await removeAll(this.#rows);
  }

  async #write(write: BlockWrite): Promise<void> {
    const base = { read: this.#read, recordCount: this.#recordCount };
    const { changes, recordCount } = blockRows(write, base);
    this.#onPoint('before-block-write');
    await this.#rows.write(changes, { durable: true });
    this.#edge = write.applied.edge;
    this.#recordCount = recordCount;
    this.#onPoint('after-block-write');
  }

  baseHeight(): number {
    return this.#baseHeight;
  }

  readBase(): ChainBase | undefined {
    const stored = this.#find(storedBaseSchema, baseKey(), 'the base');
    if (stored === undefined) return undefined;
    const { state } = stored;
    const header = this.readHeader(state.height);
    const certificate = this.readCertificate(state.height);
    if (header === undefined || certificate === undefined) {
      throw new DamageError(`the first block, ${state.height}, is missing`);
    }
    return { header, certificate, state };
  }

  edge(): Edge | undefined {
    return this.#edge;
  }

  recordCount(): number {
    return this.#recordCount;
  }

  readHeader(height: number): Header | undefined {
    return this.#log.readHeader(height);
  }

  readCertificate(height: number): CommitCertificate | undefined {
    return this.#log.readCertificate(height);
  }

  readCheckpoint(): Uint8Array | undefined {
    return this.#read(checkpointKey());
  }

  putCheckpoint(value: Uint8Array): Promise<void> {
    const put = this.#puts.then(() =>
      this.#rows.write([{ key: checkpointKey(), value }], { durable: false }),
    );
    this.#puts = put.catch(() => undefined);
    return put;
  }

  findHeight(blockHash: Uint8Array): number | undefined {
    const what = `height of block ${formatHex(blockHash)}`;
    return this.#find(numberSchema, hashKey('blockHash', blockHash), what);
  }

  readBatch(batchId: Uint8Array): StoredBatch | undefined {
    return this.#find(storedBatchSchema, hashKey('batch', batchId), `batch ${formatHex(batchId)}`);
  }

  readSignedBatch(batchId: Uint8Array): SignedBatch | undefined {
    const stored = this.readBatch(batchId);
    if (stored === undefined) return undefined;
    const { chainId } = this.#edge?.header ?? {};
    invariant(chainId !== undefined, 'a chain with a batch has an edge');
    const { aggregator, sequence, createdAtMs, evidenceRoot, signature } = stored;
    const items = this.#readItems(batchId, stored);
    const version = 1;
    const batch: Batch = {
      version,
      chainId,
      aggregator,
      sequence,
      createdAtMs,
      items,
      evidenceRoot,
    };
    if (items.length === 0 || !equalBytes(hashBatch(batch), batchId)) {
      throw new DamageError(`what is stored of batch ${formatHex(batchId)} is another batch`);
    }
    return { batch, signature };
  }

  /** The items that image entries give, with the others put back at their places. */
  #readItems(batchId: Uint8Array, stored: StoredBatch): readonly Item[] {
    const { firstIndex, entryCount, recordCount, itemCount } = stored;
    const items: Item[] = [];
    for (let i = 0; i < entryCount; i++) {
      const entry = readItemEntry(firstIndex + i, this.#read);
      if (entry.kind === 1) items.push({ kind: 1, record: entry.record });
    }
    if (itemCount === recordCount) return items;
    for (const { position, item } of this.#readBeside(batchId)) items.splice(position, 0, item);
    return items;
  }

  readStatusItems(batchId: Uint8Array): readonly StatusItem[] {
    return statusItemsOf(this.#readBeside(batchId).map(({ item }) => item));
  }

  #readBeside(batchId: Uint8Array): readonly BesideItem[] {
    const what = `items beside the entries of ${formatHex(batchId)}`;
    return this.#find(besideSchema, hashKey('beside', batchId), what) ?? [];
  }

  readEntry(index: number): Uint8Array | undefined {
    return this.#log.readEntry(index);
  }

  readEntries(range: IndexRange): readonly Uint8Array[] {
    return this.#log.readEntries(range);
  }

  findEntries(imageHash: Uint8Array): readonly number[] {
    return readIndexes(imageHash, this.#read);
  }

  async findImageHashes(digits: string, countMax: number): Promise<readonly Uint8Array[]> {
    const treeSize = this.#edge?.frontier.treeSize ?? 0;
    const hashes: Uint8Array[] = [];
    for await (const { key, value } of this.#rows.scanRange(imageRange(digits))) {
      if (hashes.length === countMax) break;
      const [first] = decodeRow(imageSchema, value, 'an image');
      // A block that is being written may be seen already; it does not count yet.
      if (first !== undefined && first < treeSize)
        hashes.push(key.slice(CHAIN_TABLES.image.length));
    }
    return hashes;
  }

  findDerivatives(imageHash: Uint8Array, countMax: number): readonly Uint8Array[] {
    const count = Math.min(countMax, this.countDerivatives(imageHash));
    const hashes: Uint8Array[] = [];
    for (let ordinal = 0; ordinal < count; ordinal++) {
      const hash = this.#read(derivativeKey(imageHash, ordinal));
      if (hash === undefined) {
        throw new DamageError(`derivative ${ordinal} of ${formatHex(imageHash)} is missing`);
      }
      hashes.push(hash);
    }
    return hashes;
  }

  countDerivatives(imageHash: Uint8Array): number {
    const key = hashKey('derivativeSum', imageHash);
    return this.#find(numberSchema, key, 'a number of derivatives') ?? 0;
  }

  readTile(place: TilePlace): Uint8Array | undefined {
    return this.#log.readTile(place);
  }

  async *derivatives(): AsyncIterable<Derivative> {
    const parentStart = CHAIN_TABLES.derivative.length;
    const parentEnd = parentStart + HASH_BYTES;
    for await (const { key, value } of this.#rows.scan(CHAIN_TABLES.derivative)) {
      const parent = key.slice(parentStart, parentEnd);
      yield { parent, ordinal: parseBigEndian(key, parentEnd), imageHash: value };
    }
  }

  async countTables(): Promise<TableCounts> {
    return {
      headers: await this.#countRows('header'),
      certificates: await this.#countRows('certificate'),
      blockHashes: await this.#countRows('blockHash'),
      batches: await this.#countRows('batch'),
      beside: await this.#countRows('beside'),
      entries: await this.#countRows('entry'),
      registrations: await this.#countRegistrations(),
      derivatives: await this.#countRows('derivative'),
      parents: await this.#countRows('derivativeSum'),
      tiles: await this.#countRows('tile'),
    };
  }

  async #countRows(table: ChainTable): Promise<number> {
    let count = 0;
    for await (const _row of this.#rows.scan(CHAIN_TABLES[table])) count += 1;
    return count;
  }

  async #countRegistrations(): Promise<number> {
    let count = 0;
    for await (const { value } of this.#rows.scan(CHAIN_TABLES.image)) {
      count += decodeRow(imageSchema, value, 'an image').length;
    }
    return count;
  }

  memoryBytes(): number {
    return this.#rows.memoryBytes();
  }

  compact(): Promise<void> {
    return this.#rows.compact();
  }

  async close(): Promise<void> {
    // A commit that fails tells its own caller.
    await this.#commit?.catch(() => undefined);
    await this.#puts;
    await this.#rows.close();
  }

  #find<T>(schema: Schema<T>, key: Uint8Array, what: string): T | undefined {
    return decodeFound(schema, this.#read(key), what);
  }
}

/** Reads where the chain ends, and checks what can be checked without reading more. */
function readEdge(
  read: RowReader,
): { readonly edge: Edge; readonly recordCount: number } | undefined {
  const value = read(edgeKey());
  if (value === undefined) return undefined;
  const { height, state, frontier, recordCount } = decodeRow(storedEdgeSchema, value, 'the edge');
  const headerBytes = read(numberKey('header', height));
  if (headerBytes === undefined) throw new DamageError(`the last header, ${height}, is missing`);
  const header = decodeRow(headerSchema, headerBytes, `header ${height}`);
  const isSame = header.height === height && state.height === height;
  if (!isSame || frontier.treeSize !== header.logSize + 1) {
    throw new DamageError(`header ${height} is not the last block's`);
  }
  if (!equalBytes(hashState(state), header.stateRoot)) {
    throw new DamageError(`the state is not the one that header ${height} names`);
  }
  return { edge: { state, frontier, header }, recordCount };
}
