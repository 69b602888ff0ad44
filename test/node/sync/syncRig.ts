/** A node that lacks blocks, and others that have them: everything in memory, on a clock that stands still. */
import { formatHex } from '../../../chain/bytes.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { verifySigned } from '../../../chain/signature.ts';
import { Ledger } from '../../../node/ledger.ts';
import type { ConnectedPeer } from '../../../node/peers.ts';
import type { BlockWrite, ChainStore } from '../../../node/store/chainStore.ts';
import { createMemoryChainStore } from '../../../node/store/memoryChainStore.ts';
import { createBlockSync } from '../../../node/sync/blockSync.ts';
import type { BlockSync, BlockSyncPorts } from '../../../node/sync/ports.ts';
import { createSyncServer } from '../../../node/sync/server.ts';
import { encodeBlock, type SyncedBlock } from '../../../node/wire/blocks.ts';
import { fillFrom } from '../../support/chainFilling.ts';
import { captureLog } from '../../support/capturedLog.ts';
import { ChainBuilder, GENESIS_MS } from '../../support/chainBuilder.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { type Answerer, MemoryPeers } from '../../support/memoryPeers.ts';

/** A chain of blocks with one record each, and one that is empty now and then. */
export interface BuiltChain {
  readonly builder: ChainBuilder;
  /** From height 1 on. */
  readonly blocks: readonly SyncedBlock[];
  /** The same in a store. */
  readonly store: ChainStore;
}

/** Builds a chain; blocks with another number of records are another chain of the same validators. */
export async function buildChain(
  height: number,
  builder = new ChainBuilder(),
  recordCount = 1,
): Promise<BuiltChain> {
  const store = createMemoryChainStore();
  await store.commit(builder.genesis);
  const blocks: SyncedBlock[] = [];
  for (let i = 1; i <= height; i++) {
    const write = builder.next({ batchCount: i % 5 === 0 ? 0 : 1, recordCount });
    await store.commit(write);
    blocks.push(syncedOf(write));
  }
  return { builder, blocks, store };
}

/** Returns what is sent of a block. */
export function syncedOf({ header, certificate, batches }: BlockWrite): SyncedBlock {
  if (certificate === undefined) throw new Error('genesis is not sent');
  return { header, certificate, batches };
}

/** Returns the same chain as a node holds it that has begun it with the block of a height. */
export async function begunAt(chain: BuiltChain, height: number): Promise<BuiltChain> {
  const { store: source, ledger } = await SyncRig.open(chain, { height });
  const store = createMemoryChainStore();
  await fillFrom(store, source);
  const { chainId } = ledger.edge().state;
  const facts = { chainId, timestampMs: GENESIS_MS, validators: [], authorities: [] };
  const begun = await Ledger.open(store, { ...facts, params: DEFAULT_PARAMS });
  for (const block of chain.blocks.slice(height)) {
    await begun.append({ ...block, execution: undefined });
  }
  return { ...chain, store };
}

/** Answers as an honest node does that has this chain. */
export function honest({ store }: BuiltChain): Answerer {
  const server = createSyncServer({
    chain: store,
    findBatch: () => undefined,
    newestOf: () => undefined,
    answerCheckpoint: () => new Uint8Array(),
    pause: () => Promise.resolve(),
  });
  const asker: ConnectedPeer = { peerId: 'asker', role: 'validator', index: 3 };
  return (_request, bytes) => server.answer(asker, bytes);
}

/** Answers with blocks that a test makes of those asked for. */
export function changed(
  { blocks }: BuiltChain,
  change: (block: SyncedBlock) => SyncedBlock | Uint8Array,
): Answerer {
  return (request) => {
    if (request.type !== 'blocks') throw new Error('only blocks are asked for');
    const { first, count } = request;
    const parts = blocks.slice(first - 1, first - 1 + count).map((block) => {
      const made = change(block);
      return made instanceof Uint8Array ? made : encodeBlock(made);
    });
    return new Uint8Array(Buffer.concat(parts));
  };
}

/** Never answers. */
export const silent: Answerer = () => new Promise(() => undefined);

/** A node that syncs. */
export class SyncRig {
  readonly clock = new FakeClock();
  readonly peers = new MemoryPeers();
  readonly log = captureLog('debug');
  readonly faults: unknown[] = [];
  readonly certified: number[] = [];
  /** Heights in the order in which they were applied. */
  readonly applied: number[] = [];
  /** Heights that were given to be applied, whether the chain had them or not. */
  readonly given: number[] = [];
  readonly ledger: Ledger;
  readonly store: ChainStore;
  readonly sync: BlockSync;
  /** Called before a block is applied. */
  onApply: (block: SyncedBlock) => Promise<void> = () => Promise.resolve();
  /** Called between two blocks. */
  onPause: () => Promise<void> = () => Promise.resolve();

  private constructor(ledger: Ledger, store: ChainStore, ports: Partial<BlockSyncPorts>) {
    this.ledger = ledger;
    this.store = store;
    this.sync = createBlockSync({
      peers: this.peers,
      clock: this.clock,
      log: this.log.log,
      random: () => 0,
      edge: () => ledger.edge(),
      verify: verifySigned,
      pause: () => this.onPause(),
      apply: (block) => this.#apply(block),
      onCertified: ({ header }) => void this.certified.push(header.height),
      onFault: (error) => void this.faults.push(error),
      ...ports,
    });
  }

  /** Opens a node that has the first blocks of a chain. */
  static async open(
    { builder, blocks }: BuiltChain,
    { height = 0, ports = {} }: { height?: number; ports?: Partial<BlockSyncPorts> } = {},
  ): Promise<SyncRig> {
    const store = createMemoryChainStore();
    const { header, state } = builder.edge;
    const ledger = await Ledger.open(store, {
      chainId: header.chainId,
      timestampMs: GENESIS_MS,
      validators: builder.validators,
      authorities: [],
      params: state.params[0]!.value,
    });
    for (const block of blocks.slice(0, height)) {
      await ledger.append({ ...block, execution: undefined });
    }
    return new SyncRig(ledger, store, ports);
  }

  /** Height of the chain here. */
  get height(): number {
    return this.ledger.edge().header.height;
  }

  /** Connects a validator that says that it has all blocks up to a height. */
  async offer(index: number, height: number, answer: Answerer): Promise<ConnectedPeer> {
    const peer = this.peers.connect(index, answer);
    this.sync.onPeer(peer, 'up');
    this.sync.heard(peer.peerId, height);
    await settled();
    return peer;
  }

  /** Ends a connection. */
  async hangUp(index: number): Promise<void> {
    this.peers.disconnect(index);
    this.sync.onPeer({ peerId: `peer-${index}`, role: 'validator', index }, 'down');
    await settled();
  }

  /** The state root at the edge, in hex. */
  get stateRoot(): string {
    return formatHex(this.ledger.edge().header.stateRoot);
  }

  async #apply(block: SyncedBlock): Promise<void> {
    this.given.push(block.header.height);
    await this.onApply(block);
    // As the drive loop does: consensus may have decided it meanwhile.
    if (block.header.height <= this.height) return;
    await this.ledger.append({ ...block, execution: undefined });
    this.applied.push(block.header.height);
  }
}
