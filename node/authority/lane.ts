/**
 * One authority's lane: the submissions that wait for it, and the questions under way.
 *
 * ```
 * enqueue ─▶ queued ─▶ asking ─▶ settling ─▶ gone
 *              ▲                    │
 *              └───── delayed ◀─────┘ no verdict
 * ```
 *
 * Lanes share nothing, so a slow authority delays its own submissions only. While the circuit is open
 * nothing is asked, and what is queued stays so without losing attempts. A lane remembers ids alone: what
 * they stand for, and how often they were asked, is durable elsewhere, so stopping drops nothing.
 */
import { formatHex, parseHex } from '../../chain/bytes.ts';
import type { Clock, Timer } from '../clock.ts';
import { type Admission, Breaker, type BreakerOptions, type Outcome } from './breaker.ts';
import {
  CONCURRENCY_MAX,
  FAILURE_COUNT_MAX,
  OPEN_MS_MAX,
  OPEN_MS_MIN,
  TIMER_MS_MAX,
} from './limits.ts';
import type { Answer } from './question.ts';
import { DelayQueue, FifoQueue } from './queues.ts';

/** How a lane asks. */
export interface LaneOptions {
  /** Questions at a time. Default: 64. */
  readonly concurrency?: number;
  readonly breaker?: BreakerOptions;
}

/** The world of a lane. */
export interface LanePorts {
  readonly clock: Clock;
  /**
   * Asks about a submission; resolves to undefined if there is nothing to ask: it is decided, or gone.
   *
   * A rejection is a mistake of ours and goes to `onFault`; the lane lets go of the id.
   */
  ask(id: Uint8Array): Promise<Answer | undefined>;
  /**
   * Keeps an answer. Resolves to when to ask again, Unix ms, or undefined if the submission is decided.
   *
   * Its question counts as under way until then.
   */
  onAnswer(id: Uint8Array, answer: Answer): Promise<number | undefined>;
  /** Called for each question that was asked, for metrics. */
  onQuestion(seconds: number, outcome: Answer['type']): void;
  /** Called for what `ask` or `onAnswer` throws. */
  onFault(error: unknown): void;
}

/** What a lane knows of its authority. */
export interface LaneView {
  /** Whether the circuit is closed. */
  readonly answering: boolean;
  /** Queued, delayed and under way. */
  readonly pendingCount: number;
  /** When the last verdict came, Unix ms. */
  readonly lastAnswerMs: number | undefined;
  /** Why the last question brought no verdict; undefined if it did. */
  readonly lastProblem: string | undefined;
}

/** Where a submission is; `again`: it was enqueued anew while its last answer was being kept. */
type Place = 'queued' | 'delayed' | 'asking' | 'settling' | 'again';

const BREAKER_DEFAULTS: BreakerOptions = {
  failureCountMax: FAILURE_COUNT_MAX,
  openMsMin: OPEN_MS_MIN,
  openMsMax: OPEN_MS_MAX,
};

/** Asks one authority. */
export class Lane {
  readonly #concurrency: number;
  readonly #ports: LanePorts;
  readonly #breaker: Breaker;
  /** Every submission in this lane, by the hex of its id: this is what makes each stand here once. */
  readonly #places = new Map<string, Place>();
  readonly #queue = new FifoQueue();
  readonly #delayed = new DelayQueue();
  #underwayCount = 0;
  #timer: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #lastAnswerMs: number | undefined;
  #lastProblem: string | undefined;
  /** Set once stopped; resolved when nothing is under way. */
  #stopped: PromiseWithResolvers<void> | undefined;

  constructor(options: LaneOptions, ports: LanePorts) {
    this.#concurrency = options.concurrency ?? CONCURRENCY_MAX;
    this.#breaker = new Breaker(options.breaker ?? BREAKER_DEFAULTS);
    this.#ports = ports;
  }

