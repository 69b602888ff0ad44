/**
 * The ledger: the chain's store with the reads that the node and its interface share.
 *
 * It is the only writer of blocks. What it answers is always the chain after a whole block.
 */
import { type Batch, ITEM_KIND, type SignedBatch, type StatusItem } from '../chain/batch.ts';
import { type Header, hashHeader } from '../chain/block.ts';
import { equalBytes } from '../chain/bytes.ts';
import { decode } from '../chain/codec.ts';
import type { Decision } from '../chain/consensus/ready.ts';
import { lostProposers } from '../chain/consensus/proposer.ts';
import { type Entry, type ImageEntry, entrySchema } from '../chain/entry.ts';
import { registrationKey } from '../chain/execution.ts';
import { invariant } from '../chain/invariant.ts';
import type { Offender } from '../chain/offender.ts';
import {
  type Applied,
  applyBlock,
  type Draft,
  type Edge,
  type Execution,
  execute,
  closeBlock,
  genesisBlock,
  type GenesisFacts,
  type Known,
} from '../chain/state.ts';
import type { BlockView, Registration, TransactionView } from '../api/ports.ts';
import { News } from './news.ts';
import type { ChainStore } from './store/chainStore.ts';

/** A block to be appended: decided, with its batches. */
export interface DecidedBlock extends Decision {
  readonly batches: readonly SignedBatch[];
  /** What executing it yielded, where it was executed before. */
  readonly execution: Execution | undefined;
}

/** The chain as this node holds it. */
export class Ledger {
  readonly #store: ChainStore;
  readonly #news = new News();
  #baseRecords: number | undefined;

  private constructor(store: ChainStore) {
    this.#store = store;
  }

  /** Opens the ledger, writing block 0 into an empty store. Throws if the store holds another chain. */
  static async open(store: ChainStore, genesis: GenesisFacts): Promise<Ledger> {
    const edge = store.edge();
    if (edge === undefined) {
      const applied = genesisBlock(genesis);
      const { header } = applied.edge;
      await store.commit({ header, certificate: undefined, batches: [], applied });
    } else if (!equalBytes(edge.state.chainId, genesis.chainId)) {
      throw new LedgerError('the data folder holds another chain than the genesis document');
    }
    return new Ledger(store);
  }

  /** What the next block builds on. */
  edge(): Edge {
    const edge = this.#store.edge();
    invariant(edge !== undefined, 'an open ledger has a genesis');
    return edge;
  }

  /** Resolves when the next block is durable, or when the signal aborts. */
  nextBlock(signal: AbortSignal): Promise<void> {
    return this.#news.next(signal);
  }

  /** Number of photographs on the chain. */
  recordCount(): number {
    return this.#store.recordCount();
  }

  /** Returns what executing a draft on the edge yields. Throws as `execute` does. */
  execute(draft: Draft): Execution {
    return execute(this.edge(), draft, this.#knownOf(draft.batches));
  }

  /** Applies a decided block and makes it durable, whole. */
  async append(block: DecidedBlock): Promise<Applied> {
    const { header, certificate, batches } = block;
    const applied =
      block.execution === undefined
        ? this.#apply(header, batches)
        : closeBlock(block.execution, header);
    await this.#store.commit({ header, certificate, batches, applied });
    this.#news.announce();
    return applied;
  }

  #apply(header: Header, signed: readonly SignedBatch[]): Applied {
    const batches = signed.map(({ batch }) => batch);
    const { state } = this.edge();
    const block = { header, batches, lostProposers: lostProposers(state, header) };
    return applyBlock(this.edge(), block, this.#knownOf(batches));
  }

  #knownOf(batches: Draft['batches']): Known {
    const known = new Set<string>();
    for (const { aggregator, items } of batches) {
      for (const item of items) {
        if (item.kind !== ITEM_KIND.image) continue;
        const { imageHash } = item.record;
        if (this.isRegistered(imageHash, aggregator))
          known.add(registrationKey(imageHash, aggregator));
      }
    }
    return known;
  }

  /** Whether this institution has registered the picture. */
  isRegistered(imageHash: Uint8Array, aggregator: Uint8Array): boolean {
    const registrations = this.findRegistrations(imageHash);
    return registrations.some(({ entry }) => equalBytes(entry.aggregator, aggregator));
  }

