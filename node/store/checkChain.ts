/**
 * The check of a whole chain store, behind `birthmark db check`: nothing that is stored is believed.
 *
 * Block by block from genesis, the chain is executed again from its stored batches, and everything that a
 * block should have left is compared with what is there: header, certificate, batches, entries, indexes,
 * tiles. At the end the edge is compared and every table counted, so that what is there beyond that is found
 * too. A block that cannot be executed ends the walk: what lies above it cannot be judged.
 *
 * A chain that begins elsewhere than at genesis is checked from there: its base by the votes of the genesis'
 * validators, and log and state by the base's header; which batches made the entries before it, nobody here can know.
 *
 * Memory does not grow with the chain: what the walk keeps is its edge and the right edge of the tiles.
 */
import { setImmediate } from 'node:timers/promises';

import type { SignedBatch } from '../../chain/batch.ts';
import { checkCertificate, hashHeader, type Header, headerSchema } from '../../chain/block.ts';
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import { checkBatch } from '../../chain/checkBatch.ts';
import { encode } from '../../chain/codec.ts';
import { proposerIndex } from '../../chain/consensus/proposer.ts';
import { type Entry, entrySchema, type LoggedEntry } from '../../chain/entry.ts';
import { registrationKey } from '../../chain/execution.ts';
import { LOST_VIEW_HEIGHTS, VALIDATOR_COUNT_MAX } from '../../chain/limits.ts';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  type Frontier,
  leafHash,
  rootOf,
} from '../../chain/merkle.ts';
import {
  type Applied,
  applyBlock,
  type Edge,
  hashState,
  type Known,
  type State,
  stateSchema,
  validatorsAt,
} from '../../chain/state.ts';
import type { ChainBase, ChainStore, TableCounts } from './chainStore.ts';
import { checkCheckpoint } from './checkpointCheck.ts';
import { DamageError, decodeRow } from './damage.ts';
import { IndexCheck } from './indexCheck.ts';
import { type Problem, ProblemList } from './problem.ts';
import { TileWalk } from './tileWalk.ts';

/** More views than the state has room for: only a damaged header names them. */
const VIEW_MAX = LOST_VIEW_HEIGHTS * VALIDATOR_COUNT_MAX;

/** Entries before the base that are read between two turns of others. */
const ENTRY_COUNT_OF_TURN = 1_000;

/** How far a check has come. */
export interface ChainProgress {
  readonly height: number;
  readonly lastHeight: number;
  readonly recordCount: number;
}

/** What a check needs to know, and whom it tells. */
export interface ChainCheckOptions {
  /** Block 0, from the genesis document. */
  readonly genesis: Applied;
  /** Told after each block. */
  readonly onProgress?: (progress: ChainProgress) => void;
  /** Ends the check early: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a check found. */
export interface ChainReport {
  /** Blocks that were executed again. */
  readonly blockCount: number;
  /** Image entries of these blocks. */
  readonly recordCount: number;
  /** In the order found, at most `PROBLEM_COUNT_MAX`; none: the store is whole. */
  readonly problems: readonly Problem[];
}

/** Checks everything that a chain store holds. About 100 µs a record. */
export async function checkChain(
  store: ChainStore,
  options: ChainCheckOptions,
): Promise<ChainReport> {
  const check = new ChainCheck(store, options.genesis);
  const lastHeight = store.edge()?.header.height ?? -1;
  if (store.baseHeight() > 0) await check.takeBase(options.signal);
  while (check.height < lastHeight && check.walk()) {
    options.signal?.throwIfAborted();
    options.onProgress?.({ height: check.height, lastHeight, recordCount: check.recordCount });
    // Lets a signal or a terminal have its turn.
    await setImmediate();
  }
  if (check.height === lastHeight) await check.compareEnd();
  else check.problems.add(check.height + 1, 'the blocks from here on cannot be executed');
  const { recordCount, problems } = check;
  return { blockCount: check.blockCount, recordCount, problems: problems.toArray() };
}

/** The walk: what the blocks so far should have left, compared with what is there. */
class ChainCheck {
  readonly problems = new ProblemList();
  readonly #store: ChainStore;
  readonly #genesis: Applied;
  readonly #tiles: TileWalk;
  readonly #index: IndexCheck;
  #edge: Edge | undefined;
  #batchCount = 0;
  #besideCount = 0;

