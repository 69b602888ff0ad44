/**
 * Prepared certificates: the proof that a quorum prepared one block in one view.
 *
 * No other block can be prepared in that view, since two quorums share an honest validator. A COMMIT rests
 * on one, is durable with it, and VIEW-CHANGE carries the one of the highest view into later views.
 *
 * ```
 * prepared certificate = [6, header, votes]
 * votes                = [view, proposer's index, [[index, signature], …]]     at least Q, ascending
 * ```
 *
 * The proposer's signature is that of its PRE-PREPARE, all others are those of PREPAREs. Whose turn it was
 * need not be known to check it: an honest validator signs one block in a view, in one phase or the other.
 *
 * Source: Moniz, "The Istanbul BFT Consensus Algorithm", arXiv 2002.03613, section 4.
 */
import { hashHeader, type Header, headerSchema, type IndexedSignature, PHASE } from '../block.ts';
import { bin, list, literal, type Schema, tuple, uint } from '../codec.ts';
import { ChainError } from '../errors.ts';
import { VALIDATOR_COUNT_MAX, VIEW_MAX } from '../limits.ts';
import { SIGNATURE_BYTES } from '../signature.ts';
import { checkHeaderPlace } from './prePrepare.ts';
import { quorumSize } from './quorum.ts';
import { checkAscending, type CheckContext, checkStatement, type Statement } from './statement.ts';

/** The votes of a prepared certificate. */
export interface PreparedVotes {
  readonly view: number;
  /** Whose signature is that of the PRE-PREPARE. */
  readonly proposer: number;
  /** Ascending by index, each once. */
  readonly signatures: readonly IndexedSignature[];
}

/** A block that a quorum has prepared, with the whole header. */
export interface PreparedCertificate {
  readonly kind: 6;
  readonly header: Header;
  readonly votes: PreparedVotes;
}

/** Canonical form of the votes. */
export const preparedVotesSchema: Schema<PreparedVotes> = tuple<PreparedVotes>({
  view: uint(VIEW_MAX),
  proposer: uint(VALIDATOR_COUNT_MAX - 1),
  signatures: list(
    tuple<IndexedSignature>({
      index: uint(VALIDATOR_COUNT_MAX - 1),
      signature: bin(SIGNATURE_BYTES),
    }),
    VALIDATOR_COUNT_MAX,
  ),
});

/** Canonical form of a prepared certificate: in the write-ahead log and within a VIEW-CHANGE. */
export const preparedCertificateSchema: Schema<PreparedCertificate> = tuple<PreparedCertificate>({
  kind: literal(6),
  header: headerSchema,
  votes: preparedVotesSchema,
});

/** Returns what the certificate's signers have signed. */
export function preparedStatements({ header, votes }: PreparedCertificate): readonly Statement[] {
  const valueHash = hashHeader(header);
  return votes.signatures.map(({ index, signature }) => ({
    height: header.height,
    view: votes.view,
    phase: index === votes.proposer ? PHASE.prePrepare : PHASE.prepare,
    index,
    valueHash,
    signature,
  }));
}

/**
 * R9: checks that a quorum of the set prepared this header in this view.
 *
 * Throws ERR_QUORUM, also for votes out of order or given twice, and what `checkStatement` throws.
 */
export function checkPreparedCertificate(
  certificate: PreparedCertificate,
  context: CheckContext,
): void {
  const { header, votes } = certificate;
  checkHeaderPlace(header, context);
  if (votes.view < header.view) {
    throw new ChainError('ERR_QUORUM', `view ${votes.view} is before the header's ${header.view}`);
  }
  // R4: a certificate is a quorum of the height's set, each signer once.
  const quorum = quorumSize(context.validators.length);
  if (votes.signatures.length < quorum) {
    throw new ChainError('ERR_QUORUM', `${votes.signatures.length} votes are fewer than ${quorum}`);
  }
  checkAscending(votes.signatures);
  for (const statement of preparedStatements(certificate)) checkStatement(statement, context);
}
