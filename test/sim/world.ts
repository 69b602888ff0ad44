/**
 * The world of a run: one time, one order of events, one source of chance. A run is a function of its seed.
 *
 * One event fires, then every promise that is ready goes on, then the next event. Nothing here or above it
 * reads a real clock, throws real dice, or waits for another thread.
 */
import { type Chance, chanceOf } from '../chain/consensus/support/chance.ts';
import { EventQueue } from '../support/eventQueue.ts';

/** One run of a process, from its start to its end. What belongs to a life ends with it. */
export class Life {
  isOver = false;
  /** What falls due while the process is paused; undefined while it runs. */
  paused: Event[] | undefined;
}

interface Event {
  dueMs: number;
  order: number;
  /** Whose it is; undefined: the world's own. */
  readonly life: Life | undefined;
  act: (() => void) | undefined;
}

/** An event that can be called off. */
export interface Scheduled {
  cancel(): void;
}

/** When the clocks of a run begin, Unix ms: after the cameras of the tests are made. */
export const START_MS = 1_795_224_915_000;

const DIGEST_START = 0x811c9dc5;
const DIGEST_PRIME = 0x01000193;

/** Time, order and chance. */
export class World {
  readonly chance: Chance;
  /** Since the start of the run. */
  nowMs = 0;
  eventCount = 0;
  /** Takes lines for people to read. */
  readonly onLine: ((line: string) => void) | undefined;
  readonly #events = new EventQueue<Event>();
  #order = 0;
  #digest = DIGEST_START;

  constructor(seed: number, onLine?: (line: string) => void) {
    this.chance = chanceOf(seed);
    this.onLine = onLine;
  }

  /** What has happened so far, in one number: two runs of a seed have the same. */
  get digest(): number {
    return this.#digest;
  }

  /** Mixes a number into the digest. */
  note(value: number): void {
    this.#digest = Math.imul(this.#digest ^ Math.trunc(value), DIGEST_PRIME) >>> 0;
  }

  /** Tells of an event, where somebody reads. */
  tell(line: () => string): void {
    this.onLine?.(`${(this.nowMs / 1_000).toFixed(3).padStart(9)} ${line()}`);
  }

  /** Does something later, in the life of a process or in the world's own. */
  schedule(delayMs: number, life: Life | undefined, act: () => void): Scheduled {
    const event: Event = { dueMs: this.nowMs + delayMs, order: this.#order++, life, act };
    this.#events.add(event);
    return { cancel: () => (event.act = undefined) };
  }

  /** Lets a paused life go on: what fell due meanwhile happens now, in its order. */
  resume(life: Life): void {
    const events = life.paused ?? [];
    life.paused = undefined;
    for (const event of events) {
      event.dueMs = this.nowMs;
      event.order = this.#order++;
      this.#events.add(event);
    }
  }

  /** Lets events happen until a fact holds, or a time is reached. Resolves to whether the fact holds. */
  async runUntil(holds: () => boolean, endMs: number): Promise<boolean> {
    for (;;) {
      if (holds()) return true;
      const next = this.#events.first;
      if (next === undefined || next.dueMs > endMs) {
        this.nowMs = Math.max(this.nowMs, endMs);
        return false;
      }
      await this.#fire(this.#events.take()!);
    }
  }

  async #fire(event: Event): Promise<void> {
    const { life, act } = event;
    if (act === undefined || life?.isOver === true) return;
    if (life?.paused !== undefined) {
      life.paused.push(event);
      return;
    }
    this.nowMs = event.dueMs;
    this.eventCount += 1;
    this.note(event.dueMs * 1_024);
    event.act = undefined;
    try {
      act();
    } catch (error) {
      // A process that ended in the middle of something threw it away by that.
      if (!hasEnded(life)) throw error;
    }
    await settled();
  }
}

function hasEnded(life: Life | undefined): boolean {
  return life?.isOver === true;
}

/** Resolves when every promise that is ready has gone on, and what became ready by that. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
