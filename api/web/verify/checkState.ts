/**
 * How far the check of a proof has come, and what came of it in one word. Whatever speaks of a check (headline, table,
 * report, totals, what a screen reader says) speaks of this word, so that no two of them say different things.
 */
import type { ProofCheck } from './job.ts';
import type { PolicyInForce } from './policyKeeper.ts';

/** How far the check of a proof has come. */
export type CheckState =
  | { readonly state: 'none' }
  | { readonly state: 'running' }
  | { readonly state: 'absent'; readonly reason: string }
  | DoneCheck;

/** A check that has ended. */
export interface DoneCheck {
  readonly state: 'done';
  readonly check: ProofCheck;
  readonly policy: PolicyInForce;
}

/** What came of a check. */
export type CheckOutcome =
  | 'none' // there is nothing to check, or nobody began
  | 'running'
  | 'absent' // there is no proof, or nothing to check it with
  | 'holds' // and the node answered the same
  | 'does-not-hold'
  | 'contradicted'; // it holds, and says other than the node answered

/** Returns what came of a check. */
export function outcomeOf(check: CheckState): CheckOutcome {
  if (check.state !== 'done') return check.state;
  const { code, differences } = check.check;
  if (code !== undefined) return 'does-not-hold';
  return differences.length === 0 ? 'holds' : 'contradicted';
}