  /** Registrations of a picture, the earliest first. */
  findRegistrations(imageHash: Uint8Array): readonly Registration[] {
    return this.#store.findEntries(imageHash).map((logIndex) => ({
      logIndex,
      entry: this.#imageEntry(logIndex),
    }));
  }

  /** The first `countMax` image hashes that begin with some lower-case hex digits, ascending, as of the edge now. */
  findImageHashes(digits: string, countMax: number): Promise<readonly Uint8Array[]> {
    return this.#store.findImageHashes(digits, countMax);
  }

  #entryAt(logIndex: number): Entry {
    const bytes = this.#store.readEntry(logIndex);
    invariant(bytes !== undefined, `entry ${logIndex}, which something names, is stored`);
    return decode(entrySchema, bytes);
  }

  #imageEntry(logIndex: number): ImageEntry {
    const entry = this.#entryAt(logIndex);
    invariant(
      entry.kind === ITEM_KIND.image,
      `the index points to entry ${logIndex}, which is an image`,
    );
    return entry;
  }

  /** Pictures made from this one, at most `countMax`. */
  findDerivatives(imageHash: Uint8Array, countMax: number): readonly Uint8Array[] {
    return this.#store.findDerivatives(imageHash, countMax);
  }

  /** Height at which the chain begins here: 0, or that of a block whose batches, and all before it, are not held. */
  baseHeight(): number {
    return this.#store.baseHeight();
  }

  /** A block with its certificate; undefined also below the base. */
  readBlock(height: number): BlockView | undefined {
    const header = this.#store.readHeader(height);
    if (header === undefined) return undefined;
    const batches = header.batchIds.map((id) => this.#store.readBatch(id));
    const isBase = height > 0 && height === this.baseHeight();
    return {
      header,
      hash: hashHeader(header),
      certificate: this.#store.readCertificate(height),
      recordCount: isBase
        ? this.#baseRecordCount(header)
        : batches.reduce((sum, batch) => sum + (batch?.recordCount ?? 0), 0),
    };
  }

  /** Image entries of the base, whose batches are not held: its entries stand before its closing one. */
  #baseRecordCount({ logSize }: Header): number {
    let count = this.#baseRecords;
    if (count !== undefined) return count;
    count = 0;
    // The entry that closes the block before ends the walk.
    for (let index = logSize - 1; ; index--) {
      const { kind } = this.#entryAt(index);
      if (kind === 2) break;
      if (kind === ITEM_KIND.image) count += 1;
    }
    this.#baseRecords = count;
    return count;
  }

  /** Height of the block with this hash. */
  findHeight(blockHash: Uint8Array): number | undefined {
    return this.#store.findHeight(blockHash);
  }

  /**
   * Block time of a batch that is on the chain, Unix ms; undefined where it is not.
   *
   * Of a batch up to the base nothing is held but its entries: one that made none counts as not committed.
   */
  committedAtMs(batchId: Uint8Array, { items }: Pick<Batch, 'items'>): number | undefined {
    const height = this.#store.readBatch(batchId)?.height;
    if (height !== undefined) return this.#store.readHeader(height)?.timestampMs;
    for (const item of items) {
      if (item.kind !== ITEM_KIND.image) continue;
      const made = this.findRegistrations(item.record.imageHash).find(({ entry }) =>
        equalBytes(entry.batchId, batchId),
      );
      if (made !== undefined) return made.entry.timestampMs;
    }
    return undefined;
  }

  /** A committed batch, rebuilt from its entries. */
  readTransaction(batchId: Uint8Array): TransactionView | undefined {
    const stored = this.#store.readBatch(batchId);
    const signed = stored === undefined ? undefined : this.#store.readSignedBatch(batchId);
    return stored === undefined || signed === undefined
      ? undefined
      : { height: stored.height, signed };
  }

  /** The item that recorded an offender; undefined where it lies at the base or below. */
  findStatusItem({ subject, height }: Offender): StatusItem | undefined {
    const items = this.#store
      .readHeader(height)
      ?.batchIds.flatMap((id) => this.#store.readStatusItems(id));
    return items?.find((item) => equalBytes(item.subject, subject));
  }
}

/** A store that cannot be used with this genesis. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code = 'ERR_OTHER_CHAIN';
}