  /**
   * Puts a submission into the lane, unless it is there. Does nothing once stopped.
   *
   * @param dueMs - when to ask, Unix ms; the default is as soon as possible.
   */
  enqueue(id: Uint8Array, dueMs = -Infinity): void {
    if (this.#stopped !== undefined) return;
    const key = formatHex(id);
    const place = this.#places.get(key);
    // Its receipt may be reopened between its verdict's write and the lane's hearing of it.
    if (place === 'settling') this.#places.set(key, 'again');
    if (place !== undefined) return;
    this.#await(key, dueMs);
    this.#pump();
  }

  /** Asks at once, whatever the schedule says; a probe goes first where the circuit is open. */
  retryNow(): number {
    const count = this.#queue.count + this.#delayed.count;
    this.#breaker.halfOpen(this.#ports.clock.nowMs());
    this.#releaseDelayed();
    this.#pump();
    return count;
  }

  /** Returns what the lane knows. */
  view(): LaneView {
    return {
      answering: this.#breaker.isClosed,
      pendingCount: this.#places.size,
      lastAnswerMs: this.#lastAnswerMs,
      lastProblem: this.#lastProblem,
    };
  }

  /** Asks nothing more; resolves once the answers to what is under way are kept. */
  stop(): Promise<void> {
    this.#stopped ??= Promise.withResolvers();
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (this.#underwayCount === 0) this.#stopped.resolve();
    return this.#stopped.promise;
  }

  #await(key: string, dueMs: number): void {
    const isDue = dueMs <= this.#ports.clock.nowMs();
    this.#places.set(key, isDue ? 'queued' : 'delayed');
    if (isDue) this.#queue.push(key);
    else this.#delayed.push(key, dueMs);
  }

  #releaseDelayed(untilMs = Infinity): void {
    while ((this.#delayed.nextMs ?? Infinity) <= untilMs) {
      const key = this.#delayed.shift();
      if (key === undefined) return;
      this.#places.set(key, 'queued');
      this.#queue.push(key);
    }
  }

  /** Asks as much as may be asked, and sets the timer for the rest. */
  #pump(): void {
    if (this.#stopped !== undefined) return;
    const nowMs = this.#ports.clock.nowMs();
    this.#releaseDelayed(nowMs);
    while (this.#underwayCount < this.#concurrency && this.#queue.count > 0) {
      const admission = this.#breaker.admit(nowMs);
      if (admission === undefined) break;
      const key = this.#queue.shift();
      if (key !== undefined) void this.#question(key, admission);
    }
    this.#setTimer(nowMs);
  }

  #setTimer(nowMs: number): void {
    // A probe needs something to ask, and room; the end of a question pumps by itself.
    const hasProbe = this.#queue.count > 0 && this.#underwayCount < this.#concurrency;
    const probeMs = hasProbe ? this.#breaker.probeAtMs : undefined;
    const nextMs = Math.min(this.#delayed.nextMs ?? Infinity, probeMs ?? Infinity);
    // A timer that fires too early does no harm: it sets the next one.
    if (nextMs === Infinity || (this.#timer?.dueMs ?? Infinity) <= nextMs) return;
    this.#timer?.timer.cancel();
    const dueMs = Math.min(nextMs, nowMs + TIMER_MS_MAX);
    const timer = this.#ports.clock.setTimer(Math.max(0, dueMs - nowMs), () => {
      this.#timer = undefined;
      this.#pump();
    });
    this.#timer = { timer, dueMs };
  }

  /** Takes one submission from its question to its next place. Never rejects. */
  async #question(key: string, admission: Admission): Promise<void> {
    this.#underwayCount += 1;
    this.#places.set(key, 'asking');
    const id = parseHex(key);
    try {
      const answer = await this.#ask(id, admission);
      this.#places.set(key, 'settling');
      const dueMs = answer === undefined ? undefined : await this.#ports.onAnswer(id, answer);
      const isAgain = this.#places.get(key) === 'again';
      this.#places.delete(key);
      if (dueMs !== undefined) this.#await(key, dueMs);
      else if (isAgain) this.#await(key, -Infinity);
    } catch (error) {
      this.#places.delete(key);
      this.#ports.onFault(error);
    } finally {
      this.#underwayCount -= 1;
      if (this.#underwayCount === 0) this.#stopped?.resolve();
      this.#pump();
    }
  }

  async #ask(id: Uint8Array, admission: Admission): Promise<Answer | undefined> {
    const startMs = this.#ports.clock.nowMs();
    let outcome: Outcome = 'unknown';
    try {
      const answer = await this.#ports.ask(id);
      if (answer === undefined) return undefined;
      outcome = outcomeOf(answer);
      const nowMs = this.#ports.clock.nowMs();
      this.#lastProblem = answer.type === 'none' ? answer.problem.message : undefined;
      if (answer.type !== 'none') this.#lastAnswerMs = nowMs;
      this.#ports.onQuestion(Math.max(0, nowMs - startMs) / 1_000, answer.type);
      return answer;
    } finally {
      const closes = this.#breaker.settle(admission, outcome, this.#ports.clock.nowMs());
      // The authority is back: what waited for its next attempt need not wait longer.
      if (closes) this.#releaseDelayed();
      // They go on while this answer is being kept.
      if (closes || admission === 'probe') this.#pump();
    }
  }
}

/** A question that was not sent tells nothing about the authority. */
function outcomeOf(answer: Answer): Outcome {
  if (answer.type !== 'none') return 'success';
  return answer.problem.code === 'ERR_ENDPOINT' ? 'unknown' : 'failure';
}
