/**
 * Everything that a validator knows of one height. A fresh one begins with each block that is applied.
 *
 * A validator is in one view. It has a proposal there or not; in a view above 0 a proposal comes with the
 * NEW-VIEW that justifies it, so that a validator which has left a view votes in no view before the next
 * NEW-VIEW.
 */
import { type Header, hashHeader, PHASE } from '../block.ts';
import { equalBytes } from '../bytes.ts';
import { type State, validatorsAt } from '../state.ts';
import type { ValidatorSet } from '../validatorSet.ts';
import type { BallotBox } from './ballotBox.ts';
import { KnownBlocks } from './knownBlocks.ts';
import { type Durable, statementsOf, viewOf } from './message.ts';
import type { SignedClaim } from './newView.ts';
import { OwnMessages } from './ownMessages.ts';
import type { PrePrepare } from './prePrepare.ts';
import type { PreparedCertificate } from './preparedCertificate.ts';
import { eligibleIndexes, proposerAmong } from './proposer.ts';
import { quorumSize } from './quorum.ts';
import type { Decision, Tip } from './ready.ts';
import type { ViewChange } from './viewChange.ts';

/** The proposal of the current view. */
export interface Proposal {
  readonly message: PrePrepare;
  readonly blockHash: Uint8Array;
}

/** A proposal of this validator's own on its way: the node builds it, or finds what it names. */
export interface Draft {
  /** What justifies it in a view above 0. */
  readonly viewChanges: readonly SignedClaim[];
  /** The block that must be proposed again, or undefined where one is to be built. */
  readonly prepared: PreparedCertificate | undefined;
}

/** Everything of one height. */
export interface HeightState {
  readonly height: number;
  /** State after the block before. */
  readonly state: State;
  readonly parent: Header;
  readonly validators: ValidatorSet;
  readonly quorum: number;
  /** Indexes of those who may propose. */
  readonly eligible: readonly number[];
  /** This validator's place in the set, or undefined for an observer. */
  readonly self: number | undefined;
  readonly ballots: BallotBox;
  /** The newest VIEW-CHANGE of each validator. */
  readonly viewChanges: Map<number, ViewChange>;
  readonly blocks: KnownBlocks;
  readonly own: OwnMessages;
  view: number;
  /** Whether a quorum is known to have reached this view. */
  isOpen: boolean;
  proposal: Proposal | undefined;
  draft: Draft | undefined;
  /** The prepared certificate of the highest view. */
  prepared: PreparedCertificate | undefined;
  decision: Decision | undefined;
}

/** Returns the height after `tip`, as a validator finds it that has said `restored` there. */
export function openHeight(
  tip: Tip,
  publicKey: Uint8Array,
  { ballots, restored }: { readonly ballots: BallotBox; readonly restored: readonly Durable[] },
): HeightState {
  const { state, header: parent } = tip;
  const height = state.height + 1;
  const validators = validatorsAt(state, height);
  const self = validators.findIndex((validator) => equalBytes(validator.consensusKey, publicKey));
  const opened: HeightState = {
    height,
    state,
    parent,
    validators,
    quorum: quorumSize(validators.length),
    eligible: eligibleIndexes(state, height),
    self: self === -1 ? undefined : self,
    ballots,
    viewChanges: new Map(),
    blocks: new KnownBlocks(),
    own: new OwnMessages(),
    view: 0,
    isOpen: true,
    proposal: undefined,
    draft: undefined,
    prepared: undefined,
    decision: undefined,
  };
  for (const message of restored) restore(opened, message);
  opened.view = opened.own.view();
  opened.isOpen = opened.view === 0 || opened.own.hasVoted(opened.view);
  restoreProposal(opened);
  return opened;
}

/** Puts back what the write-ahead log holds, oldest first. */
function restore(height: HeightState, message: Durable): void {
  if (message.kind === 6) {
    restoreCertificate(height, message);
    return;
  }
  height.own.add(message);
  for (const statement of statementsOf(message)) height.ballots.add(statement);
  if (message.kind !== 4) return;
  height.viewChanges.set(message.index, message);
  if (message.prepared !== undefined) restoreCertificate(height, message.prepared);
}

/** R9: what was prepared before a restart binds this validator after it. */
function restoreCertificate(height: HeightState, certificate: PreparedCertificate): void {
  const { header } = certificate;
  // R1: it was signed only when everything that it names was durable here.
  height.blocks.add({ header, blockHash: hashHeader(header), isAvailable: true });
  if (viewOf(certificate) >= (height.prepared?.votes.view ?? 0)) height.prepared = certificate;
}

function restoreProposal(height: HeightState): void {
  const message = height.own.find(PHASE.prePrepare);
  if (message === undefined || viewOf(message) !== height.view) return;
  const proposal = message.kind === 5 ? message.proposal : message;
  if (proposal.kind !== 1) return;
  const { header } = proposal;
  const blockHash = hashHeader(header);
  height.proposal = { message: proposal, blockHash };
  height.blocks.add({ header, blockHash, isAvailable: true });
}

/** R5: returns the index of the proposer of a view of this height. */
export function proposerOf({ eligible, height }: HeightState, view: number): number {
  return proposerAmong(eligible, { height, view });
}

/** Returns whether the batches of the current proposal are here, checked and durable. */
export function isAccepted({ proposal, blocks }: HeightState): boolean {
  return proposal !== undefined && blocks.isAvailable(proposal.blockHash);
}
