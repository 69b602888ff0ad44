/**
 * Proposing: a block of this validator's own in view 0, what a quorum of VIEW-CHANGEs demands in later ones.
 *
 * Source: Castro and Liskov, OSDI 1999, sections 4.2 and 4.4.
 */
import { type Header, hashHeader, PHASE } from '../block.ts';
import { equalBytes } from '../bytes.ts';
import { invariant } from '../invariant.ts';
import { type Core, placeOf, say, signerIndex } from './core.ts';
import { type HeightState, proposerOf } from './heightState.ts';
import { highestClaim, type NewView, type SignedClaim, signedClaim } from './newView.ts';
import { createPrePrepare, proposalStatement } from './prePrepare.ts';
import type { PreparedCertificate } from './preparedCertificate.ts';
import type { ViewChange } from './viewChange.ts';

/** Owes a proposal, or what must be known before it, where it is this validator's turn. */
export function draft(core: Core): void {
  const { height, work } = core;
  if (!isTurn(core) || height.draft !== undefined) return;
  const held = [...height.viewChanges.values()].filter((each) => each.view === height.view);
  // R10: a view above 0 begins with VIEW-CHANGEs of a quorum for it, and their choice.
  if (height.view > 0 && held.length < height.quorum) return;
  const viewChanges = held.map(signedClaim).sort((a, b) => a.index - b.index);
  const prepared = choose(held, viewChanges);
  if (prepared !== undefined) {
    height.draft = { viewChanges, prepared };
    proposeAgain(core, prepared.header);
    return;
  }
  // R7: there is a proposal only while there is work, and one at a time.
  if (!work) return;
  height.draft = { viewChanges, prepared: undefined };
  // R19: the builder is told which batches were named in a lost view.
  core.owed.build = { ...placeOf(core), suspects: core.suspects.at(height.height) };
}

function isTurn(core: Core): boolean {
  const { height } = core;
  const { view, proposal, own } = height;
  // R5: the proposer is a function of chain data.
  const isMine = signerIndex(core) === proposerOf(height, view);
  // R3: a proposer proposes once per view.
  return isMine && proposal === undefined && !own.hasSaid(PHASE.prePrepare, view);
}

/** The block that VIEW-CHANGEs bind their view's proposer to. */
function choose(
  held: readonly ViewChange[],
  viewChanges: readonly SignedClaim[],
): PreparedCertificate | undefined {
  const highest = highestClaim(viewChanges);
  return held.find(
    ({ prepared }) => prepared !== undefined && prepared.votes.view === highest?.view,
  )?.prepared;
}

/** R10: a block that is proposed again keeps its header; R1: it is voted for only when its batches are here. */
function proposeAgain(core: Core, header: Header): void {
  const { blocks } = core.height;
  const blockHash = hashHeader(header);
  blocks.add({ header, blockHash, isAvailable: false });
  if (blocks.isAvailable(blockHash)) propose(core, header);
  else core.owed.check = { header, isFresh: false };
}

/** Takes the answer to `build`; one for a view that is over, or withdrawn meanwhile, is too late. */
export function takeBuilt(core: Core, header: Header): void {
  const { height, view, draft: drafted, decision } = core.height;
  invariant(header.height <= height, 'a block is built on request');
  // R11: a slow proposal is not signed under a later view.
  const isTimely = header.height === height && header.view === view && decision === undefined;
  if (!isTimely || drafted === undefined || drafted.prepared !== undefined) return;
  if (isTurn(core)) propose(core, header);
  else core.height.draft = undefined; // The floor has risen meanwhile.
}

/** Takes the answer to `check`: a block that was to be proposed again can be. */
export function takeValid(core: Core, blockHash: Uint8Array): void {
  const { height } = core;
  height.blocks.markAvailable(blockHash);
  const header = height.draft?.prepared?.header;
  if (header === undefined || !equalBytes(hashHeader(header), blockHash)) return;
  if (height.decision === undefined && isTurn(core)) propose(core, header);
}

function propose(core: Core, header: Header): void {
  const { height, options } = core;
  const { draft: drafted, view } = height;
  const index = signerIndex(core);
  invariant(drafted !== undefined && index !== undefined, 'a proposal follows its draft');
  const message = createPrePrepare({ view, header, index }, options);
  const { viewChanges, prepared } = drafted;
  const newView: NewView = { kind: 5, proposal: message, viewChanges, prepared: prepared?.votes };
  say(core, view === 0 ? message : newView);
  height.ballots.add(proposalStatement(message));
  follow(height, { message, blockHash: hashHeader(header) }, true);
}

/** Makes a proposal that of the current view. */
export function follow(
  height: HeightState,
  proposal: NonNullable<HeightState['proposal']>,
  isAvailable: boolean,
): void {
  height.proposal = proposal;
  height.draft = undefined;
  height.isOpen = true;
  const { header } = proposal.message;
  height.blocks.add({ header, blockHash: proposal.blockHash, isAvailable });
}
