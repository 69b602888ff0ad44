/**
 * Receiving: what a checked message means, by its height, its view and its sender's turn.
 *
 * What a message proves of its signers is noted first, whatever becomes of the message. R20: nothing that
 * a peer sends can throw here.
 */
import { hashHeader } from '../block.ts';
import { equalBytes } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { checkBlockTime } from './blockTime.ts';
import { certifiedHere } from './certified.ts';
import { ballotsOf, type Core, paramsOf, refuse, signerIndex } from './core.ts';
import { proposerOf } from './heightState.ts';
import { heightOf, type Message, type ProposalMessage, statementsOf } from './message.ts';
import type { PrePrepare } from './prePrepare.ts';
import type { Place } from './proposer.ts';
import { follow } from './proposing.ts';
import { enterView, takeViewChange } from './viewChanging.ts';
import { decidesElsewhere } from './voting.ts';

/** Takes a checked message. */
export function receive(core: Core, message: Message, nowMs: number): void {
  const height = heightOf(message);
  const current = core.height.height;
  if (height > current + 1) {
    // R18: a message from further ahead is only a hint that others have gone on.
    core.owed.behind = { height: height - 1 };
    return;
  }
  const ballots = ballotsOf(core, height);
  for (const statement of statementsOf(message)) {
    // R17: two statements of one validator for one slot are evidence against it.
    const found = ballots?.add(statement);
    if (found !== undefined) core.owed.evidence.push(found);
  }
  if (height === current + 1) core.early.add(message);
  if (height === current) receiveCurrent(core, message, nowMs);
}

function receiveCurrent(core: Core, message: Message, nowMs: number): void {
  if (core.height.decision !== undefined) return;
  switch (message.kind) {
    case 1:
    case 5:
      receiveProposal(core, message, nowMs);
      break;
    case 2:
      break;
    case 3:
      if (decidesElsewhere(core.height, message)) core.owed.behind = { height: message.height };
      break;
    case 4:
      takeViewChange(core.height, message);
      break;
  }
}

function receiveProposal(core: Core, message: ProposalMessage, nowMs: number): void {
  const { height } = core;
  const proposal = message.kind === 5 ? message.proposal : message;
  const { view, index, header } = proposal;
  if (!isAwaited(core, message)) return;
  // R5: whose turn it is follows from chain data.
  if (index !== proposerOf(height, view)) {
    refuse(core, 'ERR_PROPOSER', `view ${view} is not the turn of validator ${index}`);
    return;
  }
  // R13: a quorum has asked for the view of a NEW-VIEW.
  if (view > height.view) enterView(core, view);
  height.isOpen = true;
  const isFresh = message.kind === 1 || message.prepared === undefined;
  const problem = isFresh ? problemOf(core, proposal, nowMs) : undefined;
  if (problem !== undefined) {
    core.owed.refused = problem;
    return;
  }
  const blockHash = hashHeader(header);
  follow(height, { message: proposal, blockHash }, false);
  // R1: what it names is fetched and checked first; R10: of a block proposed again, only that it is here.
  if (!height.blocks.isAvailable(blockHash)) core.owed.check = { header, isFresh };
}

/** Returns whether a proposal may be the one of the current view or of a later one. */
function isAwaited(core: Core, message: ProposalMessage): boolean {
  const { height } = core;
  const { view, index } = message.kind === 5 ? message.proposal : message;
  // R16: what is decided is not voted on again.
  if (certifiedHere(core) !== undefined) return false;
  // R11: nothing is followed in a view that this validator has left; R3: nor a second proposal.
  if (view < height.view || (view === height.view && height.proposal !== undefined)) return false;
  // R10: in a later view a proposal is nothing without what justifies it.
  if ((message.kind === 1) !== (view === 0)) return false;
  // R3: a proposer follows no proposal of its own key but the one that it knows.
  return index !== signerIndex(core);
}

/** Why a fresh proposal is not followed, as far as that can be seen without its batches. */
function problemOf(core: Core, proposal: PrePrepare, nowMs: number): ChainError | undefined {
  const { height } = core;
  const { header, view, index } = proposal;
  const proposer = height.validators[index]?.consensusKey;
  // R5: a header names its first proposer and view: lost views are counted by it.
  if (header.view !== view || proposer === undefined || !equalBytes(header.proposer, proposer)) {
    return new ChainError('ERR_PROPOSER', `the header does not name the proposer of view ${view}`);
  }
  try {
    // R6: a fresh proposal bears a time that this validator's clock allows.
    const { timestampMs: parentMs } = height.parent;
    checkBlockTime(header, { parentMs, nowMs, params: paramsOf(core) });
    return undefined;
  } catch (error) {
    if (error instanceof ChainError) return error;
    throw error;
  }
}

/** Takes what a peer says of where it stands; unsigned, it is only a hint. */
export function takeStatus(core: Core, peer: string, place: Place): void {
  const { height } = core.height;
  // R15: a peer that is behind is sent the block that it lacks; one that is ahead is asked for it.
  if (place.height >= 1 && place.height < height) core.owed.help = { peer, height: place.height };
  if (place.height > height) core.owed.behind = { height: place.height - 1 };
}
