/**
 * The mempool: from a batch that somebody cut to the block that names it.
 *
 * ```
 * own batches ──▶ pool ──▶ sent to all, again to who comes back; announced while nothing moves
 * from peers ───▶ admission (checked, durable) ──▶ pool ──▶ announced to all
 * announced, or named by a proposal, and not here ──▶ fetched ──▶ admission
 * applied blocks ──▶ what they hold, and what they passed over, leaves
 * ```
 *
 * Batches of others are kept on disk like the own ones, so that what was voted for can be served after a
 * restart.
 */
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { type Applied, validatorsAt } from '../../chain/state.ts';
import type { Log } from '../log.ts';
import type { ConnectedPeer, Peers } from '../peers.ts';
import type { WorkChange } from '../store/workStore.ts';
import { type BatchFrame, decodeBatchFrame, encodeBatchFrame } from '../wire/batches.ts';
import { Admission, type AdmissionPorts, type Admitted, type BadBatch } from './admission.ts';
import { Announcements } from './announcements.ts';
import { isDead, type PooledBatch } from './batchPool.ts';
import { Fetcher, type Need } from './fetcher.ts';
import { OWN_BATCH_COUNT_MAX, OWN_BYTES_MAX, WANTED_PER_PEER_COUNT_MAX } from './limits.ts';

/** The world of a mempool. */
export interface MempoolPorts extends Omit<AdmissionPorts, 'onOver'> {
  /** This institution's consensus key; undefined for an observer. */
  readonly aggregator: Uint8Array | undefined;
  readonly peers: Peers;
  readonly log: Log;
  /** Block time of a batch that is on the chain, Unix ms; undefined where it is not. */
  committedAtMs(batch: PooledBatch): number | undefined;
  /** Time of the last block, Unix ms. */
  blockTimeMs(): number;
  /** How long evidence is kept after its block, ms. */
  evidenceRetentionMs(): number;
  /** Called when the pool has a batch more. */
  onBatch(): void;
  /** Called when this institution may cut batches again. */
  onRoom(): void;
  /** Called with own batches that can no longer be committed, after a block of this time; resolves when they are cut anew. */
  onDead(batch: PooledBatch, timestampMs: number): Promise<void>;
  onFault(error: unknown): void;
}

/** Batches on their way to a block. */
export class Mempool {
  readonly #ports: MempoolPorts;
  readonly #admission: Admission;
  readonly #fetcher: Fetcher;
  readonly #announcements: Announcements;
  /** Own batches that came from peers, by id: this node has lost them, and nobody waits for them here. */
  readonly #returned = new Set<string>();

