/**
 * Quorum arithmetic for equal-weight Byzantine voting.
 *
 * Of n validators, f may be faulty. A quorum must be small enough for the honest validators to form one
 * alone (Q <= n - f), and large enough for any two quorums to share an honest one (2Q - n > f).
 *
 * Source: Castro and Liskov, "Practical Byzantine Fault Tolerance", OSDI 1999, for n = 3f + 1; Moniz, "The
 * Istanbul BFT Consensus Algorithm", arXiv 2002.03613, for any n.
 */
import { invariant } from '../invariant.ts';

/** Returns f, the largest number of faulty validators that a set tolerates. */
export function maxFaulty(validatorCount: number): number {
  invariant(Number.isSafeInteger(validatorCount), 'validatorCount is an integer');
  invariant(validatorCount > 0, 'a validator set is never empty');
  return Math.floor((validatorCount - 1) / 3);
}

/** Returns Q, the smallest number of votes that decides. */
export function quorumSize(validatorCount: number): number {
  return Math.ceil((validatorCount + maxFaulty(validatorCount) + 1) / 2);
}
