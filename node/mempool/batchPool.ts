/**
 * The pool: batches that are checked and durable here and wait for a block.
 *
 * Proposers take them round-robin by aggregator, in sequence order; first comes the aggregator whose next batch
 * has waited longest, so that nobody's batches can fill all blocks before another's. A batch leaves when its block is
 * applied, or when it can no longer be committed.
 */
import { batchSchema, type SignedBatch } from '../../chain/batch.ts';
import { formatHex } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import type { CertificateParser, Evidence } from '../../chain/evidence.ts';
import { type TimeWindow, timeWindowOf } from '../../chain/evidenceTime.ts';
import type { Params } from '../../chain/params.ts';
import { BLOCK_BATCH_COUNT_MAX } from '../../chain/limits.ts';
import { lastSequence, type State } from '../../chain/state.ts';
import { AHEAD_MS_MAX, LANE_BATCH_COUNT_MAX, LANE_BYTES_MAX } from './limits.ts';

/** A batch that is checked, with its evidence. */
export interface PooledBatch {
  readonly id: Uint8Array;
  readonly signed: SignedBatch;
  readonly evidence: Evidence;
  /** Canonical bytes of the batch, evidence not counted. */
  readonly sizeBytes: number;
  /** The same with its evidence, at most. */
  readonly keptBytes: number;
  /** Block times at which it may be committed. */
  readonly window: TimeWindow;
}

/** A batch with its evidence, and its id. */
export type CheckedBatch = Pick<PooledBatch, 'id' | 'signed' | 'evidence'>;

/** More than any item of evidence has. */
const EVIDENCE_ITEM_BYTES_MAX = 512;

/** Returns a pool entry. */
export function pooledBatch(
  { id, signed, evidence }: CheckedBatch,
  reference: { readonly parse: CertificateParser; readonly params: Params },
): PooledBatch {
  const { parse, params } = reference;
  const { length: sizeBytes } = encode(batchSchema, signed.batch);
  const keptBytes = keptBytesOf({ signed, evidence });
  const window = timeWindowOf(signed.batch, evidence, { parse, lateGraceS: params.lateGraceS });
  return { id, signed, evidence, sizeBytes, keptBytes, window };
}

/** Returns the bytes of a batch with its evidence, at most. */
export function keptBytesOf({ signed, evidence }: Omit<CheckedBatch, 'id'>): number {
  const { length: sizeBytes } = encode(batchSchema, signed.batch);
  const certificateBytes = evidence.certificates.reduce((sum, { length }) => sum + length, 0);
  return sizeBytes + certificateBytes + evidence.items.length * EVIDENCE_ITEM_BYTES_MAX;
}

/** Returns whether a batch can no longer be committed after a block that left this state and bore this time. */
export function isDead(
  { signed: { batch }, window }: PooledBatch,
  state: State,
  timestampMs: number,
): boolean {
  const isOver = batch.sequence <= (lastSequence(state, batch.aggregator) ?? -1);
  return isOver || window.endMs <= timestampMs;
}

/** Returns whether a batch may stand in no block of the near future. */
export function isAhead({ window }: Pick<PooledBatch, 'window'>, nowMs: number): boolean {
  return window.startMs > nowMs + AHEAD_MS_MAX;
}

/** How much of the pool a block may take, and when. */
export interface BlockBudget {
  readonly recordsMax: number;
  readonly bytesMax: number;
  /** The block's time. */
  readonly timestampMs: number;
  /** Batches that were named in a lost view: each goes alone in its block. */
  readonly suspects: readonly Uint8Array[];
}

/** How much of one aggregator, or of all, waits. */
export interface Load {
  readonly count: number;
  /** Evidence included. */
  readonly bytes: number;
}

/** What room is asked for. */
export interface RoomRequest {
  readonly aggregator: Uint8Array;
  /** As `keptBytesOf` counts. */
  readonly keptBytes: number;
  /** Institutions that may have batches here. */
  readonly laneCount: number;
}

/** Batches that wait for a block. */
export class BatchPool {
  readonly #byId = new Map<string, PooledBatch>();
  readonly #bytesMax: number;
  #bytes = 0;

