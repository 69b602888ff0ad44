/**
 * Batches that this validator rightly signs and in which one camera signature is wrong: the last, so that a
 * validator finds it only after all the others.
 */
import { type Batch, type ImageItem, ITEM_KIND, signBatch } from '../../../chain/batch.ts';
import { type EvidenceItem, hashEvidence } from '../../../chain/evidence.ts';
import { lastSequence } from '../../../chain/state.ts';
import type { ValidatorIdentity } from '../../../node/identity.ts';
import type { Ledger } from '../../../node/ledger.ts';
import type { BatchPool, PooledBatch } from '../../../node/mempool/batchPool.ts';
import type { NodeNetwork } from '../../../node/network.ts';
import { encodeBatchFrame, type SentBatch } from '../../../node/wire/batches.ts';

/** The world of an attacker that floods. */
export interface BadBatchPorts {
  readonly network: NodeNetwork;
  /** Batches of others, of which its own are made. */
  readonly pool: BatchPool;
  readonly ledger: Ledger;
  readonly identity: ValidatorIdentity;
}

/** Several times what an honest validator cuts. */
const INTERVAL_MS = 20;

/** Sends bad batches at a steady pace. */
export class BadBatches {
  readonly #ports: BadBatchPorts;
  #timer: NodeJS.Timeout | undefined;
  #source: PooledBatch | undefined;
  #sequence = 0;

  constructor(ports: BadBatchPorts) {
    this.#ports = ports;
  }

  /** Begins, when a batch of somebody else has come. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.#source = this.#ports.pool.all().at(-1) ?? this.#source;
      if (this.#source === undefined) return;
      const batch = this.#spoil(this.#source);
      this.#ports.network.broadcast('batches', encodeBatchFrame({ type: 'batch', batch }));
    }, INTERVAL_MS);
  }

  /** Ends. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #spoil({ signed, evidence }: PooledBatch): SentBatch {
    const { identity, ledger } = this.#ports;
    const { consensusKey: aggregator } = identity.validator;
    const committed = lastSequence(ledger.edge().state, aggregator) ?? 0;
    this.#sequence = Math.max(this.#sequence, committed) + 1;
    const spoiled = evidence.items.map((item, i) => {
      return i === evidence.items.length - 1 ? withWrongSignature(item) : item;
    });
    const batch: Batch = {
      ...signed.batch,
      aggregator,
      sequence: this.#sequence,
      items: signed.batch.items.filter((each): each is ImageItem => each.kind === ITEM_KIND.image),
      evidenceRoot: hashEvidence(spoiled),
    };
    return { signed: signBatch(batch, identity.sign), evidence: { ...evidence, items: spoiled } };
  }
}

function withWrongSignature(item: EvidenceItem): EvidenceItem {
  if (item.kind !== 1) return item;
  const signature = item.signature.slice();
  const last = signature.length - 1;
  signature[last] = (signature[last] ?? 0) ^ 1;
  return { ...item, signature };
}
