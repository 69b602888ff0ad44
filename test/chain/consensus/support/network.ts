/**
 * A network of engines under a clock that a queue moves: loss, delay, duplication, reordering, partitions,
 * crashes at every point of a step, restarts, and validators that lie. A seed gives the whole schedule.
 *
 * What must never happen is looked for at every step: `violations` lists it.
 */
import { type Header, hashHeader } from '../../../../chain/block.ts';
import { equalBytes, formatHex } from '../../../../chain/bytes.ts';
import {
  checkMessage,
  heightOf,
  type Message,
  statementsOf,
} from '../../../../chain/consensus/message.ts';
import type { CheckRequest, Input, Ready } from '../../../../chain/consensus/ready.ts';
import {
  type Checked,
  type CheckContext,
  contextAt,
} from '../../../../chain/consensus/statement.ts';
import { ChainError } from '../../../../chain/errors.ts';
import { hashOfText } from '../../../support/chainValues.ts';
import { EventQueue } from '../../../support/eventQueue.ts';
import { START_MS } from './blocks.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type Liar, type Parcel } from './liars.ts';
import { type DecidedBlock, Replica } from './replica.ts';
import { stubVerify } from './stubSignature.ts';

/** How bad a network is. */
export interface Weather {
  /** Share of messages lost, and of those delivered twice. */
  readonly loss: number;
  /** Share of messages of one kind that are lost besides. */
  readonly lossByKind?: { readonly kind: Message['kind']; readonly share: number };
  readonly duplication: number;
  readonly delayMaxMs: number;
  /** Share of steps in which the process ends, at some point. */
  readonly crash: number;
  /** Share of heights whose first to decide is gone at once, and alone knows what is decided. */
  readonly secrecy?: number;
}

/** Everything arrives, in its time. */
export const FAIR: Weather = { loss: 0, duplication: 0, delayMaxMs: 50, crash: 0 };

/** What a network is made of. */
export interface NetworkOptions {
  readonly seed: number;
  readonly validatorCount: number;
  readonly weather: Weather;
  /** Validators that lie, by index. */
  readonly liars?: ReadonlyMap<number, Liar>;
}

interface Event {
  readonly dueMs: number;
  readonly order: number;
  readonly act: () => void;
}

const TICK_MS = 1_000;
const BATCH_MS = 300;

/** Validators, and the wires between them. */
export class Network {
  readonly replicas: readonly Replica[];
  readonly violations: string[] = [];
  readonly chance: Chance;
  weather: Weather;
  nowMs = 0;
  viewChangeCount = 0;
  crashCount = 0;
  refusedCount = 0;
  readonly liars: ReadonlyMap<number, Liar>;
  /** Groups that hear each other; one group: all do. */
  #groups: readonly number[];
  readonly #events = new EventQueue<Event>();
  #order = 0;
  readonly #verdicts = new WeakMap<Message, boolean>();
  #batchCount = 0;
  #hasClients = true;
  readonly #decided = new Map<number, Uint8Array>();
  /** What each honest key has signed, by slot: judged on the wire. */
  readonly #signed = new Map<string, Uint8Array>();

