/**
 * How often a peer may cause a line: a burst, then one now and then. What is left out is counted, and the
 * count stands in the next line that the same peer causes.
 */
import { NAME_LENGTH_MAX, PEER_BURST, PEER_COUNT_MAX, PEER_REFILL_MS } from './limits.ts';

/** Lines of one kind, by one peer. */
export interface Cause {
  readonly of: string;
  readonly from: string;
}

/** Lines that were left out. */
export interface LeftOut extends Cause {
  readonly leftOut: number;
}

interface Bucket extends Cause {
  /** Lines that may be written at once. */
  credit: number;
  filledAtMs: number;
  leftOut: number;
}

/** Stands for all causes above the limit. */
const OTHERS: Cause = { of: 'any', from: 'others' };

/** Counts lines by their cause. */
export class Gate {
  readonly #buckets = new Map<string, Bucket>();

  /** Returns how many were left out since the last that was let through; undefined: this one is, too. */
  admit(cause: Cause, nowMs: number): number | undefined {
    const bucket = this.#bucketOf(cause, nowMs);
    // A clock that was set back gives nothing and takes nothing.
    const refilled = Math.floor(Math.max(0, nowMs - bucket.filledAtMs) / PEER_REFILL_MS);
    bucket.credit = Math.min(PEER_BURST, bucket.credit + refilled);
    bucket.filledAtMs = Math.min(nowMs, bucket.filledAtMs + refilled * PEER_REFILL_MS);
    if (bucket.credit === 0) {
      bucket.leftOut += 1;
      return undefined;
    }
    bucket.credit -= 1;
    const { leftOut } = bucket;
    bucket.leftOut = 0;
    return leftOut;
  }

  /** Returns what was left out and is in no line. */
  leftOut(): readonly LeftOut[] {
    return [...this.#buckets.values()]
      .filter(({ leftOut }) => leftOut > 0)
      .map(({ of, from, leftOut }) => ({ of, from, leftOut }));
  }

  #bucketOf(cause: Cause, nowMs: number): Bucket {
    const known = this.#buckets.get(keyOf(cause));
    if (known !== undefined) return known;
    const { of, from } = this.#buckets.size < PEER_COUNT_MAX ? cause : OTHERS;
    const bucket =
      this.#buckets.get(keyOf({ of, from })) ??
      ({ of, from, credit: PEER_BURST, filledAtMs: nowMs, leftOut: 0 } satisfies Bucket);
    this.#buckets.set(keyOf(bucket), bucket);
    return bucket;
  }
}

function keyOf({ of, from }: Cause): string {
  return `${of} ${from.slice(0, NAME_LENGTH_MAX)}`;
}
