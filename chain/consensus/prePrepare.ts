/**
 * PRE-PREPARE: a proposal. It is the proposer's own PREPARE.
 *
 * ```
 * PRE-PREPARE = [1, view, header, index, signature]
 * ```
 *
 * In view 0 it stands alone; in later views it travels within the NEW-VIEW that justifies it.
 *
 * Source: Castro and Liskov, "Practical Byzantine Fault Tolerance", OSDI 1999, section 4.2.
 */
import { hashHeader, type Header, headerSchema, PHASE } from '../block.ts';
import { equalBytes } from '../bytes.ts';
import { bin, literal, type Schema, tuple, uint } from '../codec.ts';
import { ChainError } from '../errors.ts';
import { VALIDATOR_COUNT_MAX, VIEW_MAX } from '../limits.ts';
import { SIGNATURE_BYTES } from '../signature.ts';
import {
  type CheckContext,
  checkStatement,
  signStatement,
  type Statement,
  type Voter,
} from './statement.ts';

/** A proposal for a height and view. */
export interface PrePrepare {
  readonly kind: 1;
  /** The view in which it is proposed; the header keeps that of the first proposal. */
  readonly view: number;
  readonly header: Header;
  /** The proposer's place in the validator set. */
  readonly index: number;
  readonly signature: Uint8Array;
}

/** Canonical form of a PRE-PREPARE. */
export const prePrepareSchema: Schema<PrePrepare> = tuple<PrePrepare>({
  kind: literal(1),
  view: uint(VIEW_MAX),
  header: headerSchema,
  index: uint(VALIDATOR_COUNT_MAX - 1),
  signature: bin(SIGNATURE_BYTES),
});

/** Returns a signed proposal. */
export function createPrePrepare(
  { view, header, index }: Pick<PrePrepare, 'view' | 'header' | 'index'>,
  voter: Voter,
): PrePrepare {
  const place = { height: header.height, view, phase: PHASE.prePrepare, index };
  const { signature } = signStatement({ ...place, valueHash: hashHeader(header) }, voter);
  return { kind: 1, view, header, index, signature };
}

/** Returns what the proposer has signed. */
export function proposalStatement(message: PrePrepare): Statement {
  const { view, header, index, signature } = message;
  const place = { height: header.height, view, phase: PHASE.prePrepare, index };
  return { ...place, valueHash: hashHeader(header), signature };
}

/**
 * Checks that the validator which a proposal names signed it; whose turn it is, is for the engine to say.
 *
 * Throws ERR_CHAIN_ID, ERR_HEIGHT, ERR_UNKNOWN_VALIDATOR or ERR_SIGNATURE.
 */
export function checkPrePrepare(message: PrePrepare, context: CheckContext): void {
  checkHeaderPlace(message.header, context);
  checkStatement(proposalStatement(message), context);
}

/** Checks that a header is of the context's chain and height. Throws ERR_CHAIN_ID or ERR_HEIGHT. */
export function checkHeaderPlace(header: Header, { chainId, height }: CheckContext): void {
  if (!equalBytes(header.chainId, chainId)) {
    throw new ChainError('ERR_CHAIN_ID', 'the header is of another chain');
  }
  if (header.height !== height) {
    throw new ChainError('ERR_HEIGHT', `height ${header.height} is not ${height}`);
  }
}
