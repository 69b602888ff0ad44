/**
 * Status changes in a batch: which are admitted, and what proves them.
 *
 * Admitted is an equivocation. Its proof says everything: every other field of the item is made from the
 * proof and the validator set of its height, and compared, so all who make an item of a proof make the same.
 */
import { type Item, ITEM_KIND, itemSchema, STATUS_REASON, type StatusItem } from './batch.ts';
import { equalBytes } from './bytes.ts';
import { decode, encode } from './codec.ts';
import {
  checkEquivocation,
  type Equivocation,
  equivocationSchema,
} from './consensus/equivocation.ts';
import { type CheckContext, contextAt, validatorAt, type Verifier } from './consensus/statement.ts';
import { ChainError } from './errors.ts';
import { offenderSubject } from './offender.ts';
import type { State } from './state.ts';
import type { Validator } from './validatorSet.ts';

/** Returns the item that puts a validator's equivocation on the chain. */
export function equivocationItem(
  equivocation: Equivocation,
  { consensusKey }: Pick<Validator, 'consensusKey'>,
): StatusItem {
  return {
    kind: ITEM_KIND.status,
    reason: STATUS_REASON.equivocation,
    subject: offenderSubject(consensusKey),
    since: 0, // A proof tells no time.
    proof: encode(equivocationSchema, equivocation),
  };
}

/** Returns the status items of a batch, in item order. */
export function statusItemsOf(items: readonly Item[]): readonly StatusItem[] {
  return items.filter((item) => item.kind === ITEM_KIND.status);
}

/** Returns the proof in an equivocation's item. Throws ERR_MALFORMED. */
export function readEquivocation({ proof }: Pick<StatusItem, 'proof'>): Equivocation {
  return decode(equivocationSchema, proof);
}

/**
 * Returns the validator that a proof is about, as far as the state before a block knows it.
 *
 * Throws ERR_HEIGHT where the set of the proof's height is not in state: no more, or not yet. Throws
 * ERR_UNKNOWN_VALIDATOR.
 */
export function findOffender({ height, index }: Equivocation, state: State): Validator {
  return validatorAt(contextOf(height, state), index);
}

/**
 * Checks a proof of equivocation against the state before a block; returns whom it is about.
 *
 * Throws as `findOffender` and `checkEquivocation` do.
 */
export function checkOffender(
  equivocation: Equivocation,
  state: State,
  verify?: Verifier,
): Validator {
  const offender = findOffender(equivocation, state);
  checkEquivocation(equivocation, contextOf(equivocation.height, state, verify));
  return offender;
}

function contextOf(height: number, state: State, verify?: Verifier): CheckContext {
  const context = contextAt(state, height, verify);
  if (context !== undefined) return context;
  const next = state.height + 1;
  throw new ChainError(
    'ERR_HEIGHT',
    `the validator set of height ${height} is not in the state before block ${next}`,
  );
}

/**
 * Checks a status change against the state before the block: a pure function of both, two signatures.
 *
 * Throws ERR_ITEM_NOT_ADMITTED, ERR_MALFORMED, ERR_HEIGHT, ERR_UNKNOWN_VALIDATOR, ERR_EVIDENCE or
 * ERR_SIGNATURE.
 */
export function checkStatusItem(item: StatusItem, state: State, verify?: Verifier): void {
  // Revocations have a format, so that it never changes, but no rule that admits them.
  if (item.reason !== STATUS_REASON.equivocation) {
    throw new ChainError(
      'ERR_ITEM_NOT_ADMITTED',
      `no rule admits a status change for reason ${item.reason}`,
    );
  }
  const equivocation = readEquivocation(item);
  const expected = equivocationItem(equivocation, findOffender(equivocation, state));
  if (!equalBytes(encode(itemSchema, item), encode(itemSchema, expected))) {
    throw new ChainError('ERR_EVIDENCE', 'the status change is not the one that its proof yields');
  }
  checkOffender(equivocation, state, verify);
}
