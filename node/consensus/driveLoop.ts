/**
 * The drive loop: feeds the engine one input at a time and pays what it owes, in order.
 *
 * Persist (fdatasync), then send, then apply. If a write fails the node stops: it never goes on from
 * memory. Everything that waits for a block learns of it here, after the block is durable.
 */
import type { SignedBatch } from '../../chain/batch.ts';
import type { Header } from '../../chain/block.ts';
import { formatHex } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import type { Engine } from '../../chain/consensus/engine.ts';
import { durableSchema, type Message } from '../../chain/consensus/message.ts';
import type { BuildRequest, Decision, Input, Ready } from '../../chain/consensus/ready.ts';
import { invariant } from '../../chain/invariant.ts';
import type { Applied, Edge, Execution } from '../../chain/state.ts';
import type { BatchPool } from '../mempool/batchPool.ts';
import type { Built } from './blockBuilder.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Ledger } from '../ledger.ts';
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
  build(request: BuildRequest): Built;
  /** Called after a block is durable, before the next is built. */
  onApplied(block: AppliedBlock): Promise<void>;
  /** Called with batches that a block left out for their times; resolves when they are cut anew. */
  onUntimely(untimely: Built['untimely']): Promise<void>;
  /** Called when the node must stop. */
  onFault(error: unknown): void;
}

/** A block that is durable here. */
export interface AppliedBlock {
  readonly decision: Decision;
  /** In the header's order. */
  readonly batches: readonly SignedBatch[];
  readonly applied: Applied;
  /** How long applying it took. */
  readonly seconds: number;
}

const WAL_BYTES_MAX = 1_048_576;

/** Drives one validator. */
export class DriveLoop {
  readonly #ports: DrivePorts;
  /** Executions of headers that this node built, by block hash, until one is decided. */
  #built: { readonly header: Header; readonly execution: Execution } | undefined;
  #work = false;
  #tail: Promise<void> = Promise.resolve();
  #keepalive: Timer | undefined;
  #viewTimer: Timer | undefined;
  #started = false;
  #stopped = false;

  constructor(ports: DrivePorts) {
    this.#ports = ports;
  }

  /** Says again what was said before a restart, and begins. */
  start(): Promise<void> {
    this.#started = true;
    return this.#enqueue(async () => {
      await this.#pay(this.#ports.engine.resume());
      await this.#offerWork();
    });
  }

  /** Tells the loop that the pool has changed. Before the start there is nothing to tell: it looks itself. */
  wake(): void {
    // Else a block could be proposed where the log already holds a proposal.
    if (!this.#started) return;
    void this.#enqueue(() => this.#offerWork());
  }

  /** Resolves when everything under way is done; nothing starts after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#keepalive?.cancel();
    this.#viewTimer?.cancel();
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

  /** Offers work until the engine asks for no more blocks. */
  async #offerWork(): Promise<void> {
    const waiting = this.#ports.pool.count() > 0 || this.#keepaliveDelayMs() <= 0;
    if (waiting || this.#work) await this.#step({ type: 'work', waiting });
    this.#work = waiting;
    this.#armKeepalive();
  }

  async #step(input: Input): Promise<void> {
    await this.#pay(this.#ports.engine.step(input));
  }

  async #pay(first: Ready): Promise<void> {
    const { wal, engine, clock } = this.#ports;
    for (let ready: Ready | undefined = first; ready !== undefined;) {
      await wal.append(ready.persist.map((message) => encode(durableSchema, message)));
      if (ready.send.length > 0) this.#ports.send(ready.send);
      this.#setViewTimer(ready.timer);
      if (ready.decided !== undefined) {
        const tip = await this.#apply(ready.decided);
        ready = engine.step({ type: 'applied', tip, nowMs: clock.nowMs() });
      } else if (ready.build !== undefined) {
        const header = await this.#build(ready.build);
        ready = engine.step(
          header === undefined ? { type: 'work', waiting: false } : { type: 'built', header },
        );
      } else {
        ready = undefined;
      }
    }
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

  async #build(request: BuildRequest): Promise<Header | undefined> {
    const { header, execution, untimely } = this.#ports.build(request);
    if (untimely.length > 0) await this.#ports.onUntimely(untimely);
    if (header === undefined || execution === undefined) return undefined;
    this.#built = { header, execution };
    return header;
  }

  async #apply(decision: Decision): Promise<Edge> {
    const { ledger, pool, wal } = this.#ports;
    const { header } = decision;
    const batches = header.batchIds.map((id) => {
      const pooled = pool.find(id);
      invariant(pooled !== undefined, `R1: batch ${formatHex(id)} of a decided block is held here`);
      return pooled.signed;
    });
    const execution = this.#built?.header === header ? this.#built.execution : undefined;
    const start = performance.now();
    const applied = await ledger.append({ ...decision, batches, execution });
    const seconds = (performance.now() - start) / 1_000;
    this.#built = undefined;
    for (const id of header.batchIds) pool.remove(id);
    if (wal.sizeBytes() > WAL_BYTES_MAX) await wal.truncate();
    await this.#ports.onApplied({ decision, batches, applied, seconds });
    this.#work = pool.count() > 0;
    return applied.edge;
  }

  #keepaliveDelayMs(): number {
    const { ledger, clock } = this.#ports;
    const { state, header } = ledger.edge();
    const keepaliveS = state.params.at(-1)?.value.keepaliveS ?? 0;
    return header.timestampMs + keepaliveS * 1_000 - clock.nowMs();
  }

  #armKeepalive(): void {
    this.#keepalive?.cancel();
    if (this.#stopped) return;
    const delayMs = Math.min(
      Math.max(this.#keepaliveDelayMs(), KEEPALIVE_MIN_MS),
      KEEPALIVE_MAX_MS,
    );
    this.#keepalive = this.#ports.clock.setTimer(delayMs, () => {
      this.wake();
    });
  }
}

const KEEPALIVE_MIN_MS = 100;
const KEEPALIVE_MAX_MS = 60_000;
