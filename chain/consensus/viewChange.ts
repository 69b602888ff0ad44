/**
 * VIEW-CHANGE: a validator has given up the views before this one.
 *
 * ```
 * VIEW-CHANGE = [4, height, view, index, prepared certificate | nil, signature]
 * signed      = ballot [chain id, height, view, 4, hash(claim)],   claim = [view, block hash] | nil
 * ```
 *
 * What is signed is the claim, not the certificate behind it: a NEW-VIEW can then carry a quorum of claims
 * with one header. The signature binds height and view, so that it proves nothing anywhere else.
 *
 * Source: Castro and Liskov, OSDI 1999, section 4.4; Moniz, arXiv 2002.03613, section 4.
 */
import { hashHeader, PHASE } from '../block.ts';
import { bin, encode, literal, optional, type Schema, tuple, uint } from '../codec.ts';
import { ChainError } from '../errors.ts';
import { hashDomain } from '../hash.ts';
import { VALIDATOR_COUNT_MAX, VIEW_MAX } from '../limits.ts';
import { HASH_BYTES } from '../record.ts';
import { SIGNATURE_BYTES } from '../signature.ts';
import {
  checkPreparedCertificate,
  type PreparedCertificate,
  preparedCertificateSchema,
} from './preparedCertificate.ts';
import {
  type CheckContext,
  checkStatement,
  signStatement,
  type Statement,
  type Voter,
} from './statement.ts';

/** What a validator says it has prepared: the highest view, and the block. */
export interface Claim {
  readonly view: number;
  readonly blockHash: Uint8Array;
}

/** A validator's step to a later view. */
export interface ViewChange {
  readonly kind: 4;
  readonly height: number;
  /** The view that it wants. */
  readonly view: number;
  readonly index: number;
  /** Of the highest view in which it has prepared, or undefined. */
  readonly prepared: PreparedCertificate | undefined;
  readonly signature: Uint8Array;
}

/** Canonical form of a claim, or of none. */
export const claimSchema: Schema<Claim | undefined> = optional(
  tuple<Claim>({ view: uint(VIEW_MAX), blockHash: bin(HASH_BYTES) }),
);

/** Canonical form of a VIEW-CHANGE. */
export const viewChangeSchema: Schema<ViewChange> = tuple<ViewChange>({
  kind: literal(4),
  height: uint(),
  view: uint(VIEW_MAX, 1),
  index: uint(VALIDATOR_COUNT_MAX - 1),
  prepared: optional(preparedCertificateSchema),
  signature: bin(SIGNATURE_BYTES),
});

/** Returns what a certificate lets a validator claim. */
export function claimOf(prepared: PreparedCertificate | undefined): Claim | undefined {
  if (prepared === undefined) return undefined;
  return { view: prepared.votes.view, blockHash: hashHeader(prepared.header) };
}

/** A place with a signer: where a VIEW-CHANGE stands. */
export type ViewChangePlace = Pick<ViewChange, 'height' | 'view' | 'index'>;

/** Returns what the signer of a claim has signed, but for the signature. */
export function claimStatement(
  { height, view, index }: ViewChangePlace,
  claim: Claim | undefined,
): Omit<Statement, 'signature'> {
  const valueHash = hashDomain('viewChange', encode(claimSchema, claim));
  return { height, view, index, phase: PHASE.viewChange, valueHash };
}

/** Returns a signed VIEW-CHANGE. */
export function createViewChange(
  fields: Omit<ViewChange, 'kind' | 'signature'>,
  voter: Voter,
): ViewChange {
  const { signature } = signStatement(claimStatement(fields, claimOf(fields.prepared)), voter);
  return { kind: 4, ...fields, signature };
}

/** Returns what its sender has signed. */
export function viewChangeStatement(message: ViewChange): Statement {
  const { signature, prepared } = message;
  return { ...claimStatement(message, claimOf(prepared)), signature };
}

/**
 * Checks a VIEW-CHANGE and the certificate that it carries.
 *
 * Throws ERR_QUORUM for a certificate of its own view or a later one, and what `checkStatement` and
 * `checkPreparedCertificate` throw.
 */
export function checkViewChange(message: ViewChange, context: CheckContext): void {
  checkStatement(viewChangeStatement(message), context);
  if (message.prepared === undefined) return;
  checkClaimedView(message.prepared.votes, message.view);
  // R9: nobody is believed to have prepared what no quorum has.
  checkPreparedCertificate(message.prepared, context);
}

/** Checks that what was prepared was prepared before this view. Throws ERR_QUORUM. */
export function checkClaimedView(claim: Pick<Claim, 'view'>, view: number): void {
  if (claim.view >= view) {
    throw new ChainError('ERR_QUORUM', `view ${claim.view} is not before view ${view}`);
  }
}
