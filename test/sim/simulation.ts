/**
 * One run: a network of validators under load and faults, then a quorum that must go on alone, then everybody.
 *
 * | part    | what happens                                             | what must hold                         |
 * | ------- | -------------------------------------------------------- | -------------------------------------- |
 * | trouble | load, faults, liars, for 120 seconds and 50 heights      | safety; 50 heights in time             |
 * | quorum  | faults end; a random honest quorum is whole, others dead | what is submitted now is on the chain  |
 * | all     | every honest validator comes back; no load               | every promise is kept on every chain   |
 */
import { quorumSize } from '../../chain/consensus/quorum.ts';
import type { Verifier } from '../../chain/consensus/statement.ts';
import { createSigner, type Signer, verifySigned } from '../../chain/signature.ts';
import type { GenesisFacts } from '../../chain/state.ts';
import { formatHex } from '../../chain/bytes.ts';
import { stubSigner, stubVerify } from '../chain/consensus/support/stubSignature.ts';
import { CHAIN_ID, hashOfText, validatorsOf } from '../support/chainValues.ts';
import { createLiar } from './byzantine/tongue.ts';
import { AUTHORITY, photographOf } from './camera.ts';
import { Checks, type Violation } from './checks/checks.ts';
import { Faults } from './faults.ts';
import { Machine } from './machine.ts';
import { Network } from './network/network.ts';
import { drawPlan, type Plan } from './plan.ts';
import type { Setting } from './setting.ts';
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
  /** Time from the quorum's return to the first block that holds something submitted after it. */
  readonly recoveryMs: number | undefined;
  readonly plan: Plan;
}

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
  readonly #faults: Faults;
  #photographCount = 0;
  #isLoaded = true;

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
      network: new Network(this.#world, this.#tally, this.#checks),
      signerOf: (index): Signer =>
        isReal ? SIGNERS[index]! : stubSigner(validators[index]!.consensusKey),
      isHonest: (index) => this.#plan.conducts[index] === 'honest',
    };
    this.#createMachines();
    this.#faults = new Faults(this.#setting, this.#machines, this.#plan);
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
      if (conduct !== 'twin') return;
      const twin = create(this.#machines.length, index);
      this.#world.schedule(this.#world.chance.below(60_000), undefined, () => {
        if (this.#world.chance.happens(0.5)) {
          twin.drive.restore(this.#machines[index]!.drive.backUp());
        }
        this.#tally.add('twin');
        if (this.#isLoaded) twin.start();
      });
    });
  }

  async run(): Promise<Outcome> {
    const { conducts, validatorCount } = this.#plan;
    this.#world.tell(() => `${validatorCount} validators: ${conducts.join(' ')}`);
    for (const machine of this.#machines.slice(0, validatorCount)) {
      this.#world.schedule(this.#world.chance.below(1_000), undefined, () => machine.start());
    }
    await this.#trouble();
    let recoveryMs: number | undefined;
    if (this.#isSound()) recoveryMs = await this.#quorum();
    if (this.#isSound()) await this.#all();
    return {
      seed: this.#seed,
      violations: this.#checks.violations,
      tally: this.#tally,
      simulatedMs: this.#world.nowMs,
      height: this.#checks.height,
      eventCount: this.#world.eventCount,
      digest: this.#world.digest,
      recoveryMs,
      plan: this.#plan,
    };
  }

  #isSound(): boolean {
    return this.#checks.violations.length === 0;
  }

  async #trouble(): Promise<void> {
    this.#scheduleLoad();
    this.#world.schedule(2_000, undefined, () => this.#faults.start());
    const isOver = (): boolean => !this.#isSound();
    await this.#world.runUntil(isOver, TROUBLE_MS_MIN);
    const isDone = (): boolean => isOver() || this.#checks.height >= HEIGHT_MIN;
    if (await this.#world.runUntil(isDone, TROUBLE_MS_MAX / 2)) return;
    this.#faults.isMild = true;
    if (await this.#world.runUntil(isDone, TROUBLE_MS_MAX)) return;
    this.#checks.fail('progress', `${this.#checks.height} heights in ${TROUBLE_MS_MAX / 1_000} s`);
  }

  /** Photographs come at random, with quiet times between. */
  #scheduleLoad(): void {
    const { chance } = this.#world;
    const isQuiet = chance.happens(0.03);
    const meanMs = 1_000 / this.#plan.loadPerS;
    const delayMs = isQuiet ? chance.below(12_000) : -Math.log(1 - chance.next()) * meanMs;
    this.#world.schedule(delayMs, undefined, () => {
      if (!this.#isLoaded) return;
      this.#submit(this.#machines);
      this.#scheduleLoad();
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

  /** A quorum of honest machines goes on, whoever else is dead. */
  async #quorum(): Promise<number | undefined> {
    const { chance } = this.#world;
    const { validatorCount } = this.#plan;
    this.#faults.stop();
    this.#isLoaded = false;
    const honest = this.#machines.filter(({ isHonest }) => isHonest);
    const order = honest
      .map((machine) => ({ machine, place: chance.next() }))
      .sort((a, b) => a.place - b.place);
    const chosen = order.slice(0, quorumSize(validatorCount)).map(({ machine }) => machine);
    this.#world.tell(() => `only ${chosen.map(({ name }) => name).join(' ')} go on`);
    for (const machine of this.#machines) {
      if (!chosen.includes(machine)) machine.end('kill');
      else if (machine.isPaused) machine.resume();
      else machine.start();
    }
    return this.#awaitProgress(chosen);
  }

  async #awaitProgress(chosen: readonly Machine[]): Promise<number | undefined> {
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
      return this.#world.nowMs - healedMs;
    }
    const where = chosen.map(({ name, process }) => `${name} ${process?.describe() ?? 'down'}`);
    this.#checks.fail(
      'liveness',
      `a quorum alone stands still for ${boundMs / 1_000} s at ${this.#checks.height}: ${where.join('; ')}`,
    );
    return undefined;
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
      return isLevel && this.#checks.openCount() === 0 && honest.every(isSettled);
    };
    await this.#world.runUntil(isThere, this.#world.nowMs + DRAIN_MS_MAX);
    if (this.#isSound()) this.#checks.checkPromises();
  }
}

/** Whether a node has nothing left to decide. */
function isSettled({ process }: Machine): boolean {
  return process !== undefined && process.receipts.pendingCount() === 0;
}

/**
 * How long a quorum may take, from its return to the last of five photographs that are submitted meanwhile.
 *
 * Three seconds to connect again, one to be asked for history, two for the photographs, their verdicts and their
 * batches; then for each dead proposer in a row a timer that may have grown to its limit.
 */
function recoveryBoundMs({ validatorCount, params }: Plan, quorum: number): number {
  const deadCount = validatorCount - quorum;
  return 15_000 + (deadCount + 2) * 2 * params.viewTimeoutMaxMs;
}
