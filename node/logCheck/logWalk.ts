/**
 * A walk through a stored log: its tree is computed anew from the entries, and compared with all that was stored of it.
 *
 * ```
 * entries ─▶ tree ─▶ log root of the header at each height
 *                └─▶ tiles
 * header ─▶ hash ─▶ commit certificate, closing entry
 * ```
 *
 * It goes in steps between which the chain may grow; the chain that it ends with is the one of its last step.
 */
import { type Header, hashHeader } from '../../chain/block.ts';
import { equalBytes } from '../../chain/bytes.ts';
import { entrySchema } from '../../chain/entry.ts';
import { invariant } from '../../chain/invariant.ts';
import { tileWidth } from '../../chain/log/tilePath.ts';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  type Frontier,
  leafHash,
  rootOf,
} from '../../chain/merkle.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import type { TilePlace } from '../../chain/tile.ts';
import type { ChainStore } from '../store/chainStore.ts';
import { DamageError, decodeRow } from '../store/damage.ts';
import { type Problem, ProblemList } from '../store/problem.ts';
import { TileWalk } from '../store/tileWalk.ts';

/** What is read of a chain, once, so that nothing is kept of it. It has its first block. */
export type WalkedChain = Pick<ChainStore, 'baseHeight' | 'edge' | 'uncached'>;

/** Where a walk stands after a step. */
export type WalkState = 'under way' | 'done' | Problem;

/** The entries for which a block counts beside its own: header and certificate take about as long to read. */
export const BLOCK_WEIGHT = 10;

/** One walk from the first entry to the last. */
export class LogWalk {
  readonly #chain: WalkedChain;
  readonly #problems = new ProblemList();
  readonly #tiles: TileWalk;
  #frontier: Frontier = EMPTY_FRONTIER;
  /** Of the block that is looked at. */
  #height: number;

  constructor(chain: WalkedChain) {
    this.#chain = chain;
    this.#tiles = new TileWalk((place) => this.#readTile(place), this.#problems);
    this.#height = chain.baseHeight();
  }

  /** Entries behind it. */
  get entryCount(): number {
    return this.#frontier.treeSize;
  }

  /** Goes on by about so many entries; returns the first problem that there is. */
  step(entryCount: number): WalkState {
    for (let left = entryCount; left > 0;) {
      if (this.#height > this.#edge().header.height) {
        this.#compareEnd();
        return this.#problem() ?? 'done';
      }
      left -= this.#problems.attempt(this.#height, () => this.#advance(left)) ?? left;
      const problem = this.#problem();
      if (problem !== undefined) return problem;
    }
    return 'under way';
  }

  /** Goes on within a block; returns the entries that this counts for. */
  #advance(entryCountMax: number): number {
    const height = this.#height;
    const header = this.#chain.uncached.readHeader(height);
    if (header === undefined) throw new DamageError(`header ${height} is missing`);
    const first = this.entryCount;
    if (header.logSize < first) {
      throw new DamageError(`header ${height} names ${header.logSize} entries, fewer than before`);
    }
    if (header.logSize === first) {
      this.#close(header);
      return BLOCK_WEIGHT;
    }
    const count = Math.min(entryCountMax, header.logSize - first);
    const entries = this.#chain.uncached.readEntries({ start: first, end: first + count });
    if (entries.length < count) {
      throw new DamageError(`entry ${first + entries.length} is missing`);
    }
    this.#append(entries);
    return count;
  }

  #append(entries: readonly Uint8Array[]): void {
    const leaves = entries.map(leafHash);
    const first = this.entryCount;
    this.#frontier = appendLeaves(this.#frontier, leaves);
    this.#tiles.append(first, leaves, this.#height);
  }

  /** A block that is being written may show in a tile before it shows in the edge. */
  #readTile(place: TilePlace): Uint8Array | undefined {
    const width = tileWidth(this.entryCount, place);
    return this.#chain.uncached.readTile(place)?.subarray(0, width * HASH_BYTES);
  }

  /** Compares what a block says, and takes its closing entry. */
  #close(header: Header): void {
    const height = this.#height;
    const blockHash = hashHeader(header);
    const isLog = equalBytes(rootOf(this.#frontier), header.logRoot);
    const size = header.logSize;
    this.#problems.expect(isLog, height, `${size} entries have another root than the header names`);
    this.#compareCertificate(blockHash);
    this.#append([this.#readClosing(size, blockHash)]);
    this.#height += 1;
  }

  #compareCertificate(blockHash: Uint8Array): void {
    const height = this.#height;
    if (height === 0) return; // Genesis has none.
    const certificate = this.#chain.uncached.readCertificate(height);
    const isOfBlock =
      certificate?.height === height && equalBytes(certificate.blockHash, blockHash);
    this.#problems.expect(isOfBlock, height, 'the certificate is missing or of another block');
  }

  #readClosing(index: number, blockHash: Uint8Array): Uint8Array {
    const bytes = this.#chain.uncached.readEntry(index);
    if (bytes === undefined) throw new DamageError(`entry ${index} is missing`);
    const entry = decodeRow(entrySchema, bytes, `entry ${index}`);
    const isClosing =
      entry.kind === 2 && entry.height === this.#height && equalBytes(entry.blockHash, blockHash);
    this.#problems.expect(isClosing, this.#height, `entry ${index} does not close the block`);
    return bytes;
  }

  /** Tiles that are not full are compared at the chain's edge, as it is in this moment. */
  #compareEnd(): void {
    const { frontier, header } = this.#edge();
    const isSame =
      frontier.treeSize === this.entryCount && equalBytes(rootOf(frontier), rootOf(this.#frontier));
    this.#problems.expect(isSame, header.height, "the log's right edge is another");
    this.#tiles.compareEdge(header.height);
  }

  #problem(): Problem | undefined {
    return this.#problems.toArray()[0];
  }

  #edge(): NonNullable<ReturnType<WalkedChain['edge']>> {
    const edge = this.#chain.edge();
    invariant(edge !== undefined, 'a log is walked that has a block');
    return edge;
  }
}