  constructor({ seed, validatorCount, weather, liars = new Map() }: NetworkOptions) {
    this.chance = chanceOf(seed);
    this.weather = weather;
    this.liars = liars;
    this.#groups = Array.from({ length: validatorCount }, () => 0);
    this.replicas = this.#groups.map(
      (_group, index) => new Replica(index, validatorCount, this.chance.below(4_000) - 2_000),
    );
    for (const replica of this.replicas) this.#start(replica);
    this.#addBatches();
  }

  /** Those that do not lie. */
  honest(): readonly Replica[] {
    return this.replicas.filter(({ index }) => !this.liars.has(index));
  }

  /** The lowest height of an honest validator that runs. */
  height(): number {
    const up = this.honest().filter(({ isUp }) => isUp);
    return Math.min(...up.map(({ height }) => height));
  }

  /** Runs for a time. */
  run(forMs: number): void {
    const endMs = this.nowMs + forMs;
    this.#runWhile(endMs, () => true);
  }

  /** Runs until the honest have this height; returns the time that it took, or undefined where it is too long. */
  runTo(height: number, limitMs: number): number | undefined {
    const startMs = this.nowMs;
    this.#runWhile(startMs + limitMs, () => this.height() < height);
    return this.height() >= height ? this.nowMs - startMs : undefined;
  }

  #runWhile(endMs: number, isWanted: () => boolean): void {
    while (isWanted() && this.violations.length === 0) {
      const event = this.#events.take();
      if (event === undefined || event.dueMs > endMs) {
        if (event !== undefined) this.#events.add(event);
        break;
      }
      this.nowMs = event.dueMs;
      event.act();
    }
    if (this.nowMs < endMs && isWanted()) this.nowMs = endMs;
  }

  /** Parts the validators: those of different groups do not hear each other. */
  part(groups: readonly number[]): void {
    this.#groups = groups;
  }

  /** Ends a validator's process. */
  crash(replica: Replica): void {
    if (!replica.isUp) return;
    replica.isUp = false;
    replica.life += 1;
    this.crashCount += 1;
  }

  /** Starts a validator's process with what is durable. */
  restart(replica: Replica): void {
    if (replica.isUp) return;
    replica.restart();
    this.#start(replica);
  }

  /** All wires hold, everybody runs, nothing more goes wrong; liars go on. */
  heal(): void {
    this.weather = FAIR;
    this.part(this.replicas.map(() => 0));
    for (const replica of this.replicas) this.restart(replica);
  }

  /** Calls `act` after a time. */
  after(delayMs: number, act: () => void): void {
    this.#order += 1;
    this.#events.add({ dueMs: this.nowMs + delayMs, order: this.#order, act });
  }

  #start(replica: Replica): void {
    this.#pay(replica, replica.engine.resume());
    this.#offerWork(replica);
    this.#tickLater(replica, replica.life, this.chance.below(TICK_MS));
  }

  #tickLater(replica: Replica, life: number, delayMs: number): void {
    this.after(delayMs, () => {
      if (replica.life !== life) return;
      const { height, view } = replica.engine.place();
      const at = `${height}/${view}`;
      if (replica.last === at) this.#step(replica, { type: 'tick' });
      replica.last = at;
      this.#announce(replica);
      this.#tickLater(replica, life, TICK_MS);
    });
  }

  #announce(replica: Replica): void {
    for (const other of this.replicas) {
      if (!this.#hears(replica, other)) continue;
      for (const [key, id] of replica.pool) this.#giveBatch(other, key, id);
    }
  }

  /** No client sends anything any more. */
  stopBatches(): void {
    this.#hasClients = false;
  }

  #addBatches(): void {
    this.after(BATCH_MS, () => {
      if (!this.#hasClients) return;
      this.#batchCount += 1;
      const id = hashOfText(`batch ${this.#batchCount}`);
      const owner = this.chance.pick(this.replicas);
      if (owner.isUp) {
        this.#giveBatch(owner, formatHex(id), id);
        this.#announce(owner);
      }
      this.#addBatches();
    });
  }

  #giveBatch(replica: Replica, key: string, id: Uint8Array): void {
    if (!replica.isUp || !replica.takeBatch(key, id)) return;
    this.#later(replica, this.chance.below(20), () => this.#offerWork(replica));
  }

  #offerWork(replica: Replica): void {
    this.#step(replica, { type: 'work', waiting: replica.pool.size > 0 });
  }

  /** Calls `act` after a time, unless the process has ended meanwhile. */
  #later(replica: Replica, delayMs: number, act: () => void): void {
    const { life } = replica;
    this.after(delayMs, () => {
      if (replica.life === life && replica.isUp) act();
    });
  }

  #hears(a: Replica, b: Replica): boolean {
    return a !== b && a.isUp && b.isUp && this.#groups[a.index] === this.#groups[b.index];
  }

  #step(replica: Replica, input: Input): void {
    if (!replica.isUp) return;
    this.#pay(replica, replica.engine.step(input));
  }

  #pay(replica: Replica, ready: Ready): void {
    if (this.#ends(replica)) return; // Nothing is durable, nothing was sent.
    replica.persist(ready.persist);
    if (this.#ends(replica)) return; // It is durable and was not sent.
    for (const message of ready.send) this.#send(replica, message);
    if (ready.status !== undefined) this.#sendStatus(replica, ready.status);
    this.#setTimer(replica, ready.timer);
    replica.evidence.push(...ready.evidence);
    if (ready.decided !== undefined) {
      if (this.#ends(replica)) return; // It is decided and not applied.
      this.#apply(replica, ready.decided);
      return;
    }
    this.#answer(replica, ready);
    this.#synchronise(replica, ready);
  }

  #ends(replica: Replica): boolean {
    if (!this.chance.happens(this.weather.crash)) return !replica.isUp;
    this.crash(replica);
    this.after(this.chance.below(6_000), () => this.restart(replica));
    return true;
  }

  #send(replica: Replica, message: Message): void {
    const liar = this.liars.get(replica.index);
    const others = this.replicas.filter((other) => other !== replica);
    if (liar === undefined) this.#noteSigned(message);
    if (message.kind === 4) this.viewChangeCount += 1;
    const parcels: readonly Parcel[] =
      liar === undefined
        ? others.map(({ index }) => ({ to: index, message }))
        : liar({ chance: this.chance, replicas: this.replicas, replica, message });
    for (const { to, message: said } of parcels) this.#carry(replica, this.replicas[to]!, said);
  }

  /** Judges on the wire that no honest key signs two values for one slot. */
  #noteSigned(message: Message): void {
    const { index, height, view, phase, valueHash } = statementsOf(message)[0]!;
    const slot = `${index}/${height}/${view}/${phase}`;
    const before = this.#signed.get(slot) ?? valueHash;
    if (!equalBytes(before, valueHash)) this.violations.push(`two values are signed for ${slot}`);
    this.#signed.set(slot, valueHash);
  }

  #carry(from: Replica, to: Replica, message: Message): void {
    const { lossByKind } = this.weather;
    if (lossByKind?.kind === message.kind && this.chance.happens(lossByKind.share)) return;
    const copies = this.chance.happens(this.weather.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.chance.happens(this.weather.loss)) continue;
      this.#later(to, 1 + this.chance.below(this.weather.delayMaxMs), () => {
        if (this.#groups[from.index] === this.#groups[to.index]) this.#deliver(to, message);
      });
    }
  }

  #deliver(replica: Replica, message: Message): void {
    const height = heightOf(message);
    const context = contextAt(replica.tip.state, height, stubVerify);
    if (context === undefined) {
      // What cannot be checked is only a hint.
      this.#step(replica, { type: 'status', peer: '', place: { height, view: 0 } });
      return;
    }
    if (!this.#isAccepted(message, context)) return;
    const checked = message as Checked<Message>;
    this.#step(replica, { type: 'message', message: checked, nowMs: this.#clockOf(replica) });
  }

  /** Checks a message once for all who receive it: they would all come to the same. */
  #isAccepted(message: Message, context: CheckContext): boolean {
    const known = this.#verdicts.get(message);
    if (known !== undefined) return known;
    let isAccepted = true;
    try {
      checkMessage(message, context);
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      isAccepted = false;
      this.refusedCount += 1;
    }
    this.#verdicts.set(message, isAccepted);
    return isAccepted;
  }

  #clockOf(replica: Replica): number {
    return START_MS + this.nowMs + replica.skewMs;
  }

  #sendStatus(replica: Replica, place: NonNullable<Ready['status']>): void {
    const peer = `${replica.index}`;
    for (const other of this.replicas) {
      if (!this.#hears(replica, other) || this.chance.happens(this.weather.loss)) continue;
      this.#later(other, 1 + this.chance.below(this.weather.delayMaxMs), () => {
        this.#step(other, { type: 'status', peer, place });
      });
    }
  }

  #setTimer(replica: Replica, timer: Ready['timer']): void {
    // A stopped timer may still fire here: the engine ignores what is stale.
    if (timer === undefined || timer === 'stop') return;
    const { place, delayMs } = timer;
    this.#later(replica, delayMs, () => {
      this.#step(replica, { type: 'timeout', place });
    });
  }

  #apply(replica: Replica, block: DecidedBlock): void {
    const { height } = block.header;
    const blockHash = hashHeader(block.header);
    const isFirst = !this.#decided.has(height) && !this.liars.has(replica.index);
    const before = this.#decided.get(height) ?? blockHash;
    if (!this.liars.has(replica.index)) {
      if (!equalBytes(before, blockHash))
        this.violations.push(`two blocks are decided at ${height}`);
      this.#decided.set(height, blockHash);
    }
    replica.append(block);
    if (this.chance.happens(0.1)) replica.truncateLog();
    if (isFirst && this.chance.happens(this.weather.secrecy ?? 0)) {
      this.crash(replica);
      this.after(5_000 + this.chance.below(20_000), () => this.restart(replica));
      return;
    }
    this.#step(replica, { type: 'applied', tip: replica.tip, nowMs: this.#clockOf(replica) });
    this.#offerWork(replica);
  }

  #answer(replica: Replica, { build, check }: Ready): void {
    if (build !== undefined) {
      this.#later(replica, this.chance.below(20), () => {
        const header = replica.build(build, this.#clockOf(replica));
        this.#step(
          replica,
          header === undefined ? { type: 'work', waiting: false } : { type: 'built', header },
        );
      });
    }
    if (check !== undefined) this.#check(replica, check);
  }

  #check(replica: Replica, request: CheckRequest): void {
    const { header, isFresh } = request;
    this.#later(replica, 1 + this.chance.below(30), () => {
      if (replica.engine.place().height !== header.height) return;
      this.#fetchBatches(replica, header);
      if (!replica.holds(header)) {
        this.#later(replica, 200, () => this.#check(replica, request));
      } else if (!isFresh || replica.isValid(header)) {
        this.#step(replica, { type: 'valid', blockHash: hashHeader(header) });
      }
    });
  }

  #fetchBatches(replica: Replica, header: Header): void {
    for (const id of header.batchIds) {
      const key = formatHex(id);
      const isNear = this.replicas.some(
        (other) => this.#hears(replica, other) && other.batches.has(key),
      );
      if (isNear) this.#giveBatch(replica, key, id);
    }
  }

  #synchronise(replica: Replica, { behind, help }: Ready): void {
    if (help !== undefined && help.peer !== '') {
      const peer = this.replicas[Number(help.peer)]!;
      const block = replica.chain[help.height - 1];
      if (block !== undefined && this.#hears(replica, peer)) this.#receiveBlock(peer, block);
    }
    if (behind === undefined) return;
    const ahead = this.replicas.filter(
      (other) => this.#hears(replica, other) && other.height > replica.height,
    );
    if (ahead.length === 0) return;
    const { chain } = this.chance.pick(ahead);
    this.#later(replica, 1 + this.chance.below(this.weather.delayMaxMs), () => {
      for (const block of chain.slice(replica.height)) this.#takeBlock(replica, block);
    });
  }

  #receiveBlock(replica: Replica, block: DecidedBlock): void {
    this.#later(replica, 1 + this.chance.below(this.weather.delayMaxMs), () => {
      this.#takeBlock(replica, block);
    });
  }

  #takeBlock(replica: Replica, block: DecidedBlock): void {
    const isNext = block.header.height === replica.height + 1;
    if (replica.isUp && isNext) this.#apply(replica, block);
  }
}
