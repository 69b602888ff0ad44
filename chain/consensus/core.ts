/** The engine's memory, and the one door through which it signs. */
import { ChainError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import { type Params } from '../params.ts';
import type { Signer } from '../signature.ts';
import { valueAt } from '../state.ts';
import { BallotBox } from './ballotBox.ts';
import { EarlyMessages } from './earlyMessages.ts';
import { type HeightState, openHeight } from './heightState.ts';
import { type Durable, heightOf, type Message } from './message.ts';
import type { Place } from './proposer.ts';
import { createOwed, type Decision, type Owed, type Tip } from './ready.ts';
import type { PreparedCertificate } from './preparedCertificate.ts';
import { Suspects } from './suspects.ts';

/** Heights that are over and for which contradictions are still noticed. */
export const EVIDENCE_HEIGHTS = 16;

/** What an engine is made of. */
export interface EngineOptions {
  readonly chainId: Uint8Array;
  /** The last block that is durable here, and the state after it. */
  readonly tip: Tip;
  /** This validator's consensus key. */
  readonly publicKey: Uint8Array;
  readonly sign: Signer;
  /** What the write-ahead log holds, oldest first. */
  readonly restored: readonly Durable[];
  /** Sign nothing at heights up to this one. Default 0: nothing is barred. */
  readonly signFloor?: number;
}

/** Everything that an engine remembers between two inputs. */
export interface Core {
  readonly options: EngineOptions;
  height: HeightState;
  work: boolean;
  /** Whether work has come while the current view was waiting for it. */
  isWorkNew: boolean;
  signFloor: number;
  /** R16: the certificate of the greatest height whose block is on its way. */
  certified: Decision | undefined;
  /** Whether what it names is being looked for. */
  isCertifiedSought: boolean;
  /** The timer that runs. */
  timer: Place | undefined;
  /** By height: those that are over, the current one and the next. */
  readonly ballots: Map<number, BallotBox>;
  readonly early: EarlyMessages;
  readonly suspects: Suspects;
  /** What the present input owes. */
  owed: Owed;
}

/** Returns the memory of an engine that stands at the height after `options.tip`. */
export function createCore(options: EngineOptions): Core {
  const ballots = new Map<number, BallotBox>();
  return {
    options,
    height: openAfter(options.tip, options, ballots),
    work: false,
    isWorkNew: false,
    signFloor: options.signFloor ?? 0,
    certified: undefined,
    isCertifiedSought: false,
    timer: undefined,
    ballots,
    early: new EarlyMessages(),
    suspects: new Suspects(),
    owed: createOwed(),
  };
}

/** Begins the height after `tip`. */
export function beginHeight(core: Core, tip: Tip): void {
  core.height = openAfter(tip, core.options, core.ballots);
  for (const height of core.ballots.keys()) {
    // R18: what is long over is forgotten.
    if (height < core.height.height - EVIDENCE_HEIGHTS) core.ballots.delete(height);
  }
}

function openAfter(
  tip: Tip,
  { publicKey, restored }: EngineOptions,
  boxes: Map<number, BallotBox>,
): HeightState {
  const height = tip.state.height + 1;
  const ballots = boxes.get(height) ?? new BallotBox();
  boxes.set(height, ballots);
  const said = restored.filter((message) => heightOf(message) === height);
  return openHeight(tip, publicKey, { ballots, restored: said });
}

/** Returns the ballot box of a height that is over, current or next, or undefined for any other. */
export function ballotsOf({ ballots, height }: Core, of: number): BallotBox | undefined {
  const isHeld = of <= height.height + 1 && of >= Math.max(1, height.height - EVIDENCE_HEIGHTS);
  if (!isHeld) return undefined;
  const box = ballots.get(of) ?? new BallotBox();
  ballots.set(of, box);
  return box;
}

/** The parameters that act at the current height. */
export function paramsOf({ height }: Core): Params {
  return valueAt(height.state.params, height.height);
}

/** Where the engine stands. */
export function placeOf({ height }: Core): Place {
  return { height: height.height, view: height.view };
}

/** R16: returns this validator's index, or undefined while it may not sign at the current height. */
export function signerIndex({ height, signFloor, certified }: Core): number | undefined {
  const floor = Math.max(signFloor, certified?.header.height ?? 0);
  return height.height > floor ? height.self : undefined;
}

/** R3: owes a message of this validator's own: durable with what it rests on, and then sent. */
export function say(
  core: Core,
  message: Message,
  restsOn: readonly PreparedCertificate[] = [],
): void {
  invariant(signerIndex(core) !== undefined, 'R16: a validator signs above its floor only');
  core.height.own.add(message);
  core.owed.persist.push(...restsOn, message);
  core.owed.send.push(message);
}

/** Notes why a proposal is not followed. */
export function refuse(core: Core, code: ChainError['code'], message: string): void {
  core.owed.refused = new ChainError(code, message);
}
