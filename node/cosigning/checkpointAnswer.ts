/**
 * What a validator answers who asks for its checkpoint.
 *
 * ```
 * answer = [final checkpoint, a signed note | nil, newest claim of the asker | nil]
 * ```
 */
import { bin, decode, encode, optional, type Schema, tuple } from '../../chain/codec.ts';
import { NOTE_BYTES_MAX } from '../../chain/log/limits.ts';
import { type Claim, claimSchema } from './claim.ts';

/** What is held here. */
export interface CheckpointAnswer {
  /** The newest checkpoint that a quorum has cosigned, as bytes of its note; undefined before the first. */
  readonly final: Uint8Array | undefined;
  /** Undefined where none is held, and for observers. */
  readonly newest: Claim | undefined;
}

/** More than an answer has. */
export const ANSWER_BYTES_MAX = NOTE_BYTES_MAX + 1_024;

const answerSchema: Schema<CheckpointAnswer> = tuple<CheckpointAnswer>({
  final: optional(bin(NOTE_BYTES_MAX, 1)),
  newest: optional(claimSchema),
});

/** Returns the bytes of an answer. */
export function encodeAnswer(answer: CheckpointAnswer): Uint8Array {
  return encode(answerSchema, answer);
}

/** Returns the answer that bytes hold. Throws ERR_MALFORMED. */
export function decodeAnswer(bytes: Uint8Array): CheckpointAnswer {
  return decode(answerSchema, bytes);
}
