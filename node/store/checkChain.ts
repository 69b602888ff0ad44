/**
 * The check of a whole chain store, behind `birthmark db check`: nothing that is stored is believed.
 *
 * Block by block from genesis, the chain is executed again from its stored batches, and everything that a
 * block should have left is compared with what is there: header, certificate, batches, entries, indexes,
 * tiles. At the end the edge is compared and every table counted, so that what is there beyond that is found
 * too. A block that cannot be executed ends the walk: what lies above it cannot be judged.
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
import { type ImageEntry, entrySchema } from '../../chain/entry.ts';
import { registrationKey } from '../../chain/execution.ts';
import { LOST_VIEW_HEIGHTS, VALIDATOR_COUNT_MAX } from '../../chain/limits.ts';
import { rootOf } from '../../chain/merkle.ts';
import {
  type Applied,
  applyBlock,
  type Edge,
  type Known,
  type State,
  stateSchema,
  validatorsAt,
} from '../../chain/state.ts';
import type { ChainStore, Derivative, TableCounts } from './chainStore.ts';
import { DamageError, decodeRow } from './damage.ts';
import { type Problem, ProblemList } from './problem.ts';
import { TileWalk } from './tileWalk.ts';

/** More views than the state has room for: only a damaged header names them. */
const VIEW_MAX = LOST_VIEW_HEIGHTS * VALIDATOR_COUNT_MAX;

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
  while (check.height < lastHeight && check.walk()) {
    options.signal?.throwIfAborted();
    options.onProgress?.({ height: check.height, lastHeight, recordCount: check.recordCount });
    // Lets a signal or a terminal have its turn.
    await setImmediate();
  }
  if (check.height === lastHeight) await check.compareEnd();
  else check.problems.add(check.height + 1, 'the blocks from here on cannot be executed');
  const { recordCount, problems } = check;
  return { blockCount: check.height + 1, recordCount, problems: problems.toArray() };
}

/** The walk: what the blocks so far should have left, compared with what is there. */
class ChainCheck {
  readonly problems = new ProblemList();
  readonly #store: ChainStore;
  readonly #genesis: Applied;
  readonly #tiles: TileWalk;
  #edge: Edge | undefined;
  recordCount = 0;
  #batchCount = 0;
  #besideCount = 0;
  #derivativeCount = 0;

  constructor(store: ChainStore, genesis: Applied) {
    this.#store = store;
    this.#genesis = genesis;
    this.#tiles = new TileWalk(store.readTile.bind(store), this.problems);
  }

  /** Height of the last block that could be executed; -1 before genesis. */
  get height(): number {
    return this.#edge?.header.height ?? -1;
  }

  /** Checks the next block; returns whether the walk can go on. */
  walk(): boolean {
    const height = this.height + 1;
    const { problems } = this;
    if (problems.isFull) return false;
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
    return true;
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
        for (const { aggregator } of this.#entriesBefore(imageHash, edge.frontier.treeSize)) {
          known.add(registrationKey(imageHash, aggregator));
        }
      }
    }
    return known;
  }

  #entriesBefore(imageHash: Uint8Array, logSize: number): readonly ImageEntry[] {
    return this.#store
      .findEntries(imageHash)
      .filter((index) => index < logSize)
      .map((index) => {
        const bytes = this.#store.readEntry(index) ?? new Uint8Array();
        const entry = decodeRow(entrySchema, bytes, `entry ${index}`);
        if (entry.kind === 1 && equalBytes(entry.record.imageHash, imageHash)) return entry;
        throw new DamageError(
          `image ${formatHex(imageHash)} is not entry ${index}, as the index says`,
        );
      });
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
      if (entry.kind !== 1) return;
      this.recordCount += 1;
      this.problems.attempt(height, () => this.#compareImage(entry, index));
    });
  }

  #compareImage({ record }: ImageEntry, index: number): void {
    const { imageHash, parents } = record;
    if (!this.#store.findEntries(imageHash).includes(index)) {
      throw new DamageError(`image ${formatHex(imageHash)} does not lead to entry ${index}`);
    }
    if (parents.length === 0) return;
    const earlier = this.#entriesBefore(imageHash, index);
    const named = new Set(earlier.flatMap((entry) => entry.record.parents.map(formatHex)));
    this.#derivativeCount += new Set(parents.map(formatHex)).difference(named).size;
  }

  /** Compares what the whole walk led to: edge, tiles that are not full, tables. */
  async compareEnd(): Promise<void> {
    const { problems } = this;
    if (this.#edge !== undefined) this.#compareEdge(this.#edge);
    this.#tiles.compareEdge(this.height);
    const parentCount = await problems.attemptAsync(() => this.#checkDerivatives());
    const counts = await problems.attemptAsync(() => this.#store.countTables());
    if (counts === undefined || parentCount === undefined) return;
    const blockCount = this.height + 1;
    const expected: TableCounts = {
      headers: blockCount,
      certificates: Math.max(0, blockCount - 1),
      blockHashes: blockCount,
      batches: this.#batchCount,
      beside: this.#besideCount,
      entries: this.#edge?.frontier.treeSize ?? 0,
      registrations: this.recordCount,
      derivatives: this.#derivativeCount,
      parents: parentCount,
      tiles: this.#tiles.count,
    };
    for (const table of Object.keys(expected) as (keyof TableCounts)[]) {
      const [held, should] = [counts[table], expected[table]];
      problems.expect(held === should, undefined, `${table} are ${held}, not ${should}`);
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

  /** Checks that each derivative is one; resolves to how many parents have any. */
  async #checkDerivatives(): Promise<number> {
    let parentCount = 0;
    let last: Derivative | undefined;
    for await (const derivative of this.#store.derivatives()) {
      const isNext = last !== undefined && equalBytes(last.parent, derivative.parent);
      if (!isNext) {
        parentCount += 1;
        this.#compareDerivativeCount(last);
      }
      this.#checkDerivative(derivative, isNext ? (last?.ordinal ?? 0) + 1 : 0);
      last = derivative;
    }
    this.#compareDerivativeCount(last);
    return parentCount;
  }

  #checkDerivative({ parent, ordinal, imageHash }: Derivative, expectedOrdinal: number): void {
    const name = `derivative ${ordinal} of ${formatHex(parent)}`;
    this.problems.expect(ordinal === expectedOrdinal, undefined, `${name} follows none`);
    this.problems.attempt(undefined, () => {
      const entries = this.#entriesBefore(imageHash, this.#edge?.frontier.treeSize ?? 0);
      const parents = entries.flatMap(({ record }) => record.parents);
      if (!parents.some((each) => equalBytes(each, parent))) {
        throw new DamageError(`${name} does not name this parent`);
      }
    });
  }

  /** Compares the number that is stored with the last derivative of a parent. */
  #compareDerivativeCount(last: Derivative | undefined): void {
    if (last === undefined) return;
    const { parent, ordinal } = last;
    const count = this.problems.attempt(undefined, () => this.#store.countDerivatives(parent));
    const what = `${formatHex(parent)} has ${ordinal + 1} derivatives, not ${count}`;
    this.problems.expect(count === ordinal + 1, undefined, what);
  }
}

function proposerKey(state: State, height: number, view: number): Uint8Array {
  const validator = validatorsAt(state, height)[proposerIndex(state, height, view)];
  return validator?.consensusKey ?? new Uint8Array();
}
