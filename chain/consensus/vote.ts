/**
 * PREPARE and COMMIT: the votes that follow a proposal.
 *
 * ```
 * PREPARE = [2, height, view, block hash, index, signature]
 * COMMIT  = [3, height, view, block hash, index, signature]
 * ```
 *
 * Source: Castro and Liskov, "Practical Byzantine Fault Tolerance", OSDI 1999, section 4.2.
 */
import { bin, literal, type Schema, tuple, uint } from '../codec.ts';
import { VALIDATOR_COUNT_MAX, VIEW_MAX } from '../limits.ts';
import { HASH_BYTES } from '../record.ts';
import { SIGNATURE_BYTES } from '../signature.ts';
import {
  type CheckContext,
  checkStatement,
  signStatement,
  type Statement,
  type Voter,
} from './statement.ts';

interface VoteFields {
  readonly height: number;
  readonly view: number;
  readonly blockHash: Uint8Array;
  /** The voter's place in the validator set. */
  readonly index: number;
  readonly signature: Uint8Array;
}

/** A validator has accepted the proposal of a view. */
export interface Prepare extends VoteFields {
  readonly kind: 2;
}

/** A validator holds a prepared certificate of a view. */
export interface Commit extends VoteFields {
  readonly kind: 3;
}

/** A vote that follows a proposal. */
export type Vote = Prepare | Commit;

const VOTE_FIELDS = {
  height: uint(),
  view: uint(VIEW_MAX),
  blockHash: bin(HASH_BYTES),
  index: uint(VALIDATOR_COUNT_MAX - 1),
  signature: bin(SIGNATURE_BYTES),
};

/** Canonical form of a PREPARE. */
export const prepareSchema: Schema<Prepare> = tuple<Prepare>({ kind: literal(2), ...VOTE_FIELDS });

/** Canonical form of a COMMIT. */
export const commitSchema: Schema<Commit> = tuple<Commit>({ kind: literal(3), ...VOTE_FIELDS });

/** A vote before it is signed. */
export type Unsigned<V extends Vote> = Omit<V, 'signature'>;

/** Returns a signed vote. */
export function createVote<V extends Vote>(vote: Unsigned<V>, voter: Voter): V {
  const { height, view, index, blockHash: valueHash, kind: phase } = vote;
  const { signature } = signStatement({ height, view, phase, index, valueHash }, voter);
  return { ...vote, signature } as V;
}

/** Returns what the voter has signed. */
export function voteStatement(vote: Vote): Statement {
  const { height, view, index, blockHash: valueHash, kind: phase, signature } = vote;
  return { height, view, phase, index, valueHash, signature };
}

/**
 * Checks that the validator which a vote names signed it.
 *
 * Throws ERR_HEIGHT, ERR_UNKNOWN_VALIDATOR or ERR_SIGNATURE.
 */
export function checkVote(vote: Vote, context: CheckContext): void {
  checkStatement(voteStatement(vote), context);
}