  /**
   * Returns an empty pool.
   *
   * @param bytesMax - bytes of all batches with their evidence, but for one batch and those that proposals name.
   */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Takes a batch in; one that is there already stays as it is. */
  add(batch: PooledBatch): void {
    const key = formatHex(batch.id);
    if (this.#byId.has(key)) return;
    this.#byId.set(key, batch);
    this.#bytes += batch.keptBytes;
  }

  /** Returns a batch by its id. */
  find(id: Uint8Array): PooledBatch | undefined {
    return this.#byId.get(formatHex(id));
  }

  /** Removes a batch. */
  remove(id: Uint8Array): void {
    const key = formatHex(id);
    this.#bytes -= this.#byId.get(key)?.keptBytes ?? 0;
    this.#byId.delete(key);
  }

  /** How much waits altogether. */
  load(): Load {
    return { count: this.#byId.size, bytes: this.#bytes };
  }

  /** How much of one aggregator waits. */
  loadOf(aggregator: Uint8Array): Load {
    const lane = this.batchesOf(aggregator);
    return { count: lane.length, bytes: lane.reduce((sum, { keptBytes }) => sum + keptBytes, 0) };
  }

  /**
   * Returns whether another batch of an aggregator may be taken in.
   *
   * Half of the pool is for whoever comes first. The other half has a share for each aggregator, so that some who
   * send what waits for years leave room for the others.
   */
  hasRoom({ aggregator, keptBytes, laneCount }: RoomRequest): boolean {
    const { count, bytes } = this.loadOf(aggregator);
    const isLaneFull = count >= LANE_BATCH_COUNT_MAX || bytes >= LANE_BYTES_MAX;
    const commonBytesMax = this.#bytesMax / 2;
    const isInShare = bytes + keptBytes <= commonBytesMax / laneCount;
    return !isLaneFull && (this.#bytes < commonBytesMax || isInShare);
  }

  /** All batches. */
  all(): readonly PooledBatch[] {
    return [...this.#byId.values()];
  }

  /** Batches of one aggregator, in sequence order. */
  batchesOf(aggregator: Uint8Array): readonly PooledBatch[] {
    const key = formatHex(aggregator);
    return this.all()
      .filter(({ signed }) => formatHex(signed.batch.aggregator) === key)
      .sort(bySequence);
  }

  /** Returns the batches that can no longer be committed after a block: passed over, or too late for any other. */
  findDead(state: State, timestampMs: number): readonly PooledBatch[] {
    return this.all().filter((batch) => isDead(batch, state, timestampMs));
  }

  /**
   * Returns the batches that nobody had to take in: those that proposals named and no block has, beyond the bounds
   * of their lanes, and those that lie ahead.
   */
  findSurplus(nowMs: number): readonly PooledBatch[] {
    const byAggregator = Map.groupBy(this.all(), ({ signed }) =>
      formatHex(signed.batch.aggregator),
    );
    return [...byAggregator.values()].flatMap((batches) => {
      let [count, bytes] = [0, 0];
      return batches.sort(bySequence).filter((batch) => {
        const isSurplus = count >= LANE_BATCH_COUNT_MAX || bytes >= LANE_BYTES_MAX;
        if (isSurplus || isAhead(batch, nowMs)) return true;
        count += 1;
        bytes += batch.keptBytes;
        return false;
      });
    });
  }

  /** Returns whether a block of this time could hold a batch. */
  hasWork(timestampMs: number): boolean {
    return this.all().some((batch) => isTimely(batch, timestampMs));
  }

  /**
   * Returns the batches of the next block: round-robin by aggregator, each in sequence order.
   *
   * A batch that lies ahead of the block is passed over, though others of its aggregator are not: it can then
   * no longer be committed, and its aggregator cuts it anew. So a clock that was wrong once holds nothing up.
   */
  select(budget: BlockBudget): readonly PooledBatch[] {
    const suspects = new Set(budget.suspects.map(formatHex));
    const isSuspect = ({ id }: PooledBatch): boolean => suspects.has(formatHex(id));
    const lanes = this.#lanes(budget.timestampMs);
    // R19: alone, so that a batch which fails blocks takes no other with it.
    const alone = lanes.map(([head]) => head).find((head) => head !== undefined && isSuspect(head));
    if (alone !== undefined) return [alone];
    return roundRobin(
      lanes.map((lane) => {
        const end = lane.findIndex(isSuspect);
        return end === -1 ? lane : lane.slice(0, end);
      }),
      budget,
    );
  }

  #lanes(timestampMs: number): readonly (readonly PooledBatch[])[] {
    const timely = this.all().filter((batch) => isTimely(batch, timestampMs));
    const arrivals = new Map(timely.map((batch, i) => [batch, i]));
    const arrivalOf = ([head]: readonly PooledBatch[]): number =>
      (head === undefined ? undefined : arrivals.get(head)) ?? 0;
    const byAggregator = Map.groupBy(timely, ({ signed }) => formatHex(signed.batch.aggregator));
    return [...byAggregator.values()]
      .map((batches) => batches.sort(bySequence).filter(isNext))
      .sort((a, b) => arrivalOf(a) - arrivalOf(b));
  }
}

function roundRobin(
  lanes: readonly (readonly PooledBatch[])[],
  { recordsMax, bytesMax }: BlockBudget,
): readonly PooledBatch[] {
  const taken: PooledBatch[] = [];
  let records = 0;
  let bytes = 0;
  for (let turn = 0; lanes.some((lane) => lane.length > turn); turn++) {
    for (const batch of lanes.flatMap((lane) => lane.slice(turn, turn + 1))) {
      records += batch.signed.batch.items.length;
      bytes += batch.sizeBytes;
      const isFull = taken.length === BLOCK_BATCH_COUNT_MAX;
      // What does not fit ends the block: a later batch of the lane must not overtake it.
      if (isFull || records > recordsMax || bytes > bytesMax) return taken;
      taken.push(batch);
    }
  }
  return taken;
}

function isTimely({ window: { startMs, endMs } }: PooledBatch, timestampMs: number): boolean {
  return timestampMs >= startMs && timestampMs <= endMs;
}

/** Of batches that an aggregator has signed under one sequence, which it must not, a block holds the first. */
function isNext({ signed }: PooledBatch, i: number, lane: readonly PooledBatch[]): boolean {
  return signed.batch.sequence !== lane[i - 1]?.signed.batch.sequence;
}

function bySequence(a: PooledBatch, b: PooledBatch): number {
  return a.signed.batch.sequence - b.signed.batch.sequence;
}
