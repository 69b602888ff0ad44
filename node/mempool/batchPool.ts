/**
 * The mempool: batches that are checked and durable here and wait for a block.
 *
 * Proposers take them round-robin by aggregator, in sequence order. A batch leaves when its block is
 * applied, or when it can no longer be committed.
 */
import { batchSchema, type SignedBatch } from '../../chain/batch.ts';
import { formatHex } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import type { Evidence } from '../../chain/evidence.ts';

/** A batch that is checked, with its evidence. */
export interface PooledBatch {
  readonly id: Uint8Array;
  readonly signed: SignedBatch;
  readonly evidence: Evidence;
  /** Canonical bytes of the batch, evidence not counted. */
  readonly sizeBytes: number;
}

/** Returns a pool entry. */
export function pooledBatch(id: Uint8Array, signed: SignedBatch, evidence: Evidence): PooledBatch {
  return { id, signed, evidence, sizeBytes: encode(batchSchema, signed.batch).length };
}

/** How much of the pool a block may take. */
export interface BlockBudget {
  readonly recordsMax: number;
  readonly bytesMax: number;
}

/** Batches that wait for a block. */
export class BatchPool {
  readonly #byId = new Map<string, PooledBatch>();
  #sizeBytes = 0;

  /** Takes a batch in; one that is there already stays as it is. */
  add(batch: PooledBatch): void {
    const key = formatHex(batch.id);
    if (this.#byId.has(key)) return;
    this.#byId.set(key, batch);
    this.#sizeBytes += batch.sizeBytes;
  }

  /** Returns a batch by its id. */
  find(id: Uint8Array): PooledBatch | undefined {
    return this.#byId.get(formatHex(id));
  }

  /** Removes a batch. */
  remove(id: Uint8Array): void {
    const key = formatHex(id);
    this.#sizeBytes -= this.#byId.get(key)?.sizeBytes ?? 0;
    this.#byId.delete(key);
  }

  /** Number of batches. */
  count(): number {
    return this.#byId.size;
  }

  /** Bytes of the batches, evidence not counted. */
  sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Returns the batches of the next block: round-robin by aggregator, each in sequence order. */
  select(budget: BlockBudget): readonly PooledBatch[] {
    const lanes = this.#lanes();
    const taken: PooledBatch[] = [];
    let records = 0;
    let bytes = 0;
    for (let turn = 0; lanes.some((lane) => lane.length > turn); turn++) {
      for (const batch of lanes.flatMap((lane) => lane.slice(turn, turn + 1))) {
        records += batch.signed.batch.items.length;
        bytes += batch.sizeBytes;
        // What does not fit ends the block: a later batch of the lane must not overtake it.
        if (records > budget.recordsMax || bytes > budget.bytesMax) return taken;
        taken.push(batch);
      }
    }
    return taken;
  }

  #lanes(): readonly (readonly PooledBatch[])[] {
    const byAggregator = Map.groupBy(this.#byId.values(), ({ signed }) =>
      formatHex(signed.batch.aggregator),
    );
    const sequenceOf = ({ signed }: PooledBatch): number => signed.batch.sequence;
    return [...byAggregator]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, batches]) => batches.sort((a, b) => sequenceOf(a) - sequenceOf(b)));
  }
}
