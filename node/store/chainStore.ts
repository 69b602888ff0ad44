/**
 * The chain as it is stored: headers, certificates, batches, log entries, tiles, indexes, state.
 *
 * Reads are synchronous: a point read of LevelDB takes microseconds, an awaited one ten times as much.
 * Every value read is a plain `Uint8Array` or decoded; absent is `undefined`. A failed write stops the
 * node: nothing goes on from memory. A stored value that is not what was written, as far as a read sees it,
 * throws a DamageError; `checkChain` sees all of it.
 */
import type { SignedBatch, StatusItem } from '../../chain/batch.ts';
import type { CommitCertificate, Header } from '../../chain/block.ts';
import type { LoggedEntry } from '../../chain/entry.ts';
import type { Applied, Edge, State } from '../../chain/state.ts';
import type { LogReader } from './logReader.ts';

/** Everything that one block adds: written whole and durable, or not at all. */
export interface BlockWrite {
  readonly header: Header;
  /** Undefined for genesis only. */
  readonly certificate: CommitCertificate | undefined;
  /** In the header's order. */
  readonly batches: readonly SignedBatch[];
  readonly applied: Applied;
}

/** Where a chain begins that was not followed from genesis: a decided block, and the state after it. */
export interface ChainBase {
  readonly header: Header;
  readonly certificate: CommitCertificate;
  readonly state: State;
}

/** The filling of an empty store with a chain from a base on. Contract: see `ChainStore`. */
export interface ChainFilling {
  /** Appends entries to the log, with their indexes and tiles. One call at a time. */
  append(entries: readonly LoggedEntry[]): Promise<void>;
  /**
   * Appends the closing entry of the base, and makes all of it the chain: durable, whole. Checks that the entries
   * and the state are those that the header names.
   */
  commit(base: ChainBase): Promise<void>;
}

/** A committed batch without its items: records are rebuilt from its entries, the others stand beside. */
export interface StoredBatch {
  readonly height: number;
  readonly aggregator: Uint8Array;
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly evidenceRoot: Uint8Array;
  readonly signature: Uint8Array;
  /** Log index of its first entry; its entries follow each other. */
  readonly firstIndex: number;
  /** Number of its entries. */
  readonly entryCount: number;
  /** Number of its image entries: fewer than its entries where it has changed a status. */
  readonly recordCount: number;
  /** Number of its items: more than its entries where some made none. */
  readonly itemCount: number;
}

/** A record that names a parent, as the store lists it. */
export interface Derivative {
  readonly parent: Uint8Array;
  /** From 0, in the order of the log. */
  readonly ordinal: number;
  readonly imageHash: Uint8Array;
}

/** How much each table holds. */
export interface TableCounts {
  readonly headers: number;
  readonly certificates: number;
  readonly blockHashes: number;
  readonly batches: number;
  /** Batches of which some items stand beside their entries: no image entry gives them. */
  readonly beside: number;
  readonly entries: number;
  /** Log indexes listed under all image hashes: one for each record. */
  readonly registrations: number;
  readonly derivatives: number;
  /** Parents that have derivatives. */
  readonly parents: number;
  readonly tiles: number;
}

/**
 * A chain's store. Contract, for every implementation:
 *
 * - `commit` resolves when all of the block is durable; until then reads show the chain before it. Blocks
 *   are committed in order of height from 0, one call at a time.
 * - `fill` begins a chain elsewhere than at genesis, in a store that has none. Nothing of it counts before its own
 *   `commit` resolves; what an interrupted filling left is removed by the next, or by the commit of genesis. The
 *   store then begins at the base: headers and certificates below it, and batches up to it, are absent.
 * - `putCheckpoint` takes the place of the checkpoint before. It resolves when later reads see it, which survives
 *   the death of the process, and not always a loss of power.
 * - If a commit fails, all later ones reject with the same error: the node stops.
 * - After `open` on existing data, `edge()` is the last committed block's, whatever ended the process. Opening
 *   reads the edge only; it rejects with a DamageError where edge, last header and state contradict each other.
 * - `close` waits for a commit under way. Reads after `close` throw, but for what is kept in memory.
 */
export interface ChainStore extends LogReader {
  commit(write: BlockWrite): Promise<void>;
  /** Begins to fill an empty store; an earlier filling is given up. */
  fill(): Promise<ChainFilling>;
  /** The height at which the chain begins here; 0 where it was followed from genesis. Kept in memory. */
  baseHeight(): number;
  /** The base, where the chain does not begin at genesis. */
  readBase(): ChainBase | undefined;
  /** The last committed block's edge; undefined before genesis is committed. Kept in memory. */
  edge(): Edge | undefined;
  /** Number of image entries in the log. Kept in memory. */
  recordCount(): number;
  /**
   * The same log, for whoever goes through all of it: what this reads does not take the place of what is asked for
   * often, in the memory of the store.
   */
  readonly uncached: LogReader;
  /** The newest final checkpoint that was put: the bytes of its note. */
  readCheckpoint(): Uint8Array | undefined;
  /** Keeps a final checkpoint of the log's entries. */
  putCheckpoint(note: Uint8Array): Promise<void>;
  /** Height of the block with this hash. */
  findHeight(blockHash: Uint8Array): number | undefined;
  readBatch(batchId: Uint8Array): StoredBatch | undefined;
  /** The whole batch, byte for byte as it was signed: its id is `batchId`. */
  readSignedBatch(batchId: Uint8Array): SignedBatch | undefined;
  /** The status items of a batch, in its order: found without reading the rest of it. */
  readStatusItems(batchId: Uint8Array): readonly StatusItem[];
  /** Log indexes of the image entries of this hash, ascending; at most one for each aggregator. */
  findEntries(imageHash: Uint8Array): readonly number[];
  /**
   * Resolves to the image hashes that begin with some lower-case hex digits: each once, ascending, the first
   * `countMax`, as they were after the block that was the edge when it was called.
   */
  findImageHashes(digits: string, countMax: number): Promise<readonly Uint8Array[]>;
  /**
   * Image hashes of records that name this hash as a parent: each once, in the order of the log, at most
   * `countMax`.
   */
  findDerivatives(imageHash: Uint8Array, countMax: number): readonly Uint8Array[];
  /** How many records name this hash as a parent. */
  countDerivatives(imageHash: Uint8Array): number;
  /** All derivatives, by parent's hash and ordinal: for the check of the whole store. */
  derivatives(): AsyncIterable<Derivative>;
  /** Counts by reading every table through: for the check of the whole store. */
  countTables(): Promise<TableCounts>;
  /** Bytes that the store holds in memory: of its cache, and of what is not in a file yet. */
  memoryBytes(): number;
  /** Rewrites the store without what is overwritten: for measurements and after large deletions. */
  compact(): Promise<void>;
  close(): Promise<void>;
}
