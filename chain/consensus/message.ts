/**
 * Consensus messages: whatever validators say to each other about a height.
 *
 * A message that a peer sent becomes an engine input only by `checkMessage`: the type tells the two apart.
 * The write-ahead log holds a validator's own messages, and the prepared certificates that they rest on.
 */
import { PHASE, type Phase } from '../block.ts';
import { decode, encode, type Schema, union } from '../codec.ts';
import { ChainError } from '../errors.ts';
import { checkNewView, claimStatements, type NewView, newViewSchema } from './newView.ts';
import {
  checkPrePrepare,
  type PrePrepare,
  prePrepareSchema,
  proposalStatement,
} from './prePrepare.ts';
import {
  type PreparedCertificate,
  preparedCertificateSchema,
  preparedStatements,
} from './preparedCertificate.ts';
import type { Checked, CheckContext, Statement } from './statement.ts';
import {
  checkViewChange,
  type ViewChange,
  viewChangeSchema,
  viewChangeStatement,
} from './viewChange.ts';
import { checkVote, commitSchema, prepareSchema, type Vote, voteStatement } from './vote.ts';

/** A proposal in the form in which it travels. */
export type ProposalMessage = PrePrepare | NewView;

/** Whatever validators say to each other about a height. */
export type Message = ProposalMessage | Vote | ViewChange;

/** What the write-ahead log holds. */
export type Durable = Message | PreparedCertificate;

/** Bytes of a message at most: the header of a full block, and the votes of the largest set. */
export const MESSAGE_BYTES_MAX = 196_608;

const MESSAGES = {
  1: prePrepareSchema,
  2: prepareSchema,
  3: commitSchema,
  4: viewChangeSchema,
  5: newViewSchema,
} as const;

/** Between peers. */
const messageSchema: Schema<Message> = union<Message>(MESSAGES);

/** Canonical form of what the write-ahead log holds. */
export const durableSchema: Schema<Durable> = union<Durable>({
  ...MESSAGES,
  6: preparedCertificateSchema,
});

/** Returns the canonical bytes of a message. */
export function encodeMessage(message: Message): Uint8Array {
  return encode(messageSchema, message);
}

/** R18: returns the message of a peer's bytes, unchecked. Throws ERR_LIMIT before it reads, or ERR_MALFORMED. */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length > MESSAGE_BYTES_MAX) {
    throw new ChainError('ERR_LIMIT', `${bytes.length} bytes are more than ${MESSAGE_BYTES_MAX}`);
  }
  return decode(messageSchema, bytes);
}

/** Returns the height of which a message speaks. */
export function heightOf(message: Durable): number {
  switch (message.kind) {
    case 1:
    case 6:
      return message.header.height;
    case 5:
      return message.proposal.header.height;
    default:
      return message.height;
  }
}

/** Returns the view for which a message was signed; of a certificate, the view of its votes. */
export function viewOf(message: Durable): number {
  switch (message.kind) {
    case 5:
      return message.proposal.view;
    case 6:
      return message.votes.view;
    default:
      return message.view;
  }
}

/** Returns the phase in which a message was signed. */
export function phaseOf(message: Message): Phase {
  return message.kind === 5 ? PHASE.prePrepare : message.kind;
}

/** Returns the place in the set of the validator that sends a message. */
export function signerOf(message: Message): number {
  return message.kind === 5 ? message.proposal.index : message.index;
}

/** Returns everything that a message proves of what validators have signed, its own signature first. */
export function statementsOf(message: Message): readonly Statement[] {
  switch (message.kind) {
    case 1:
      return [proposalStatement(message)];
    case 2:
    case 3:
      return [voteStatement(message)];
    case 4: {
      const prepared = message.prepared === undefined ? [] : preparedStatements(message.prepared);
      return [viewChangeStatement(message), ...prepared];
    }
    case 5: {
      const { proposal, prepared: votes } = message;
      const prepared =
        votes === undefined ? [] : preparedStatements({ kind: 6, header: proposal.header, votes });
      return [proposalStatement(proposal), ...claimStatements(message), ...prepared];
    }
  }
}

/**
 * Returns the message, checked against the validator set of its height: all that the engine takes.
 *
 * Throws ERR_CHAIN_ID, ERR_HEIGHT, ERR_UNKNOWN_VALIDATOR, ERR_SIGNATURE, ERR_QUORUM or ERR_PROPOSER.
 */
export function checkMessage(message: Message, context: CheckContext): Checked<Message> {
  switch (message.kind) {
    case 1:
      checkPrePrepare(message, context);
      break;
    case 2:
    case 3:
      checkVote(message, context);
      break;
    case 4:
      checkViewChange(message, context);
      break;
    case 5:
      checkNewView(message, context);
      break;
  }
  return message as Checked<Message>;
}
