/**
 * Voting: PREPARE, COMMIT and the decision. Each does what is due and nothing else, however often it is
 * asked.
 *
 * Source: Castro and Liskov, OSDI 1999, section 4.2.
 */
import { type IndexedSignature, PHASE } from '../block.ts';
import { equalBytes } from '../bytes.ts';
import { certifiedHere } from './certified.ts';
import { type Core, say, signerIndex } from './core.ts';
import { type HeightState, isAccepted } from './heightState.ts';
import type { PreparedCertificate } from './preparedCertificate.ts';
import type { Decision } from './ready.ts';
import { type Commit, createVote, type Prepare, type Vote } from './vote.ts';

/** Owes a PREPARE for the proposal of the current view. */
export function prepare(core: Core): void {
  const { height, options } = core;
  const { proposal, view, own } = height;
  const index = signerIndex(core);
  // R1: PREPARE only when every named batch is checked and durable here.
  if (proposal === undefined || !isAccepted(height) || index === undefined) return;
  // The PRE-PREPARE is the proposer's own vote.
  if (index === proposal.message.index) return;
  // R3: a validator prepares once per view, and R11: in no view before one for which it has asked.
  if (own.hasSaid(PHASE.prepare, view)) return;
  const { blockHash } = proposal;
  const fields = { kind: 2, height: height.height, view, blockHash, index } as const;
  vote(core, createVote<Prepare>(fields, options));
}

/** Owes a COMMIT once a quorum has prepared the proposal of the current view. */
export function commit(core: Core): void {
  const { height, options } = core;
  const { proposal, view, own } = height;
  if (proposal === undefined || !isAccepted(height)) return;
  const signatures = prepareVotes(height);
  if (signatures.length < height.quorum) return;
  const { header, index: proposer } = proposal.message;
  const certificate: PreparedCertificate = {
    kind: 6,
    header,
    votes: { view, proposer, signatures },
  };
  if (height.prepared?.votes.view !== view) height.prepared = certificate;
  const index = signerIndex(core);
  if (index === undefined || own.hasSaid(PHASE.commit, view)) return;
  const { blockHash } = proposal;
  const fields = { kind: 3, height: height.height, view, blockHash, index } as const;
  // R9: a COMMIT rests on a prepared certificate, which is durable with it.
  vote(core, createVote<Commit>(fields, options), [certificate]);
}

/** The votes for the proposal of the current view: the PRE-PREPARE, and the PREPAREs of the others. */
function prepareVotes({ proposal, ballots, view }: HeightState): readonly IndexedSignature[] {
  if (proposal === undefined) return [];
  const { blockHash, message } = proposal;
  const prepares = ballots.signatures(PHASE.prepare, view, blockHash);
  // R4: the proposer counts once, by its PRE-PREPARE.
  return [
    ...prepares.filter(({ index }) => index !== message.index),
    { index: message.index, signature: message.signature },
  ].sort((a, b) => a.index - b.index);
}

function vote(core: Core, signed: Vote, restsOn: readonly PreparedCertificate[] = []): void {
  say(core, signed, restsOn);
  const { height, view, kind: phase, index, blockHash: valueHash, signature } = signed;
  core.height.ballots.add({ height, view, phase, index, valueHash, signature });
}

/** Decides the height where a quorum of COMMITs is held for a block whose batches are here. */
export function decide(core: Core): void {
  const { height } = core;
  if (height.decision !== undefined) return;
  const decision = findCertified(core) ?? findDecision(height);
  if (decision === undefined) return;
  height.decision = decision;
  core.owed.decided = decision;
}

/** R12: a certificate that is held decides by itself, once what it names is here. */
function findCertified(core: Core): Decision | undefined {
  const certified = certifiedHere(core);
  if (certified === undefined) return undefined;
  const { blockHash } = certified.certificate;
  return core.height.blocks.isAvailable(blockHash) ? certified : undefined;
}

function findDecision(height: HeightState): Decision | undefined {
  // R1: a block is decided here when it can be applied here.
  for (const { header, blockHash } of height.blocks.available()) {
    // R12: the COMMITs of any view decide, also of one that this validator has left.
    for (const view of height.ballots.viewsOf(PHASE.commit, blockHash)) {
      const signatures = height.ballots.signatures(PHASE.commit, view, blockHash);
      if (signatures.length < height.quorum) continue;
      const certificate = { height: height.height, view, blockHash, signatures };
      return { header, certificate };
    }
  }
  return undefined;
}

/** Returns whether a COMMIT completes a quorum for a block that is not here: then others have it. */
export function decidesElsewhere(height: HeightState, { view, blockHash }: Commit): boolean {
  const count = height.ballots.signatures(PHASE.commit, view, blockHash).length;
  const isHere = height.blocks.available().some((each) => equalBytes(each.blockHash, blockHash));
  return count >= height.quorum && !isHere;
}
