/**
 * The check of the stored log: in the background, slowly, for as long as the node runs.
 *
 * A start looks at the right edge alone. What a disk has changed further back would be found when somebody asks for
 * it, or never. So the log is walked through from its first entry to its last, and again after a pause. Each turn is
 * short, and there is time for all else between two of them. The place is kept in memory: a start begins anew.
 */
import type { Clock, Timer } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Problem } from '../store/problem.ts';
import { LogWalk, type WalkedChain } from './logWalk.ts';

/** How fast it goes. */
export interface LogCheckOptions {
  /** At most; a block counts for ten of its entries. */
  readonly entriesPerS: number;
}

/** The world of the check. */
export interface LogCheckPorts {
  readonly chain: WalkedChain;
  readonly clock: Clock;
  readonly log: Log;
  /** Called at the end of each round that found nothing. */
  onRound(): void;
  /** Called with each difference that is found; the round ends with it. */
  onDifference(difference: Difference): void;
  onFault(error: unknown): void;
}

/** What is stored and is not what was computed. */
export interface Difference extends Problem {
  /** As operators are told. */
  readonly reason: string;
  /** Whether the round before found another, or none. */
  readonly isNews: boolean;
}

/** Entries of one turn: less than a millisecond. */
const TURN_ENTRY_COUNT_MAX = 64;
const SECOND_MS = 1_000;
/** Time between two rounds. */
const PAUSE_MS = 300_000;

/** Checks the log of one store. */
export class LogCheck {
  readonly #options: LogCheckOptions;
  readonly #ports: LogCheckPorts;
  #walk: LogWalk;
  #isRoundOver = false;
  #timer: Timer | undefined;
  #first: Difference | undefined;
  #last: Difference | undefined;

  constructor(options: LogCheckOptions, ports: LogCheckPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#walk = new LogWalk(ports.chain);
  }

  /** Begins. */
  start(): void {
    this.#arm(0);
  }

  /** Reads nothing more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Entries that the last round has behind it. */
  position(): number {
    return this.#walk.entryCount;
  }

  /** The first difference that was found since the start, as a sentence; undefined while there is none. */
  difference(): string | undefined {
    return this.#first?.reason;
  }

  #arm(delayMs: number): void {
    this.#timer = this.#ports.clock.setTimer(delayMs, () => {
      try {
        this.#arm(this.#turn());
      } catch (error) {
        this.stop();
        this.#ports.onFault(error);
      }
    });
  }

  /** Returns the time until the next turn. */
  #turn(): number {
    const { entriesPerS } = this.#options;
    if (this.#isRoundOver) this.#walk = new LogWalk(this.#ports.chain);
    this.#isRoundOver = false;
    const entryCount = Math.min(TURN_ENTRY_COUNT_MAX, entriesPerS);
    const state = this.#walk.step(entryCount);
    if (state === 'under way') return (entryCount * SECOND_MS) / entriesPerS;
    if (state === 'done') this.#endRound();
    else this.#differ(state);
    this.#isRoundOver = true;
    return PAUSE_MS;
  }

  #endRound(): void {
    this.#last = undefined;
    this.#ports.log.debug({ entries: this.position() }, 'the stored log is whole');
    this.#ports.onRound();
  }

  #differ(problem: Problem): void {
    const where = problem.height === undefined ? '' : ` at height ${problem.height}`;
    const reason = `the check of the stored log found a difference${where}: ${problem.what}`;
    const difference = { ...problem, reason, isNews: this.#last?.reason !== reason };
    this.#first ??= difference;
    this.#last = difference;
    this.#ports.log.error({ height: problem.height, reason }, 'the stored log is damaged');
    this.#ports.onDifference(difference);
  }
}