  constructor(store: ChainStore, genesis: Applied) {
    this.#store = store;
    this.#genesis = genesis;
    this.#tiles = new TileWalk(store.readTile.bind(store), this.problems);
    this.#index = new IndexCheck(store, this.problems);
  }

  /** Blocks that were executed again. */
  blockCount = 0;

  /** Height of the last block that could be executed; -1 before genesis. */
  get height(): number {
    return this.#edge?.header.height ?? -1;
  }

  /** Image entries of the blocks so far. */
  get recordCount(): number {
    return this.#index.recordCount;
  }

  /** Checks the next block; returns whether the walk can go on. */
  walk(): boolean {
    const height = this.height + 1;
    const { problems } = this;
    if (problems.isFull || (this.#edge === undefined && this.#store.baseHeight() > 0)) return false;
    const applied = problems.attempt(height, () => this.#apply(height));
    if (applied === undefined) return false;
    const firstIndex = applied.edge.frontier.treeSize - applied.entries.length;
    this.#compareBlockHash(applied.edge.header);
    problems.attempt(height, () => this.#compareBatches(applied, firstIndex));
    this.#compareEntries(applied, firstIndex);
    this.#tiles.append(
      firstIndex,
      applied.entries.map((each) => each.leafHash),
      height,
    );
    this.#edge = applied.edge;
    this.blockCount += 1;
    return true;
  }

  /**
   * Begins where the chain begins, if that is not genesis: the log up to there, its root and the state are those
   * that the base's header names, which a quorum certified.
   */
  async takeBase(signal: AbortSignal | undefined): Promise<void> {
    const base = this.problems.attempt(this.#store.baseHeight(), () => this.#readBase());
    if (base === undefined) return;
    const { header, state } = base;
    const { height, logSize } = header;
    let frontier = EMPTY_FRONTIER;
    for (let start = 0; start <= logSize; start += ENTRY_COUNT_OF_TURN) {
      signal?.throwIfAborted();
      const end = Math.min(start + ENTRY_COUNT_OF_TURN, logSize + 1);
      const entries = this.problems.attempt(height, () => this.#readLog(start, end));
      if (entries === undefined) return;
      const leafHashes = entries.map((each) => each.leafHash);
      const isLast = end > logSize;
      const before = appendLeaves(frontier, isLast ? leafHashes.slice(0, -1) : leafHashes);
      if (isLast) this.#compareBaseLog(header, before, entries.at(-1)?.entry);
      frontier = appendLeaves(frontier, leafHashes);
      this.#tiles.append(start, leafHashes, height);
      await setImmediate();
    }
    this.#compareBlockHash(header);
    this.#edge = { header, state, frontier };
  }

  #readBase(): ChainBase {
    const base = this.#store.readBase();
    if (base === undefined) throw new DamageError('where the chain begins is not stored');
    const { header, certificate, state } = base;
    const { chainId } = this.#genesis.edge.state;
    if (!equalBytes(header.chainId, chainId)) {
      throw new DamageError('the chain begins with a block of another chain than genesis');
    }
    if (!equalBytes(hashState(state), header.stateRoot)) {
      throw new DamageError(`the state is not the one that header ${header.height} names`);
    }
    // The state that is stored could bring a set of its own.
    const { state: genesis } = this.#genesis.edge;
    checkCertificate(certificate, header, validatorsAt(genesis, header.height));
    return base;
  }

  #readLog(start: number, end: number): readonly LoggedEntry[] {
    const stored = this.#store.readEntries({ start, end });
    if (stored.length < end - start)
      throw new DamageError(`entry ${start + stored.length} is missing`);
    return stored.map((bytes, i) => {
      const index = start + i;
      const entry = decodeRow(entrySchema, bytes, `entry ${index}`);
      if (entry.kind === 1) this.#index.compareImage(entry, index);
      return { entry, bytes, leafHash: leafHash(bytes) };
    });
  }

  #compareBaseLog(header: Header, log: Frontier, closing: Entry | undefined): void {
    const { height, logRoot } = header;
    const isLog = equalBytes(rootOf(log), logRoot);
    this.problems.expect(isLog, height, 'the log is not the one that the header names');
    const isClosed = closing?.kind === 2 && equalBytes(closing.blockHash, hashHeader(header));
    this.problems.expect(isClosed, height, 'the log does not close with the block');
  }

  #apply(height: number): Applied {
    const header = this.#store.readHeader(height);
    if (header === undefined) throw new DamageError(`header ${height} is missing`);
    if (this.#edge === undefined) return this.#applyGenesis(header);
    if (header.view > VIEW_MAX) throw new DamageError(`header ${height} names view ${header.view}`);
    const edge = this.#edge;
    this.problems.attempt(height, () => this.#checkCertificate(header, edge.state));
    const signed = header.batchIds.map((id) => this.#readBatch(id, edge.state));
    const batches = signed.map((each) => each.batch);
    const lostProposers = Array.from({ length: header.view }, (_, view) =>
      proposerKey(edge.state, height, view),
    );
    const block = { header, batches, lostProposers };
    if (!equalBytes(header.proposer, proposerKey(edge.state, height, header.view))) {
      this.problems.add(height, 'the header names another proposer than its view has');
    }
    return applyBlock(edge, block, this.#known(signed, edge));
  }

  #applyGenesis(header: Header): Applied {
    const genesis = this.#genesis.edge.header;
    if (!equalBytes(encode(headerSchema, header), encode(headerSchema, genesis))) {
      throw new DamageError('block 0 is not the one that the genesis document gives');
    }
    return this.#genesis;
  }

  #checkCertificate(header: Header, state: State): void {
    const certificate = this.#store.readCertificate(header.height);
    if (certificate === undefined) {
      throw new DamageError(`certificate ${header.height} is missing`);
    }
    checkCertificate(certificate, header, validatorsAt(state, header.height));
  }

  #readBatch(batchId: Uint8Array, state: State): SignedBatch {
    const signed = this.#store.readSignedBatch(batchId);
    if (signed === undefined) throw new DamageError(`batch ${formatHex(batchId)} is missing`);
    this.problems.attempt(state.height + 1, () => checkBatch(signed, state));
    return signed;
  }

  /** The registrations among these batches that the chain had before: from the index, by log index. */
  #known(signed: readonly SignedBatch[], edge: Edge): Known {
    const known = new Set<string>();
    for (const { batch } of signed) {
      for (const item of batch.items) {
        if (item.kind !== 1) continue;
        const { imageHash } = item.record;
        for (const { aggregator } of this.#index.entriesBefore(imageHash, edge.frontier.treeSize)) {
          known.add(registrationKey(imageHash, aggregator));
        }
      }
    }
    return known;
  }

  #compareBlockHash(header: Header): void {
    const { height } = header;
    const found = this.problems.attempt(height, () => this.#store.findHeight(hashHeader(header)));
    this.problems.expect(found === height, height, `the block hash leads to height ${found}`);
  }

  #compareBatches({ edge, entries, skipped }: Applied, firstIndex: number): void {
    const { height, batchIds } = edge.header;
    let first = firstIndex;
    batchIds.forEach((id, i) => {
      const stored = this.#store.readBatch(id);
      const itemCount = stored?.itemCount ?? 0;
      const entryCount = itemCount - (skipped[i]?.length ?? 0);
      const start = first - firstIndex;
      const made = entries.slice(start, start + entryCount);
      const recordCount = made.filter(({ entry }) => entry.kind === 1).length;
      const isSame =
        stored?.height === height &&
        stored.firstIndex === first &&
        stored.entryCount === entryCount &&
        stored.recordCount === recordCount;
      this.problems.expect(isSame, height, `batch ${formatHex(id)} is stored with another place`);
      this.#batchCount += 1;
      this.#besideCount += recordCount < itemCount ? 1 : 0;
      first += entryCount;
    });
  }

