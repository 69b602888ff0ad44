/**
 * Equivocation: two contradicting statements of one validator for one slot.
 *
 * An honest validator signs once for each height, view and phase, so a pair is proof against its signer.
 * The pair is ordered by hash: whoever has seen both makes the same evidence.
 */
import type { Phase } from '../block.ts';
import { compareBytes } from '../bytes.ts';
import { bin, type Schema, tuple, uint } from '../codec.ts';
import { ChainError } from '../errors.ts';
import { VALIDATOR_COUNT_MAX, VIEW_MAX } from '../limits.ts';
import { HASH_BYTES } from '../record.ts';
import { SIGNATURE_BYTES } from '../signature.ts';
import { type CheckContext, checkStatement, type Statement } from './statement.ts';

/** One half of the proof. */
export interface SignedValue {
  readonly valueHash: Uint8Array;
  readonly signature: Uint8Array;
}

/** Proof that a validator has signed two values for one slot. */
export interface Equivocation {
  readonly height: number;
  readonly view: number;
  readonly phase: Phase;
  readonly index: number;
  /** The value that sorts first. */
  readonly first: SignedValue;
  readonly second: SignedValue;
}

const signedValueSchema = tuple<SignedValue>({
  valueHash: bin(HASH_BYTES),
  signature: bin(SIGNATURE_BYTES),
});

/** Canonical form of the proof: at most 230 bytes. */
export const equivocationSchema: Schema<Equivocation> = tuple<Equivocation>({
  height: uint(),
  view: uint(VIEW_MAX),
  phase: uint(4, 1) as Schema<Phase>,
  index: uint(VALIDATOR_COUNT_MAX - 1),
  first: signedValueSchema,
  second: signedValueSchema,
});

/** Returns the proof that two statements for one slot make; their values differ. */
export function equivocationOf(a: Statement, b: Statement): Equivocation {
  const [first, second] = compareBytes(a.valueHash, b.valueHash) < 0 ? [a, b] : [b, a];
  const { height, view, phase, index } = a;
  return { height, view, phase, index, first: signedValue(first), second: signedValue(second) };
}

function signedValue({ valueHash, signature }: Statement): SignedValue {
  return { valueHash, signature };
}

/**
 * R17: checks a proof of equivocation that a peer or a block brings.
 *
 * Throws ERR_EVIDENCE if the values do not differ or stand in the other order, and what `checkStatement`
 * throws.
 */
export function checkEquivocation(evidence: Equivocation, context: CheckContext): void {
  const { first, second, ...slot } = evidence;
  if (compareBytes(first.valueHash, second.valueHash) >= 0) {
    throw new ChainError('ERR_EVIDENCE', 'the two values do not differ, in ascending order');
  }
  checkStatement({ ...slot, ...first }, context);
  checkStatement({ ...slot, ...second }, context);
}
