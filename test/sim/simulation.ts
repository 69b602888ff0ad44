/**
 * One run: a network of validators under load and faults, a quorum that must go on alone, the same again, and at
 * last everybody.
 *
 * | part    | what happens                                             | what must hold                         |
 * | ------- | -------------------------------------------------------- | -------------------------------------- |
 * | trouble | load, faults, liars: 120 seconds and 50 heights in all   | safety; 50 heights in time             |
 * | quorum  | faults end; a random honest quorum is whole, the others  | what is submitted now is on the chain  |
 * |         | are dead, or only the faulty ones go on as they are      | in time                                |
 * | all     | every honest validator comes back; no load               | every promise is kept on every chain   |
 */
import { encode } from '../../chain/codec.ts';
import { quorumSize } from '../../chain/consensus/quorum.ts';
import type { Verifier } from '../../chain/consensus/statement.ts';
import { viewTimeoutMs } from '../../chain/consensus/viewTimer.ts';
import { createSigner, type Signer, verifySigned } from '../../chain/signature.ts';
import type { GenesisFacts } from '../../chain/state.ts';
import { formatHex } from '../../chain/bytes.ts';
import type { NoteSignature } from '../../chain/log/note.ts';
import { claimSchema } from '../../node/cosigning/claim.ts';
import { checkClaim, type ClaimCheck } from '../../node/cosigning/cosignedLog.ts';
import { treeHeadOf } from '../../node/cosigning/treeHead.ts';
import { stubSigner, stubVerify } from '../chain/consensus/support/stubSignature.ts';
import { CHAIN_ID, hashOfText, validatorsOf } from '../support/chainValues.ts';
import { createLiar } from './byzantine/tongue.ts';
import { AUTHORITY, photographOf } from './camera.ts';
import { Checks, type Violation } from './checks/checks.ts';
import { Faults } from './faults.ts';
import { Machine } from './machine.ts';
import { Network } from './network/network.ts';
import type { Setting } from './parts.ts';
import { drawPlan, type Plan } from './plan.ts';

import { Tally } from './tally.ts';
import { START_MS, World } from './world.ts';

/** How a run is made. */
export interface RunOptions {
  /** Whether validators sign with their real keys. */
  readonly isReal: boolean;
  /** Takes what happens, for people. */
  readonly onLine?: (line: string) => void;
}

/** What a run came to. */
export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly tally: Tally;
  readonly simulatedMs: number;
  readonly height: number;
  readonly eventCount: number;
  /** Of everything that happened: the same seed gives the same. */
  readonly digest: number;
  /** Times from a quorum's return until all that was submitted to it is on the chain, with their bounds. */
  readonly recoveries: readonly Recovery[];
  readonly plan: Plan;
}

/** How long a quorum took to go on alone. */
export interface Recovery {
  readonly tookMs: number;
  readonly boundMs: number;
}

/** What becomes of those who are not in the quorum that goes on. */
const FATES = ['all dead', 'power is lost everywhere before', 'the faulty go on'] as const;

/** Time in which everybody starts and is heard. */
const LAUNCH_MS = 6_000;
const ROUNDS = 2;
const TROUBLE_MS_MIN = 120_000;
/** A run that was unlucky has this long for its heights; the last part of it with enough machines well. */
const TROUBLE_MS_MAX = 420_000;
const HEIGHT_MIN = 50;
const DRAIN_MS_MAX = 120_000;

/** Keys of as many validators as a run may have. */
const VALIDATORS = validatorsOf(10);
const SIGNERS = VALIDATORS.map((_validator, i) => {
  return createSigner(hashOfText(`consensus key of v${i}`));
});

/** Runs a seed. */
export async function runSeed(seed: number, options: RunOptions): Promise<Outcome> {
  const run = new Run(seed, options);
  return run.run();
}

class Run {
  readonly #seed: number;
  readonly #world: World;
  readonly #tally = new Tally();
  readonly #plan: Plan;
  readonly #setting: Setting;
  readonly #machines: Machine[] = [];
  readonly #checks: Checks;
  readonly #recoveries: Recovery[] = [];
  #faults: Faults | undefined;
  #photographCount = 0;
  /** Grows with each part: what was begun in another one is over. */
  #part = 0;

