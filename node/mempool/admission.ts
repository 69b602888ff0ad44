/**
 * Admission: what becomes of a batch that a peer sent. R1: a batch is in the pool only when it and all its
 * evidence are checked here and durable here.
 */
import { LRUCache } from 'lru-cache';

import { hashBatch } from '../../chain/batch.ts';
import { checkBatch } from '../../chain/checkBatch.ts';
import { formatHex } from '../../chain/bytes.ts';
import type { Verifier } from '../../chain/consensus/statement.ts';
import { ChainError } from '../../chain/errors.ts';
import { type CertificateParser, checkEvidenceForm } from '../../chain/evidence.ts';
import type { Params } from '../../chain/params.ts';
import { lastSequence, type State, validatorsAt, valueAt } from '../../chain/state.ts';
import type { Clock } from '../clock.ts';
import type { WorkChange, WorkStore } from '../store/workStore.ts';
import type { SentBatch } from '../wire/batches.ts';
import {
  type BatchPool,
  isAhead,
  keptBytesOf,
  type PooledBatch,
  pooledBatch,
} from './batchPool.ts';
import { CheckQueue } from './checkQueue.ts';
import { CHECKS_AT_ONCE_MAX, REMEMBERED_COUNT_MAX } from './limits.ts';

/** Checks a batch's evidence against the state; rejects with a ChainError. */
export type EvidenceCheck = (sent: SentBatch, state: State) => Promise<void>;

/** The world of admission. */
export interface AdmissionPorts {
  readonly pool: BatchPool;
  readonly work: WorkStore;
  readonly clock: Clock;
  readonly parse: CertificateParser;
  readonly checkEvidence: EvidenceCheck;
  /** Verifies an aggregator's signature, at once. */
  readonly verify: Verifier;
  /** State after the last block. */
  state(): State;
  /** Called for a batch that was kept and can no longer be committed. */
  onOver(batch: PooledBatch): Promise<void>;
  /** Called for a batch that its aggregator has signed and that no validator may accept. */
  onBadBatch(batch: BadBatch): void;
}

/** A batch that its aggregator should not have signed. */
export interface BadBatch {
  readonly id: Uint8Array;
  readonly aggregator: Uint8Array;
  readonly error: ChainError;
}

/** What became of a batch. */
export type Admitted =
  /** It is in the pool now. */
  | { readonly outcome: 'added'; readonly batch: PooledBatch }
  /** It was there already, it can no longer be committed, there is no room, or it cannot be judged yet. */
  | { readonly outcome: 'held' | 'over' | 'full' | 'early' }
  /** The aggregator has signed what nobody may accept. */
  | { readonly outcome: 'bad'; readonly error: ChainError }
  /** Not what the aggregator signed: whoever sent it is to blame. */
  | { readonly outcome: 'forged'; readonly error: ChainError };

/** Lets batches of others into the pool. */
export class Admission {
  readonly #ports: AdmissionPorts;
  readonly #queue = new CheckQueue(CHECKS_AT_ONCE_MAX);
  readonly #underway = new Map<string, Promise<Admitted>>();
  readonly #bad = new LRUCache<string, ChainError>({ max: REMEMBERED_COUNT_MAX });
  /** Bad batches by aggregator, since the start. */
  readonly #badCounts = new Map<string, number>();

  constructor(ports: AdmissionPorts) {
    this.#ports = ports;
  }

  /** Returns why a batch may not be accepted by anybody, if that is known here. */
  problemOf(id: Uint8Array): ChainError | undefined {
    return this.#bad.get(formatHex(id));
  }

  /** Returns whether a batch is being checked. */
  isUnderway(id: Uint8Array): boolean {
    return this.#underway.has(formatHex(id));
  }

  /** How many bad batches an aggregator has signed, as far as this node saw since its start. */
  badCountOf(aggregator: Uint8Array): number {
    return this.#badCounts.get(formatHex(aggregator)) ?? 0;
  }

