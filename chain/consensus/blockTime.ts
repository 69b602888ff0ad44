/**
 * R6: the time that a fresh proposal may bear, by the clock of the validator that judges it.
 *
 * The bounds double with each view, so that clocks within ten minutes of each other never halt the chain.
 * A block that is proposed again or synced is not judged by anybody's clock: a quorum has done so.
 */
import type { Header } from '../block.ts';
import { ChainError } from '../errors.ts';
import type { Params } from '../params.ts';

/** The farthest that a proposal may lie ahead, whatever its view. */
export const CLOCK_AHEAD_MS_MAX = 600_000;

/** What a block's time is judged by. */
export interface TimeReference {
  /** Time of the parent. */
  readonly parentMs: number;
  /** The validator's clock. */
  readonly nowMs: number;
  readonly params: Pick<Params, 'clockAheadMs' | 'clockBehindMs'>;
}

/** Checks the time of a fresh proposal. Throws ERR_BLOCK_TIME. */
export function checkBlockTime(
  { timestampMs, view }: Pick<Header, 'timestampMs' | 'view'>,
  { parentMs, nowMs, params }: TimeReference,
): void {
  const ahead = Math.min(params.clockAheadMs * 2 ** view, CLOCK_AHEAD_MS_MAX);
  // R6: at most P·2^view ahead, but always later than the parent, whose clock may have been ahead.
  const latest = Math.max(nowMs + ahead, parentMs + 1);
  // R6: at least D·2^view behind.
  const earliest = Math.max(nowMs - params.clockBehindMs * 2 ** view, parentMs + 1);
  if (timestampMs > latest) {
    throw new ChainError('ERR_BLOCK_TIME', `time ${timestampMs} is after ${latest}`);
  }
  if (timestampMs < earliest) {
    throw new ChainError('ERR_BLOCK_TIME', `time ${timestampMs} is before ${earliest}`);
  }
}
