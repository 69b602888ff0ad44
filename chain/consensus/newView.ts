/**
 * NEW-VIEW: the proposal of a later view, with what justifies it.
 *
 * ```
 * NEW-VIEW = [5, PRE-PREPARE, [[index, claim, signature], …], votes | nil]
 * claim    = [view, block hash] | nil          votes = those of a prepared certificate
 * ```
 *
 * A quorum of VIEW-CHANGEs for the view leaves the proposer no choice: where one of them has prepared, it
 * proposes the block of the highest such view again, header unchanged, and shows the votes that prepared
 * it; a block of its own otherwise. Every backup makes the choice again and refuses another one.
 *
 * It needs no signature of its own: the proposer has signed the PRE-PREPARE, and each VIEW-CHANGE is signed.
 *
 * Source: Castro and Liskov, OSDI 1999, section 4.4; Moniz, arXiv 2002.03613, section 4 (JustifyPrePrepare).
 */
import { hashHeader } from '../block.ts';
import { equalBytes } from '../bytes.ts';
import { bin, list, literal, optional, type Schema, tuple, uint } from '../codec.ts';
import { ChainError } from '../errors.ts';
import { VALIDATOR_COUNT_MAX } from '../limits.ts';
import { SIGNATURE_BYTES } from '../signature.ts';
import { checkPrePrepare, type PrePrepare, prePrepareSchema } from './prePrepare.ts';
import {
  checkPreparedCertificate,
  type PreparedVotes,
  preparedVotesSchema,
} from './preparedCertificate.ts';
import { quorumSize } from './quorum.ts';
import { checkAscending, type CheckContext, checkStatement, type Statement } from './statement.ts';
import {
  checkClaimedView,
  type Claim,
  claimOf,
  claimSchema,
  claimStatement,
  type ViewChange,
} from './viewChange.ts';

/** A VIEW-CHANGE without the certificate behind its claim. */
export interface SignedClaim {
  readonly index: number;
  readonly claim: Claim | undefined;
  readonly signature: Uint8Array;
}

/** The proposal of a view above 0, and why it may be made. */
export interface NewView {
  readonly kind: 5;
  readonly proposal: PrePrepare;
  /** Of a quorum at least; ascending by index, each once. */
  readonly viewChanges: readonly SignedClaim[];
  /** The votes that prepared the proposal's header, or undefined for a block that is proposed freely. */
  readonly prepared: PreparedVotes | undefined;
}

/** Canonical form of a NEW-VIEW. */
export const newViewSchema: Schema<NewView> = tuple<NewView>({
  kind: literal(5),
  proposal: prePrepareSchema,
  viewChanges: list(
    tuple<SignedClaim>({
      index: uint(VALIDATOR_COUNT_MAX - 1),
      claim: claimSchema,
      signature: bin(SIGNATURE_BYTES),
    }),
    VALIDATOR_COUNT_MAX,
  ),
  prepared: optional(preparedVotesSchema),
});

/** Returns a VIEW-CHANGE as a NEW-VIEW carries it. */
export function signedClaim({ index, prepared, signature }: ViewChange): SignedClaim {
  return { index, claim: claimOf(prepared), signature };
}

/** R10: returns the claim that binds a proposer: that of the highest view, or undefined where none has one. */
export function highestClaim(viewChanges: readonly SignedClaim[]): Claim | undefined {
  return viewChanges.reduce<Claim | undefined>(
    (highest, { claim }) => (claim && claim.view > (highest?.view ?? -1) ? claim : highest),
    undefined,
  );
}

/** Returns what all validators have signed in a NEW-VIEW, its PRE-PREPARE and its votes excepted. */
export function claimStatements({ proposal, viewChanges }: NewView): readonly Statement[] {
  const { view } = proposal;
  const { height } = proposal.header;
  return viewChanges.map(({ index, claim, signature }) => ({
    ...claimStatement({ height, view, index }, claim),
    signature,
  }));
}

/**
 * R10: checks a NEW-VIEW and makes its choice again.
 *
 * Throws ERR_QUORUM for a view without a quorum of VIEW-CHANGEs, ERR_PROPOSER for another choice than
 * theirs, and what `checkPrePrepare`, `checkStatement` and `checkPreparedCertificate` throw.
 */
export function checkNewView(message: NewView, context: CheckContext): void {
  const { proposal, viewChanges } = message;
  checkPrePrepare(proposal, context);
  const quorum = quorumSize(context.validators.length);
  if (viewChanges.length < quorum) {
    throw new ChainError('ERR_QUORUM', `${viewChanges.length} are fewer than ${quorum}`);
  }
  checkAscending(viewChanges);
  for (const { claim } of viewChanges) {
    if (claim !== undefined) checkClaimedView(claim, proposal.view);
  }
  for (const statement of claimStatements(message)) checkStatement(statement, context);
  checkChoice(message, context);
}

function checkChoice({ proposal, viewChanges, prepared }: NewView, context: CheckContext): void {
  const { view, header } = proposal;
  const highest = highestClaim(viewChanges);
  if (highest === undefined) {
    const isFresh = prepared === undefined && header.view === view;
    if (isFresh) return;
    throw new ChainError('ERR_PROPOSER', `no validator has prepared the block of view ${view}`);
  }
  const isHighest =
    prepared?.view === highest.view && equalBytes(hashHeader(header), highest.blockHash);
  if (!isHighest) {
    throw new ChainError('ERR_PROPOSER', `the block prepared in view ${highest.view} is passed by`);
  }
  checkPreparedCertificate({ kind: 6, header, votes: prepared }, context);
}
