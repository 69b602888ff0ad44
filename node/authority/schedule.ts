/**
 * When a question that brought no verdict is asked again.
 *
 * Cameras delete a picture's data after a 202, so an unreachable authority rejects nothing for 30 days:
 * after 2, 4 and 8 s, then every minute for half an hour, then every half hour.
 */
import { invariant } from '../../chain/invariant.ts';
import { EXPIRY_MS } from './limits.ts';

const FIRST_DELAYS_MS: readonly number[] = [2_000, 4_000, 8_000];
const MINUTE_MS = 60_000;
const MINUTE_COUNT = 30;
const HALF_HOUR_MS = 1_800_000;
/** Part of a delay by which chance may lengthen it, so that a crowd does not come back at once. */
const JITTER_SHARE = 0.1;

/** A submission that waits for a verdict. */
export interface WaitingSubmission {
  /** Questions that brought no verdict, the last one included. */
  readonly attempts: number;
  readonly receivedAtMs: number;
}

/**
 * Returns when to ask again, Unix milliseconds, or 'expired' if the 30 days are over.
 *
 * The last question falls on the very end of the 30 days.
 *
 * @param jitterFraction - chance, 0 (inclusive) to 1 (exclusive).
 */
export function nextAttemptMs(
  waiting: WaitingSubmission,
  nowMs: number,
  jitterFraction: number,
): number | 'expired' {
  const { attempts, receivedAtMs } = waiting;
  invariant(attempts > 0, 'a question is asked again only after the first');
  const endMs = receivedAtMs + EXPIRY_MS;
  if (nowMs >= endMs) return 'expired';
  const delayMs = delayAfterMs(attempts) * (1 + JITTER_SHARE * jitterFraction);
  return Math.min(nowMs + Math.round(delayMs), endMs);
}

function delayAfterMs(attempts: number): number {
  const first = FIRST_DELAYS_MS[attempts - 1];
  if (first !== undefined) return first;
  return attempts <= FIRST_DELAYS_MS.length + MINUTE_COUNT ? MINUTE_MS : HALF_HOUR_MS;
}
