/**
 * Block sync: fetches the blocks that others have decided, checks them, and has them applied, at any time.
 *
 * Three things go on at once: requests to several peers, the check of a block, and the write of the one before.
 * Nothing that a peer says is believed before it is checked against the chain here; who sends what is wrong is
 * reported and asked last. It touches nothing of the protocol's state: a block that consensus decides meanwhile
 * makes its copy superfluous, and that is all.
 */
import type { Header } from '../../chain/block.ts';
import { maxFaulty } from '../../chain/consensus/quorum.ts';
import { ChainError } from '../../chain/errors.ts';
import { validatorsAt } from '../../chain/state.ts';
import type { ConnectedPeer } from '../peers.ts';
import { decodeBlock, type SyncedBlock } from '../wire/blocks.ts';
import { BlockBuffer, type HeldBlock } from './blockBuffer.ts';
import { type AnyVerifier, checkBatches, checkDecided, checkFollows } from './checkBlock.ts';
import { Fetcher } from './fetcher.ts';
import type { BlockSync, BlockSyncPorts, Refusal, SyncCounts } from './ports.ts';
import { Sources } from './sources.ts';
import { Tally } from './tally.ts';

/** Returns a sync that waits for its first hint. */
export function createBlockSync(ports: BlockSyncPorts): BlockSync {
  return new RunningSync(ports);
}

class RunningSync implements BlockSync {
  readonly #ports: BlockSyncPorts;
  readonly #sources: Sources;
  readonly #buffer = new BlockBuffer();
  readonly #tally = new Tally();
  readonly #fetcher: Fetcher;
  readonly #verify: AnyVerifier = (signed) => this.#ports.verify(signed);
  /** The block that is being applied. */
  #applying: { readonly header: Header; readonly done: Promise<void> } | undefined;
  #certifiedHeight = 0;
  #isDraining = false;
  #drained: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(ports: BlockSyncPorts) {
    this.#ports = ports;
    this.#sources = new Sources(ports);
    this.#fetcher = new Fetcher(ports, {
      sources: this.#sources,
      buffer: this.#buffer,
      tally: this.#tally,
      onAnswer: (highest) => {
        void this.#lookAhead(highest);
      },
      onChange: () => {
        this.#goOn();
      },
    });
  }

  heard(peerId: string, height: number): void {
    if (height <= this.#height()) return;
    this.#sources.heard(peerId, height);
    this.#goOn();
  }

  onPeer({ peerId }: ConnectedPeer, state: 'up' | 'down'): void {
    if (state === 'up') return;
    this.#sources.forget(peerId);
    this.#fetcher.abandon(peerId);
  }

  isSyncing(): boolean {
    const hasSource = this.#sources.holdersOf(this.#height() + 1).length > 0;
    return this.#fetcher.isAsking || this.#isDraining || hasSource;
  }

  target(): number {
    const { state, header } = this.#ports.edge();
    const told = this.#sources.holdersOf(header.height + 1).map(({ height }) => height);
    told.sort((a, b) => b - a);
    // Of f + 1 that say so one is honest, and a certificate needs nobody's word: liars make no node look late.
    const believed = told[maxFaulty(validatorsAt(state, state.height + 1).length)] ?? 0;
    return Math.max(header.height, this.#certifiedHeight, believed);
  }

  counts(): SyncCounts {
    return { ...this.#tally.toCounts(), heldBytes: this.#buffer.sizeBytes };
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#drained;
  }

  #end(): void {
    this.#isStopped = true;
    this.#fetcher.stop();
  }

  #height(): number {
    return this.#ports.edge().header.height;
  }

  /** Does whatever can be done: called after anything has changed. */
  #goOn(): void {
    if (this.#isStopped) return;
    this.#fetcher.fill();
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#drained = this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      for (;;) {
        const held = this.#next();
        if (held !== undefined) await this.#advance(held);
        else if (this.#applying !== undefined) await this.#applying.done;
        else break;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isDraining = false;
    }
  }

  /** The block after the last one here, be it applied or just being so, if it has come. */
  #next(): HeldBlock | undefined {
    this.#buffer.dropUpTo(this.#height());
    if (this.#isStopped) return undefined;
    this.#fetcher.fill();
    return this.#buffer.find(this.#parent().height + 1);
  }

  #parent(): Header {
    const { header } = this.#ports.edge();
    const applying = this.#applying?.header;
    return applying !== undefined && applying.height > header.height ? applying : header;
  }

  /** Checks a block while the one before is written, and then has it applied. */
  async #advance(held: HeldBlock): Promise<void> {
    await this.#ports.pause();
    const block = await this.#check(held);
    await this.#applying?.done;
    if (block === undefined || this.#isStopped) return;
    if (held.isLast) this.#sources.delivered(held.peerId);
    // Decided by consensus meanwhile.
    if (held.height <= this.#height()) return;
    const done = this.#apply(block);
    // Who waits for it next sees it fail.
    done.catch(() => undefined);
    this.#applying = { header: block.header, done };
  }

  async #apply(block: SyncedBlock): Promise<void> {
    await this.#ports.apply(block);
    this.#applying = undefined;
    if (this.#height() >= block.header.height) this.#tally.addBlock();
    // Whoever applies blocks has stopped: there is nothing left to do here either.
    else this.#end();
  }

  /** Resolves to the block, or to undefined where it cannot be used, or need not be. */
  async #check({ peerId, height, bytes }: HeldBlock): Promise<SyncedBlock | undefined> {
    const parent = this.#parent();
    if (parent.height + 1 !== height) return undefined;
    const { state } = this.#ports.edge();
    let refusal: Refusal = 'malformed';
    try {
      const block = decodeBlock(bytes, height);
      refusal = 'certificate';
      await checkDecided(block, state, this.#verify);
      this.#certify(block);
      checkFollows(block, parent);
      refusal = 'batches';
      await checkBatches(block, state, this.#verify);
      return block;
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      this.#fetcher.refuse(peerId, refusal, error.message);
      return undefined;
    }
  }

  /**
   * Looks at the highest block that has come, long before its turn: where its certificate holds, nothing may be
   * signed up to there. Where it does not, its turn will tell.
   */
  async #lookAhead({ height, bytes }: HeldBlock): Promise<void> {
    try {
      const block = decodeBlock(bytes, height);
      await checkDecided(block, this.#ports.edge().state, this.#verify);
      this.#certify(block);
    } catch (error) {
      if (!(error instanceof ChainError)) this.#fail(error);
    }
  }

  #certify({ header, certificate }: SyncedBlock): void {
    const { height } = header;
    if (this.#isStopped || height <= Math.max(this.#certifiedHeight, this.#height())) return;
    this.#certifiedHeight = height;
    this.#ports.onCertified({ header, certificate });
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#end();
    this.#ports.onFault(error);
  }
}