  constructor(ports: MempoolPorts) {
    this.#ports = ports;
    const { peers, clock } = ports;
    this.#admission = new Admission({
      ...ports,
      state: () => ports.state(),
      onOver: (batch) => this.#discard([batch], this.#keptUntilMs(batch)),
      onBadBatch: (bad) => {
        this.#noteBad(bad);
        ports.onBadBatch(bad);
      },
    });
    this.#announcements = new Announcements({
      peers,
      clock,
      isKnown: (id) => this.#isKnown(id),
      fetch: (peerId, ids) => this.#fetcher.fetch(peerId, ids),
      onFault: (error) => {
        ports.onFault(error);
      },
    });
    this.#fetcher = new Fetcher({
      pool: ports.pool,
      admission: this.#admission,
      peers,
      clock,
      onAdmitted: (peerId, admitted) => {
        this.#note(peerId, admitted);
      },
    });
  }

  /** How many bad batches an aggregator has signed, as far as this node saw since its start. */
  badCountOf(aggregator: Uint8Array): number {
    return this.#admission.badCountOf(aggregator);
  }

  /** Whether this institution may cut another batch. */
  hasOwnRoom(): boolean {
    const { aggregator, pool } = this.#ports;
    if (aggregator === undefined) return false;
    const { count, bytes } = pool.loadOf(aggregator);
    return count < OWN_BATCH_COUNT_MAX && bytes < OWN_BYTES_MAX;
  }

  /**
   * Takes a batch of this institution, which is durable, and sends it to all; resolves at once, or when it is cut
   * anew.
   *
   * A block may have passed it over while it was written, where this node has lost count of its own sequences: a
   * pool that held it would make blocks that nobody can execute.
   */
  async submit(batch: PooledBatch): Promise<void> {
    const { pool, peers } = this.#ports;
    const timestampMs = this.#ports.blockTimeMs();
    if (isDead(batch, this.#ports.state(), timestampMs)) {
      await this.#ports.onDead(batch, timestampMs);
      return;
    }
    pool.add(batch);
    peers.broadcast('batches', frameOf(batch));
    this.#ports.onBatch();
  }

  /** Takes a batch of another institution that a start found on disk; one that is over is forgotten. */
  async restore(batch: PooledBatch): Promise<void> {
    if (!isDead(batch, this.#ports.state(), 0)) this.#ports.pool.add(batch);
    else await this.#discard([batch], this.#keptUntilMs(batch));
  }

  /**
   * Takes what a peer says on the batches channel; resolves when it is judged.
   *
   * Rejects with a ChainError for a frame of no form, and for a batch that is not the sender's own.
   */
  async receive({ peerId, index }: ConnectedPeer, frame: Uint8Array): Promise<void> {
    const heard: BatchFrame = decodeBatchFrame(frame);
    if (heard.type === 'announcement') {
      this.#announcements.hear(peerId, heard.ids);
      return;
    }
    const { batch } = heard;
    const state = this.#ports.state();
    const sender = index === undefined ? undefined : validatorsAt(state, state.height + 1)[index];
    // Batches of others are asked for: nobody can make this node check a third institution's batches.
    if (sender === undefined || !equalBytes(sender.consensusKey, batch.signed.batch.aggregator)) {
      throw new ChainError('ERR_UNKNOWN_VALIDATOR', 'an institution sends its own batches');
    }
    const admitted = await this.#admission.admit(batch, false);
    this.#note(peerId, admitted);
    if (admitted.outcome === 'bad') throw admitted.error;
  }

  /** Sends a peer that is there again what it may have missed. */
  welcome({ peerId }: ConnectedPeer): void {
    const { pool, peers, aggregator } = this.#ports;
    const own = aggregator === undefined ? [] : pool.batchesOf(aggregator);
    for (const batch of own) peers.send(peerId, 'batches', frameOf(batch));
    const others = pool.all().filter((batch) => !own.includes(batch));
    this.#announcements.announceTo(
      peerId,
      others.map(({ id }) => id),
    );
  }

  /**
   * Tells all peers again what waits: the own batches first, then those of others.
   *
   * What was sent may have been lost, or had no room there: then nobody else may ever name it.
   */
  repeat(): void {
    const { pool, aggregator } = this.#ports;
    const own = aggregator === undefined ? [] : pool.batchesOf(aggregator);
    const waiting = [...own, ...pool.all().filter((batch) => !own.includes(batch))];
    for (const { id } of waiting.slice(0, WANTED_PER_PEER_COUNT_MAX)) {
      this.#announcements.announce(id);
    }
  }

  /** Forgets what a peer has announced: it is down. */
  forget(peerId: string): void {
    this.#announcements.forget(peerId);
  }

  /** Resolves when what a block names is here, or to why it will never be. */
  ensure(need: Need): Promise<ChainError | undefined> {
    return this.#fetcher.ensure(need);
  }

  /** Lets go of what a block holds, and of what can no longer be committed. */
  async settle({ edge: { header, state } }: Applied): Promise<void> {
    const { pool } = this.#ports;
    const committed = header.batchIds.flatMap((id) => pool.find(id) ?? []);
    for (const { id } of committed) this.#remove(id);
    const dead = pool.findDead(state, header.timestampMs);
    for (const { id } of dead) this.#remove(id);
    const isForeign = (batch: PooledBatch): boolean => !this.#isAwaited(batch);
    const keptUntilMs = header.timestampMs + this.#ports.evidenceRetentionMs();
    await this.#discard(committed.filter(isForeign), keptUntilMs);
    await this.#discard(dead.filter(isForeign), 0);
    for (const batch of dead) {
      if (!isForeign(batch)) await this.#ports.onDead(batch, header.timestampMs);
    }
    for (const { id } of [...committed, ...dead]) this.#returned.delete(formatHex(id));
    await this.#trim();
    this.#ports.onRoom();
  }

  /** Asks for nothing more. */
  stop(): void {
    this.#announcements.stop();
  }

  /** R18: what proposals named and no block has is kept within the bounds that hold for all else. */
  async #trim(): Promise<void> {
    const { pool, clock } = this.#ports;
    const surplus = pool.findSurplus(clock.nowMs()).filter((batch) => !this.#isAwaited(batch));
    for (const { id } of surplus) {
      pool.remove(id);
      this.#returned.delete(formatHex(id));
    }
    await this.#discard(surplus, 0);
  }

  #remove(id: Uint8Array): void {
    this.#ports.pool.remove(id);
    this.#announcements.markGone(id);
  }

  /** Drops batches of others from disk; evidence of what is on the chain is kept for its time. */
  async #discard(batches: readonly PooledBatch[], untilMs: number): Promise<void> {
    if (batches.length === 0) return;
    const changes = batches.flatMap(({ id: batchId }): WorkChange[] => [
      { type: 'delete-batch', batchId },
      { type: 'expire-evidence', batchId, untilMs },
    ]);
    await this.#ports.work.write(changes, { durable: false });
  }

  #keptUntilMs(batch: PooledBatch): number {
    const atMs = this.#ports.committedAtMs(batch);
    return atMs === undefined ? 0 : atMs + this.#ports.evidenceRetentionMs();
  }

  #isOwn({ signed }: PooledBatch): boolean {
    const own = this.#ports.aggregator;
    return own !== undefined && equalBytes(own, signed.batch.aggregator);
  }

  /** Whether receipts of this institution wait for what becomes of a batch. */
  #isAwaited(batch: PooledBatch): boolean {
    return this.#isOwn(batch) && !this.#returned.has(formatHex(batch.id));
  }

  #isKnown(id: Uint8Array): boolean {
    return (
      this.#ports.pool.find(id) !== undefined ||
      this.#admission.isUnderway(id) ||
      this.#admission.problemOf(id) !== undefined
    );
  }

  #note(peerId: string, admitted: Admitted): void {
    switch (admitted.outcome) {
      case 'added':
        if (this.#isOwn(admitted.batch)) this.#returned.add(formatHex(admitted.batch.id));
        this.#announcements.announce(admitted.batch.id);
        this.#ports.onBatch();
        break;
      case 'forged':
        this.#ports.peers.report(peerId, 'reject', admitted.error.code);
        break;
      case 'held':
      case 'over':
      case 'full':
      case 'early':
        this.#ports.peers.report(peerId, 'ignore', `batch ${admitted.outcome}`);
        break;
      case 'bad': // Its aggregator is to blame, who need not be the sender.
        break;
    }
  }

  #noteBad({ id, aggregator, error }: BadBatch): void {
    this.#ports.log.warn(
      { batch: formatHex(id), aggregator: formatHex(aggregator), code: error.code },
      'an aggregator has signed a batch that nobody may accept',
    );
  }
}

function frameOf({ signed, evidence }: PooledBatch): Uint8Array {
  return encodeBatchFrame({ type: 'batch', batch: { signed, evidence } });
}
