/** A clock that stands still until a test moves it. */
import type { Clock, Timer } from '../../node/clock.ts';

interface PendingTimer {
  readonly dueMs: number;
  readonly fire: () => void;
}

/** Time under a test's control. */
export class FakeClock implements Clock {
  #nowMs: number;
  /** What the wall clock was set forward since the start. */
  #setByMs = 0;
  readonly #pending = new Set<PendingTimer>();

  constructor(nowMs = 1_800_000_000_000) {
    this.#nowMs = nowMs;
  }

  /** Number of timers that have not fired. */
  get timerCount(): number {
    return this.#pending.size;
  }

  /** Times from now until the timers that have not fired. */
  get delaysMs(): readonly number[] {
    return [...this.#pending].map(({ dueMs }) => dueMs - this.#nowMs);
  }

  nowMs(): number {
    return this.#nowMs + this.#setByMs;
  }

  /** Sets the wall clock forward, or back; timers run on as if nothing had been. */
  set(byMs: number): void {
    this.#setByMs += byMs;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    // The system's timers warn of it, and wait.
    if (!(delayMs >= 0)) throw new Error(`a timer of ${delayMs} ms`);
    const timer = { dueMs: this.#nowMs + delayMs, fire };
    this.#pending.add(timer);
    return { cancel: () => void this.#pending.delete(timer) };
  }

  /**
   * Moves time on and fires, in order of time, what falls due; then lets promises that are ready go on.
   *
   * Timers that are set meanwhile fire too if they fall due. Real I/O is not waited for.
   */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    for (let next = this.#earliest(endMs); next !== undefined; next = this.#earliest(endMs)) {
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.fire();
      await settled();
    }
    this.#nowMs = endMs;
    await settled();
  }

  #earliest(endMs: number): PendingTimer | undefined {
    let earliest: PendingTimer | undefined;
    for (const timer of this.#pending) {
      if (timer.dueMs <= endMs && timer.dueMs < (earliest?.dueMs ?? Infinity)) earliest = timer;
    }
    return earliest;
  }
}

/** Resolves when every promise that is ready has gone on, and what became ready by that. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