  constructor(seed: number, { isReal, onLine }: RunOptions) {
    this.#seed = seed;
    this.#world = new World(seed, onLine);
    this.#plan = drawPlan(this.#world.chance);
    const validators = VALIDATORS.slice(0, this.#plan.validatorCount);
    const facts: GenesisFacts = {
      chainId: CHAIN_ID,
      timestampMs: START_MS - 1_000,
      validators,
      authorities: [AUTHORITY],
      params: this.#plan.params,
    };
    const verify: Verifier = isReal ? verifySigned : stubVerify;
    const shared = { world: this.#world, tally: this.#tally, verify, facts };
    this.#checks = new Checks(shared, this.#machines);
    this.#setting = {
      ...shared,
      checks: this.#checks,
      checkClaim: rememberClaims(),
      network: new Network(this.#world, this.#tally, this.#checks),
      signerOf: (index): Signer =>
        isReal ? SIGNERS[index]! : stubSigner(validators[index]!.consensusKey),
      isHonest: (index) => this.#plan.conducts[index] === 'honest',
    };
    this.#createMachines();
  }

  #createMachines(): void {
    const { conducts } = this.#plan;
    const create = (number: number, index: number): Machine => {
      const machine = new Machine(this.#setting, { number, index, conduct: conducts[index]! });
      if (machine.conduct === 'liar') machine.liar = createLiar(this.#setting);
      this.#machines.push(machine);
      return machine;
    };
    conducts.forEach((_conduct, index) => create(index, index));
    conducts.forEach((conduct, index) => {
      if (conduct === 'twin') create(this.#machines.length, index);
    });
  }

  async run(): Promise<Outcome> {
    const { conducts, validatorCount } = this.#plan;
    this.#world.tell(() => `${validatorCount} validators: ${conducts.join(' ')}`);
    for (let round = 1; round <= ROUNDS && this.#isSound(); round++) {
      await this.#trouble(round);
      if (this.#isSound()) await this.#quorum();
    }
    if (this.#isSound()) await this.#all();
    return {
      seed: this.#seed,
      violations: this.#checks.violations,
      tally: this.#tally,
      simulatedMs: this.#world.nowMs,
      height: this.#checks.height,
      eventCount: this.#world.eventCount,
      digest: this.#world.digest,
      recoveries: this.#recoveries,
      plan: this.#plan,
    };
  }

  #isSound(): boolean {
    return this.#checks.violations.length === 0;
  }

  async #trouble(round: number): Promise<void> {
    const part = ++this.#part;
    const { chance } = this.#world;
    for (const machine of this.#machines) {
      const isTwin = machine.number !== machine.index;
      this.#world.schedule(chance.below(isTwin ? 40_000 : 1_000), undefined, () => {
        if (!isTwin) machine.start();
        else this.#startTwin(machine);
      });
    }
    // A chain begins when everybody is there: who comes later has to be taken for one that has lost its history.
    this.#world.schedule(round === 1 ? LAUNCH_MS : 0, undefined, () => {
      this.#scheduleLoad(part);
    });
    const faults = new Faults(this.#setting, this.#machines, this.#plan);
    this.#faults = faults;
    this.#world.schedule(LAUNCH_MS, undefined, () => faults.start());
    const isOver = (): boolean => !this.#isSound();
    await this.#world.runUntil(isOver, (TROUBLE_MS_MIN * round) / ROUNDS);
    if (round < ROUNDS) return;
    const isDone = (): boolean => isOver() || this.#checks.height >= HEIGHT_MIN;
    if (await this.#world.runUntil(isDone, TROUBLE_MS_MAX / 2)) return;
    faults.isMild = true;
    if (await this.#world.runUntil(isDone, TROUBLE_MS_MAX)) return;
    this.#checks.fail('progress', `${this.#checks.height} heights in ${TROUBLE_MS_MAX / 1_000} s`);
  }

  /** A second process with the key of another: on an empty disk, or on a copy. */
  #startTwin(twin: Machine): void {
    if (twin.isUp) return;
    const original = this.#machines[twin.index]!;
    if (this.#world.chance.happens(0.5)) twin.drive.restore(original.drive.backUp());
    this.#tally.add('twin');
    twin.start();
  }

  /** Photographs come at random, with quiet times between. */
  #scheduleLoad(part: number): void {
    const { chance } = this.#world;
    const isQuiet = chance.happens(0.03);
    const meanMs = 1_000 / this.#plan.loadPerS;
    const delayMs = isQuiet ? chance.below(12_000) : -Math.log(1 - chance.next()) * meanMs;
    this.#world.schedule(delayMs, undefined, () => {
      if (this.#part !== part) return;
      this.#submit(this.#machines);
      this.#scheduleLoad(part);
    });
  }

  /** A camera submits to a machine that is there. */
  #submit(machines: readonly Machine[]): Uint8Array | undefined {
    const ready = machines.filter(
      (machine) => machine.process?.isReady === true && !machine.isPaused,
    );
    if (ready.length === 0) return undefined;
    const { process } = this.#world.chance.pick(ready);
    const capturedAt = Math.floor((START_MS + this.#world.nowMs) / 1_000);
    const photograph = photographOf(this.#photographCount++, capturedAt);
    this.#checks.genuine.add(formatHex(photograph.imageHash));
    void process?.submit(photograph).catch((error: unknown) => process.onFault(error));
    return photograph.imageHash;
  }

  /** A quorum of honest machines goes on, whatever becomes of the others. */
  async #quorum(): Promise<void> {
    const { chance } = this.#world;
    const { validatorCount } = this.#plan;
    this.#part += 1;
    this.#faults?.stop();
    const fate = chance.pick(FATES);
    const order = this.#machines
      .filter(({ isHonest }) => isHonest)
      .map((machine) => ({ machine, place: chance.next() }))
      .sort((a, b) => a.place - b.place);
    const chosen = order.slice(0, quorumSize(validatorCount)).map(({ machine }) => machine);
    this.#world.tell(() => `only ${chosen.map(({ name }) => name).join(' ')} go on; ${fate}`);
    for (const machine of this.#machines) {
      const goesOn = chosen.includes(machine) || (fate === FATES[2] && !machine.isHonest);
      if (fate === FATES[1]) machine.end('power');
      else if (!goesOn) machine.end('kill');
      if (machine.isPaused) machine.resume();
      if (goesOn) machine.start();
    }
    await this.#awaitProgress(chosen);
  }

  async #awaitProgress(chosen: readonly Machine[]): Promise<void> {
    const healedMs = this.#world.nowMs;
    const boundMs = recoveryBoundMs(this.#plan, chosen.length);
    const submitted = new Set<string>();
    const submit = (): void => {
      const hash = this.#submit(chosen);
      if (hash !== undefined) submitted.add(formatHex(hash));
      if (submitted.size < 5) this.#world.schedule(400, undefined, submit);
    };
    submit();
    const isThere = (): boolean => {
      if (submitted.size < 5) return !this.#isSound();
      return !this.#isSound() || this.#checks.hasAll(submitted);
    };
    if (await this.#world.runUntil(isThere, healedMs + boundMs)) {
      this.#recoveries.push({ tookMs: this.#world.nowMs - healedMs, boundMs });
      return;
    }
    const where = chosen.map(({ name, process }) => `${name} ${process?.describe() ?? 'down'}`);
    this.#checks.fail(
      'liveness',
      `a quorum alone stands still for ${boundMs / 1_000} s at ${this.#checks.height}: ${where.join('; ')}`,
    );
  }

  /** Everybody who is honest comes back, and everything that was promised is done. */
  async #all(): Promise<void> {
    const honest = this.#machines.filter(({ isHonest }) => isHonest);
    for (const machine of honest) machine.start();
    const isThere = (): boolean => {
      if (!this.#isSound()) return true;
      const isLevel = honest.every(
        ({ process }) => process?.isReady === true && process.height === this.#checks.height,
      );
      return (
        isLevel &&
        this.#checks.openCount() === 0 &&
        honest.every(isSettled) &&
        honest.every(isCosigned)
      );
    };
    await this.#world.runUntil(isThere, this.#world.nowMs + DRAIN_MS_MAX);
    if (this.#isSound()) this.#checks.checkPromises();
    for (const { name, process } of honest.filter((machine) => !isCosigned(machine))) {
      const size = process?.replica.cosigning.final()?.treeSize ?? 0;
      this.#checks.fail('cosigning', `${name} ends with a final checkpoint of ${size} entries`);
    }
  }
}

/** Whether a node knows that a quorum has cosigned the tree after its last block. */
function isCosigned({ process }: Machine): boolean {
  if (process === undefined) return false;
  return process.replica.cosigning.final()?.treeSize === treeHeadOf(process.ledger.edge()).treeSize;
}

/** Returns a check that verifies each claim once: every validator of a run hears the same. */
function rememberClaims(): ClaimCheck {
  const known = new Map<string, NoteSignature>();
  return (claim, log, validator) => {
    const key = `${validator.name} ${formatHex(encode(claimSchema, claim))}`;
    const line = known.get(key) ?? checkClaim(claim, log, validator);
    known.set(key, line);
    return line;
  };
}

/** Whether a node has nothing left to decide. */
function isSettled({ process }: Machine): boolean {
  return process?.receipts.pendingCount() === 0;
}

/**
 * How long a quorum may take, from its return to the last of five photographs that are submitted meanwhile.
 *
 * Ten seconds are the world's: three to connect again, three to be asked twice for history, two in which the
 * photographs come, two for verdicts and batches. Then the view in which everybody stands may be a dead one's, with
 * a timer that has grown to its limit. And once all those who are missing may come one after another, each for its
 * timer, which grows meanwhile: then the photographs are all in the pools, and one block holds them.
 */
function recoveryBoundMs({ validatorCount, params }: Plan, quorum: number): number {
  const deadTimers = Array.from({ length: validatorCount - quorum }, (_each, view) =>
    viewTimeoutMs(view, params),
  );
  return 10_000 + params.viewTimeoutMaxMs + deadTimers.reduce((sum, each) => sum + each, 0);
}
