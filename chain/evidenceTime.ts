/**
 * Times of evidence: when a batch may stand in a block. Apart from the rest of evidence, since the block's
 * time is known last.
 */
import { type Batch, recordsOf } from './batch.ts';
import { CAPTURE_AHEAD_S, checkNotAhead, checkValidity } from './certificate/validity.ts';
import { ChainError } from './errors.ts';
import {
  certificateOf,
  type CertificateParser,
  type Evidence,
  parseCertificates,
} from './evidence.ts';

/** A block's time, and what is needed to judge by it. */
export interface TimeReference {
  readonly timestampMs: number;
  readonly lateGraceS: number;
  readonly parse: CertificateParser;
}

/**
 * Judges the times of a batch's records by a block's.
 *
 * Returns the positions of records whose times do not hold, so that an aggregator can cut the others anew.
 */
export function findUntimely(
  batch: Batch,
  evidence: Evidence,
  reference: TimeReference,
): readonly number[] {
  const certificates = parseCertificates(evidence, reference.parse);
  const atS = Math.floor(reference.timestampMs / 1_000);
  const records = recordsOf(batch);
  const times = { atS, aheadS: CAPTURE_AHEAD_S, lateGraceS: reference.lateGraceS };
  return evidence.items.flatMap((item, i) => {
    const capturedAt = records[i]?.capturedAt ?? 0;
    try {
      if (item.kind === 2) checkNotAhead(capturedAt, times);
      else checkValidity({ ...certificateOf(item, certificates).certificate, capturedAt }, times);
      return [];
    } catch (error) {
      if (error instanceof ChainError) return [i];
      throw error;
    }
  });
}

/** Block times at which all records of a batch hold, Unix milliseconds, both inclusive; none: end < start. */
export interface TimeWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** Returns the block times at which `findUntimely` finds nothing. */
export function timeWindowOf(
  batch: Batch,
  evidence: Evidence,
  { lateGraceS, parse }: Omit<TimeReference, 'timestampMs'>,
): TimeWindow {
  const certificates = parseCertificates(evidence, parse);
  const records = recordsOf(batch);
  let startS = 0;
  let endS = LATEST_S;
  for (const [i, item] of evidence.items.entries()) {
    const capturedAt = records[i]?.capturedAt ?? 0;
    startS = Math.max(startS, capturedAt - CAPTURE_AHEAD_S);
    if (item.kind === 2) continue;
    const { notBefore, notAfter } = certificateOf(item, certificates).certificate;
    const graceS = capturedAt <= notAfter ? lateGraceS : 0;
    endS = Math.min(endS, capturedAt < notBefore ? -1 : notAfter + graceS);
  }
  return { startMs: startS * 1_000, endMs: endS * 1_000 + 999 };
}

/** Later than any block's time: the largest whole second that milliseconds can name. */
const LATEST_S = Math.floor(Number.MAX_SAFE_INTEGER / 1_000) - 1;
