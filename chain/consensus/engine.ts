/**
 * The consensus engine: one height at a time, as one synchronous step.
 *
 * A checked message, a tick or an answer of the node goes in; what is owed comes out, in the order in which
 * it is owed. No clock, no chance, no I/O, no promise. The rules, by number, stand in README.md.
 *
 * Source: Castro and Liskov, "Practical Byzantine Fault Tolerance", OSDI 1999; Moniz, "The Istanbul BFT
 * Consensus Algorithm", arXiv 2002.03613.
 */
import { hashHeader } from '../block.ts';
import { equalBytes } from '../bytes.ts';
import { invariant } from '../invariant.ts';
import { seekCertified, takeCertified } from './certified.ts';
import { beginHeight, type Core, createCore, type EngineOptions, placeOf } from './core.ts';
import { proposerOf } from './heightState.ts';
import type { Place } from './proposer.ts';
import { draft, takeBuilt, takeValid } from './proposing.ts';
import { createOwed, type Input, type Ready, type Tip } from './ready.ts';
import { receive, takeStatus } from './receiving.ts';
import { askForView, joinOthers, openView, setTimer, takeTimeout } from './viewChanging.ts';
import { commit, decide, prepare } from './voting.ts';

/** A consensus core. */
export interface Engine {
  step(input: Input): Ready;
  /** Where the engine stands. */
  place(): Place;
  /** Index of the proposer whose turn it is. */
  proposer(): number;
  /** The height up to which it signs nothing: 0 bars nothing. */
  signFloor(): number;
  /** What a restart owes: its own messages of this height again, byte for byte, and what follows from them. */
  resume(): Ready;
}

/** Returns an engine that stands at the height after `options.tip`, where the write-ahead log left it. */
export function createEngine(options: EngineOptions): Engine {
  const core = createCore(options);
  const run = (act: () => void): Ready => {
    core.owed = createOwed();
    act();
    advance(core);
    return core.owed;
  };
  return {
    place: () => placeOf(core),
    proposer: () => proposerOf(core.height, core.height.view),
    signFloor: () => core.signFloor,
    step: (input) => run(() => take(core, input)),
    resume() {
      const ready = run(() => undefined);
      return {
        ...ready,
        send: core.height.own.messagesFor(core.height.view),
        status: placeOf(core),
      };
    },
  };
}

function take(core: Core, input: Input): void {
  switch (input.type) {
    case 'message':
      receive(core, input.message, input.nowMs);
      break;
    case 'built':
      takeBuilt(core, input.header);
      break;
    case 'valid':
      takeValid(core, input.blockHash);
      break;
    case 'applied':
      takeApplied(core, input.tip, input.nowMs);
      break;
    case 'timeout':
      takeTimeout(core, input.place);
      break;
    default:
      takeCircumstance(core, input);
  }
}

type Circumstance = Extract<
  Input,
  { readonly type: 'work' | 'tick' | 'status' | 'sign-floor' | 'certified' }
>;

function takeCircumstance(core: Core, input: Circumstance): void {
  switch (input.type) {
    case 'work':
      takeWork(core, input.waiting);
      break;
    case 'tick':
      // R15: what others may have missed is sent again, the same bytes.
      core.owed.send.push(...core.height.own.messagesFor(core.height.view));
      core.owed.status = placeOf(core);
      seekCertified(core);
      break;
    case 'status':
      takeStatus(core, input.peer, input.place);
      break;
    case 'sign-floor':
      core.signFloor = input.height;
      break;
    case 'certified':
      takeCertified(core, input.decision);
      break;
  }
}

function takeWork(core: Core, waiting: boolean): void {
  core.isWorkNew = waiting && !core.work;
  core.work = waiting;
  const { draft: drafted } = core.height;
  // No work answers a request to build as well.
  if (!waiting && drafted?.prepared === undefined) core.height.draft = undefined;
}

function takeApplied(core: Core, tip: Tip, nowMs: number): void {
  const { height, decision } = core.height;
  invariant(tip.state.height >= height, 'a block is applied after those before it');
  invariant(
    decision === undefined ||
      tip.state.height > height ||
      equalBytes(hashHeader(tip.header), decision.certificate.blockHash),
    'the block applied is the one decided',
  );
  core.suspects.remove(tip.header.batchIds);
  beginHeight(core, tip);
  for (const message of core.early.takeAll()) receive(core, message, nowMs);
}

/** Does whatever is due, in the order in which one thing leads to another. */
function advance(core: Core): void {
  if (core.height.decision === undefined) {
    joinOthers(core);
    askForView(core);
    openView(core);
    draft(core);
    prepare(core);
    commit(core);
    decide(core);
  }
  setTimer(core);
}