  #compareEntries({ edge, entries }: Applied, firstIndex: number): void {
    const { height } = edge.header;
    entries.forEach(({ entry, bytes }, i) => {
      const index = firstIndex + i;
      const stored = this.problems.attempt(height, () => this.#store.readEntry(index));
      const isSame = stored !== undefined && equalBytes(stored, bytes);
      this.problems.expect(isSame, height, `entry ${index} is missing or another`);
      if (entry.kind === 1) this.#index.compareImage(entry, index);
    });
  }

  /** Compares what the whole walk led to: edge, tiles that are not full, tables. */
  async compareEnd(): Promise<void> {
    const { problems } = this;
    const counts = await problems.attemptAsync(() => this.#store.countTables());
    // What an interrupted filling has left counts for nothing: the next start removes it.
    if (this.#edge === undefined && counts?.headers === 0) return;
    if (this.#edge !== undefined) this.#compareEdge(this.#edge);
    this.#tiles.compareEdge(this.height);
    const treeSize = this.#edge?.frontier.treeSize ?? 0;
    problems.attempt(undefined, () => {
      checkCheckpoint(this.#store, treeSize);
    });
    const parentCount = await problems.attemptAsync(() => this.#index.checkDerivatives(treeSize));
    if (counts !== undefined && parentCount !== undefined) this.#compareTables(counts, parentCount);
  }

  #compareTables(counts: TableCounts, parentCount: number): void {
    const headerCount = this.#edge === undefined ? 0 : this.height - this.#store.baseHeight() + 1;
    const isFromGenesis = this.#store.baseHeight() === 0;
    const expected: TableCounts = {
      headers: headerCount,
      // Genesis has none.
      certificates: isFromGenesis ? Math.max(0, headerCount - 1) : headerCount,
      blockHashes: headerCount,
      batches: this.#batchCount,
      beside: this.#besideCount,
      entries: this.#edge?.frontier.treeSize ?? 0,
      registrations: this.recordCount,
      derivatives: this.#index.derivativeCount,
      parents: parentCount,
      tiles: this.#tiles.count,
    };
    for (const table of Object.keys(expected) as (keyof TableCounts)[]) {
      const [held, should] = [counts[table], expected[table]];
      this.problems.expect(held === should, undefined, `${table} are ${held}, not ${should}`);
    }
  }

  #compareEdge({ state, frontier, header }: Edge): void {
    const stored = this.#store.edge();
    const { height } = header;
    if (stored === undefined) return;
    const isSameState = equalBytes(encode(stateSchema, stored.state), encode(stateSchema, state));
    this.problems.expect(isSameState, height, 'the state is another than execution gives');
    const isSameSize = stored.frontier.treeSize === frontier.treeSize;
    const isSameLog = isSameSize && equalBytes(rootOf(stored.frontier), rootOf(frontier));
    this.problems.expect(isSameLog, height, "the log's right edge is another than execution gives");
    const held = this.#store.recordCount();
    const count = `the record count is ${held}, not ${this.recordCount}`;
    this.problems.expect(held === this.recordCount, height, count);
  }
}

function proposerKey(state: State, height: number, view: number): Uint8Array {
  const validator = validatorsAt(state, height)[proposerIndex(state, height, view)];
  return validator?.consensusKey ?? new Uint8Array();
}
