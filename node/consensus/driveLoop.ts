/**
 * The drive loop: feeds the engine one input at a time and pays what it owes, in order.
 *
 * Persist (fdatasync), then send, then apply. If a write fails the node stops: it never goes on from
 * memory. Everything that waits for a block learns of it here, after the block is durable.
 */
import type { SignedBatch } from '../../chain/batch.ts';
import { type Header, hashHeader } from '../../chain/block.ts';
import { formatHex } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import type { Engine } from '../../chain/consensus/engine.ts';
import type { Equivocation } from '../../chain/consensus/equivocation.ts';
import { durableSchema, type Message } from '../../chain/consensus/message.ts';
import type { Place } from '../../chain/consensus/proposer.ts';
import type {
  BuildRequest,
  CheckRequest,
  Decision,
  Input,
  Ready,
} from '../../chain/consensus/ready.ts';
import type { Checked } from '../../chain/consensus/statement.ts';
import { ChainError } from '../../chain/errors.ts';
import { invariant } from '../../chain/invariant.ts';
import { type Applied, earliestTime, valueAt } from '../../chain/state.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Ledger } from '../ledger.ts';
import type { BatchPool } from '../mempool/batchPool.ts';
import type { Built } from './blockBuilder.ts';
import { judgeBlock } from './blockJudge.ts';
import { Executions } from './executions.ts';
import type { Wal } from './wal.ts';

/** The world of the drive loop. */
export interface DrivePorts {
  readonly engine: Engine;
  readonly wal: Wal;
  readonly ledger: Ledger;
  readonly pool: BatchPool;
  readonly clock: Clock;
  /** Sends messages to the other validators; a set of one has none. */
  send(messages: readonly Message[]): void;
  /** Tells where this validator stands: one peer, or all. */
  sendStatus(place: Place, peerId?: string): void;
  build(request: BuildRequest, isKeepaliveDue: boolean): Built | undefined;
  /** Resolves when the batches that a header names are in the pool, or to why it cannot be voted for. */
  ensure(request: CheckRequest, signal: AbortSignal): Promise<ChainError | undefined>;
  /** Called after a block is durable, before the next is built. */
  onApplied(block: AppliedBlock): Promise<void>;
  /** Called with proofs of equivocation that are new here. */
  onEvidence(evidence: readonly Equivocation[]): void;
  /** Called when blocks up to a height are said to be decided elsewhere. */
  onBehind(height: number, peerId: string): void;
  /** Called after each step, once it is paid. */
  onStep(input: Input, ready: Ready): void;
  /** Called with why a proposal is not voted for. */
  onRefused(error: ChainError, header: Header): void;
  /** Called when the node must stop. */
  onFault(error: unknown): void;
}

/** A block with the votes that decided it and the batches that it names, in the header's order. */
export interface DecidedBatches extends Decision {
  readonly batches: readonly SignedBatch[];
}

/** A block that is durable here. */
export interface AppliedBlock extends DecidedBatches {
  readonly applied: Applied;
  /** How long applying it took. */
  readonly seconds: number;
}

const WAL_BYTES_MAX = 1_048_576;
/** Time without progress after which a validator says again where it stands. */
const TICK_MS = 1_000;

/** Drives one validator. */
export class DriveLoop {
  readonly #ports: DrivePorts;
  readonly #executions = new Executions();
  /** Whether the engine was told last that there is work. */
  #work = false;
  #isKeepaliveDue = false;
  #tail: Promise<void> = Promise.resolve();
  #keepalive: Timer | undefined;
  #ticker: Timer | undefined;
  #viewTimer: Timer | undefined;
  #search: AbortController | undefined;
  #hasProgress = false;
  #started = false;
  #stopped = false;

  constructor(ports: DrivePorts) {
    this.#ports = ports;
  }

