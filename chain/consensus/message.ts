/**
 * Consensus messages of the normal case: PRE-PREPARE, PREPARE and COMMIT.
 *
 * A `Signed…` message is what a peer sent; it becomes an engine input only after `checkPrePrepare` or
 * `checkVote` has verified its signature against the validator set of its height.
 *
 * ```
 * PRE-PREPARE = [1, view, header, signature]                 signed by the proposer of (height, view)
 * PREPARE     = [2, height, view, block hash, index, signature]
 * COMMIT      = [3, height, view, block hash, index, signature]
 * ```
 *
 * Source: Castro and Liskov, "Practical Byzantine Fault Tolerance", OSDI 1999, section 4.2.
 */
import {
  type Ballot,
  type Header,
  hashHeader,
  headerSchema,
  PHASE,
  signBallot,
  verifyBallot,
} from '../block.ts';
import { bin, literal, type Schema, tuple, uint, union } from '../codec.ts';
import { ChainError } from '../errors.ts';
import { VALIDATOR_COUNT_MAX } from '../limits.ts';
import { HASH_BYTES } from '../record.ts';
import { type Signer, SIGNATURE_BYTES } from '../signature.ts';
import type { ValidatorSet } from '../validatorSet.ts';

/** A proposal for a height and view; it is the proposer's own PREPARE. */
export interface PrePrepare {
  readonly kind: 1;
  /** The view in which it is proposed; the header keeps that of the first proposal. */
  readonly view: number;
  readonly header: Header;
  readonly signature: Uint8Array;
}

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

/** A validator has seen a quorum prepare. */
export interface Commit extends VoteFields {
  readonly kind: 3;
}

/** A vote that follows a proposal. */
export type Vote = Prepare | Commit;

/** Whatever validators say to each other about a height. */
export type Message = PrePrepare | Vote;

const VOTE_FIELDS = {
  height: uint(),
  view: uint(),
  blockHash: bin(HASH_BYTES),
  index: uint(VALIDATOR_COUNT_MAX - 1),
  signature: bin(SIGNATURE_BYTES),
};

/** Canonical form of a message: in the write-ahead log and between peers. */
export const messageSchema: Schema<Message> = union<Message>({
  1: tuple<PrePrepare>({
    kind: literal(1),
    view: uint(),
    header: headerSchema,
    signature: bin(SIGNATURE_BYTES),
  }),
  2: tuple<Prepare>({ kind: literal(2), ...VOTE_FIELDS }),
  3: tuple<Commit>({ kind: literal(3), ...VOTE_FIELDS }),
});

/** Who signs, and for which chain. */
export interface VoterContext {
  readonly chainId: Uint8Array;
  readonly sign: Signer;
}

/** Returns a signed proposal. */
export function createPrePrepare(view: number, header: Header, context: VoterContext): PrePrepare {
  return { kind: 1, view, header, signature: signBallot(ballotOf(view, header), context.sign) };
}

/** A vote before it is signed. */
export type Unsigned<V extends Vote> = Omit<V, 'signature'>;

/** Returns a signed vote. */
export function createVote<V extends Vote>(vote: Unsigned<V>, context: VoterContext): V {
  const ballot: Ballot = {
    chainId: context.chainId,
    height: vote.height,
    view: vote.view,
    phase: vote.kind,
    blockHash: vote.blockHash,
  };
  return { ...vote, signature: signBallot(ballot, context.sign) } as V;
}

function ballotOf(view: number, header: Header): Ballot {
  const { chainId, height } = header;
  return { chainId, height, view, phase: PHASE.prePrepare, blockHash: hashHeader(header) };
}

/** Checks that validator `index` signed the proposal. Throws ERR_UNKNOWN_VALIDATOR or ERR_SIGNATURE. */
export function checkPrePrepare(
  message: PrePrepare,
  validators: ValidatorSet,
  index: number,
): void {
  const validator = validators[index];
  if (validator === undefined) {
    throw new ChainError('ERR_UNKNOWN_VALIDATOR', `no validator has index ${index}`);
  }
  const ballot = ballotOf(message.view, message.header);
  if (!verifyBallot(ballot, message.signature, validator.consensusKey)) {
    throw new ChainError('ERR_SIGNATURE', `the proposal is not signed by ${validator.name}`);
  }
}

/** Checks that the validator a vote names signed it. Throws ERR_UNKNOWN_VALIDATOR or ERR_SIGNATURE. */
export function checkVote(vote: Vote, validators: ValidatorSet, chainId: Uint8Array): void {
  const validator = validators[vote.index];
  if (validator === undefined) {
    throw new ChainError('ERR_UNKNOWN_VALIDATOR', `no validator has index ${vote.index}`);
  }
  const { height, view, blockHash, kind: phase } = vote;
  const ballot: Ballot = { chainId, height, view, phase, blockHash };
  if (!verifyBallot(ballot, vote.signature, validator.consensusKey)) {
    throw new ChainError('ERR_SIGNATURE', `the vote is not signed by ${validator.name}`);
  }
}