  /**
   * Checks a batch, keeps it durably and adds it to the pool.
   *
   * @param isNamed - a proposal names it: it is taken in even where its aggregator has no room left.
   */
  admit(sent: SentBatch, isNamed: boolean): Promise<Admitted> {
    const id = hashBatch(sent.signed.batch);
    const key = formatHex(id);
    const known = this.#outcomeOf(id, sent);
    if (known !== undefined) return Promise.resolve(known);
    const underway = this.#underway.get(key);
    if (underway !== undefined) return underway;
    if (!isNamed && !this.#hasRoom(sent)) {
      return Promise.resolve({ outcome: 'full' });
    }
    const admitted = this.#admit(id, sent, isNamed).finally(() => this.#underway.delete(key));
    this.#underway.set(key, admitted);
    return admitted;
  }

  /** What becomes of a batch as far as that is seen at once. */
  #outcomeOf(id: Uint8Array, sent: SentBatch): Admitted | undefined {
    const error = this.problemOf(id);
    if (error !== undefined) return { outcome: 'bad', error };
    if (this.#ports.pool.find(id) !== undefined) return { outcome: 'held' };
    if (this.#isOver(sent)) return { outcome: 'over' };
    const forgery = refusalOf(() => {
      checkBatch(sent.signed, this.#ports.state(), (signed) => this.#ports.verify(signed));
      checkEvidenceForm(sent.signed.batch, sent.evidence);
    });
    if (forgery === undefined) return undefined;
    // What proves a contradiction is of a height that the aggregator knows and this node does not, or no more.
    if (forgery.code === 'ERR_HEIGHT') return { outcome: 'early' };
    return { outcome: 'forged', error: forgery };
  }

  async #admit(id: Uint8Array, sent: SentBatch, isNamed: boolean): Promise<Admitted> {
    const checked = await this.#check(id, sent);
    if (checked instanceof ChainError) return { outcome: 'bad', error: checked };
    if (!isNamed && isAhead(checked, this.#ports.clock.nowMs())) return { outcome: 'early' };
    await this.#keep(checked);
    if (this.#isOver(sent)) {
      // A block was applied meanwhile.
      await this.#ports.onOver(checked);
      return { outcome: 'over' };
    }
    this.#ports.pool.add(checked);
    return { outcome: 'added', batch: checked };
  }

  #hasRoom(sent: SentBatch): boolean {
    const state = this.#ports.state();
    const { aggregator } = sent.signed.batch;
    const { length: laneCount } = validatorsAt(state, state.height + 1);
    return this.#ports.pool.hasRoom({ aggregator, keptBytes: keptBytesOf(sent), laneCount });
  }

  #params(): Params {
    const state = this.#ports.state();
    return valueAt(state.params, state.height + 1);
  }

  #isOver({ signed: { batch } }: SentBatch): boolean {
    return batch.sequence <= (lastSequence(this.#ports.state(), batch.aggregator) ?? -1);
  }

  async #check(id: Uint8Array, sent: SentBatch): Promise<PooledBatch | ChainError> {
    const { aggregator } = sent.signed.batch;
    try {
      const rank = this.badCountOf(aggregator);
      await this.#queue.run(rank, () => this.#ports.checkEvidence(sent, this.#ports.state()));
      const batch = pooledBatch({ id, ...sent }, { ...this.#ports, params: this.#params() });
      const { startMs, endMs } = batch.window;
      if (endMs >= startMs) return batch;
      throw new ChainError('ERR_EVIDENCE', 'no block time suits all records of the batch');
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      this.#bad.set(formatHex(id), error);
      this.#badCounts.set(formatHex(aggregator), this.badCountOf(aggregator) + 1);
      this.#ports.onBadBatch({ id, aggregator, error });
      return error;
    }
  }

  /** R1: durable before it is voted for. */
  async #keep({ id: batchId, signed, evidence }: PooledBatch): Promise<void> {
    const usedAtMs = this.#ports.clock.nowMs();
    const changes: WorkChange[] = [
      { type: 'put-batch', batch: { batchId, signed, receiptIds: [] } },
      { type: 'put-evidence', evidence: { batchId, items: evidence.items } },
      ...evidence.certificates.map((sent): WorkChange => ({
        type: 'put-certificate',
        sent,
        usedAtMs,
      })),
    ];
    await this.#ports.work.write(changes, { durable: true });
  }
}

function refusalOf(check: () => void): ChainError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof ChainError) return error;
    throw error;
  }
}