  /** Says again what was said before a restart, and begins. */
  start(): Promise<void> {
    this.#started = true;
    return this.#enqueue(async () => {
      this.#armKeepalive(this.#silentMs());
      this.#armTicker();
      const answers = await this.#pay(undefined, this.#ports.engine.resume());
      for (const input of answers) await this.#step(input);
      await this.#offerWork();
    });
  }

  /** Tells the loop that the pool has changed. Before the start there is nothing to tell: it looks itself. */
  wake(): void {
    // Else a block could be proposed where the log already holds a proposal.
    if (!this.#started) return;
    void this.#enqueue(() => this.#offerWork());
  }

  /** Takes a message of a peer; resolves when what follows from it is done. */
  receive(peerId: string, message: Checked<Message>): Promise<void> {
    return this.#enqueue(() => {
      const nowMs = this.#ports.clock.nowMs();
      return this.#step({ type: 'message', message, nowMs }, peerId);
    });
  }

  /** Takes what a peer says of where it stands. */
  receiveStatus(peerId: string, place: Place): Promise<void> {
    return this.#enqueue(() => this.#step({ type: 'status', peer: peerId, place }, peerId));
  }

  /** A peer is there again: says again what it may have missed. */
  repeat(): void {
    void this.#enqueue(() => this.#step({ type: 'tick' }));
  }

  /** R16: signs nothing at heights up to this one. */
  setSignFloor(height: number): Promise<void> {
    return this.#enqueue(async () => {
      // Nothing was lost: what is said from now on is all that the next start must know.
      if (height === 0) await this.#ports.wal.begin();
      await this.#step({ type: 'sign-floor', height });
    });
  }

  /** R16: takes a checked certificate whose block is on its way. */
  holdCertificate(decision: Decision): Promise<void> {
    return this.#enqueue(() => this.#step({ type: 'certified', decision }));
  }

  /** Applies a block that others decided, which is checked; resolves when it is durable, or was already. */
  applySynced(block: DecidedBatches): Promise<void> {
    return this.#enqueue(async () => {
      if (block.header.height !== this.#ports.ledger.edge().header.height + 1) return;
      for (const input of await this.#apply(block)) await this.#step(input);
    });
  }

  /** Resolves when everything under way is done; nothing starts after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#keepalive?.cancel();
    this.#ticker?.cancel();
    this.#viewTimer?.cancel();
    this.#search?.abort();
    await this.#tail;
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(async () => {
      if (this.#stopped) return;
      try {
        await task();
      } catch (error) {
        this.#stopped = true;
        this.#ports.onFault(error);
      }
    });
    return this.#tail;
  }

  /** R7: tells the engine whether there is something to propose. */
  async #offerWork(): Promise<void> {
    const waiting = this.#hasWork();
    if (waiting || this.#work) await this.#step({ type: 'work', waiting });
  }

  #hasWork(): boolean {
    const { pool, clock, ledger } = this.#ports;
    const timestampMs = Math.max(clock.nowMs(), earliestTime(ledger.edge().header, undefined));
    return this.#isKeepaliveDue || pool.hasWork(timestampMs);
  }

  async #step(input: Input, peerId?: string): Promise<void> {
    const inputs = [input];
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      if (next.type === 'work') this.#work = next.waiting;
      inputs.unshift(...(await this.#pay(next, this.#ports.engine.step(next), peerId)));
    }
  }

  /** Pays what one step owes, in order; returns the answers that it asked for. */
  async #pay(input: Input | undefined, ready: Ready, peerId?: string): Promise<readonly Input[]> {
    const { wal } = this.#ports;
    // R3: durable before anybody hears it.
    await wal.append(ready.persist.map((message) => encode(durableSchema, message)));
    if (ready.send.length > 0) this.#ports.send(ready.send);
    if (ready.status !== undefined) this.#ports.sendStatus(ready.status);
    this.#setViewTimer(ready.timer);
    const answers = await this.#answer(ready);
    this.#tell(ready, peerId);
    if (input !== undefined) this.#ports.onStep(input, ready);
    return answers;
  }

  async #answer({ decided, build, check }: Ready): Promise<readonly Input[]> {
    if (decided !== undefined) return this.#apply(this.#withBatches(decided));
    if (build !== undefined) return [this.#build(build)];
    if (check !== undefined) this.#check(check);
    return [];
  }

  /** What may be lost without harm: hints, proofs that are found again, news for operators. */
  #tell({ evidence, behind, help }: Ready, peerId: string | undefined): void {
    if (evidence.length > 0) this.#ports.onEvidence(evidence);
    if (behind !== undefined && peerId !== undefined) this.#ports.onBehind(behind.height, peerId);
    // Who is behind hears how far the chain is, and asks for what it lacks.
    if (help !== undefined) this.#ports.sendStatus(this.#ports.engine.place(), help.peer);
  }

  /** R14: sets the one timer of the view, in place of another, or stops it. */
  #setViewTimer(timer: Ready['timer']): void {
    if (timer === undefined) return;
    this.#viewTimer?.cancel();
    this.#viewTimer = undefined;
    if (timer === 'stop' || this.#stopped) return;
    const { place, delayMs } = timer;
    this.#viewTimer = this.#ports.clock.setTimer(delayMs, () => {
      void this.#enqueue(() => this.#step({ type: 'timeout', place }));
    });
  }

  #build(request: BuildRequest): Input {
    const built = this.#ports.build(request, this.#isKeepaliveDue);
    if (built === undefined) return { type: 'work', waiting: false };
    this.#executions.add(built.header, built.execution);
    return { type: 'built', header: built.header };
  }

  /** R1: finds what a proposal names and judges it, while other messages go on. */
  #check(request: CheckRequest): void {
    const { header, isFresh } = request;
    this.#search?.abort();
    const search = new AbortController();
    this.#search = search;
    const found = this.#ports.ensure(request, search.signal).then((problem) =>
      this.#enqueue(async () => {
        if (search.signal.aborted) return;
        const refused = problem ?? (isFresh ? this.#judge(header) : undefined);
        if (refused !== undefined) this.#ports.onRefused(refused, header);
        else await this.#step({ type: 'valid', blockHash: hashHeader(header) });
      }),
    );
    found.catch((error: unknown) => {
      this.#ports.onFault(error);
    });
  }

  #judge(header: Header): ChainError | undefined {
    try {
      const execution = judgeBlock(header, this.#ports);
      this.#executions.add(header, execution);
      return undefined;
    } catch (error) {
      if (error instanceof ChainError) return error;
      throw error;
    }
  }

  #withBatches(decision: Decision): DecidedBatches {
    const batches = decision.header.batchIds.map((id) => {
      const pooled = this.#ports.pool.find(id);
      invariant(pooled !== undefined, `R1: batch ${formatHex(id)} of a decided block is held here`);
      return pooled.signed;
    });
    return { ...decision, batches };
  }

  /** R8: makes a decided block durable; returns what the engine is told of it. */
  async #apply(block: DecidedBatches): Promise<readonly Input[]> {
    const { ledger, wal, clock } = this.#ports;
    const execution = this.#executions.find(block.header);
    const start = performance.now();
    const applied = await ledger.append({ ...block, execution });
    const seconds = (performance.now() - start) / 1_000;
    this.#search?.abort();
    this.#executions.clear();
    this.#hasProgress = true;
    this.#isKeepaliveDue = false;
    this.#armKeepalive(this.#keepaliveMs());
    if (wal.sizeBytes() > WAL_BYTES_MAX) await wal.truncate();
    await this.#ports.onApplied({ ...block, applied, seconds });
    return [
      { type: 'work', waiting: this.#hasWork() },
      { type: 'applied', tip: applied.edge, nowMs: clock.nowMs() },
    ];
  }

  #keepaliveMs(): number {
    const { state } = this.#ports.ledger.edge();
    return valueAt(state.params, state.height + 1).keepaliveS * 1_000;
  }

  /** How long the chain may still be silent after a start. Clocks may be wrong: never longer than from now on. */
  #silentMs(): number {
    const { header } = this.#ports.ledger.edge();
    const keepaliveMs = this.#keepaliveMs();
    const leftMs = header.timestampMs + keepaliveMs - this.#ports.clock.nowMs();
    return Math.min(Math.max(leftMs, 0), keepaliveMs);
  }

  /** By this node's own timer and not by the block's time: clocks that differ lose no views. */
  #armKeepalive(delayMs: number): void {
    this.#keepalive?.cancel();
    if (this.#stopped) return;
    this.#keepalive = this.#ports.clock.setTimer(delayMs, () => {
      this.#isKeepaliveDue = true;
      this.wake();
    });
  }

  /** R15: once a second without progress; batches that lay ahead may have become timely. */
  #armTicker(): void {
    if (this.#stopped) return;
    this.#ticker = this.#ports.clock.setTimer(TICK_MS, () => {
      this.#armTicker();
      void this.#enqueue(async () => {
        const isQuiet = !this.#hasProgress;
        this.#hasProgress = false;
        if (isQuiet) await this.#step({ type: 'tick' });
        await this.#offerWork();
      });
    });
  }
}
