/** What is under way, and its end when its time is over: one timer for all, set to the oldest. */

/** Something that can be ended before it ends by itself. */
export interface Cuttable {
  cut(): void;
}

/** Time as it passes. */
interface PassingTime {
  nowMs(): number;
  setTimer(delayMs: number, fire: () => void): unknown;
}

/** Nobody puts this time forward or back, and waiting for it keeps no process alive. */
const passingTime: PassingTime = {
  nowMs: () => performance.now(),
  setTimer: (delayMs, fire) => setTimeout(fire, delayMs).unref(),
};

/** Things under way that all have the same time. */
export class Underway {
  readonly #timeoutMs: number;
  readonly #time: PassingTime;
  /** When each is due: in the order of their start, which is that of their ends. */
  readonly #dueMs = new Map<Cuttable, number>();
  #isTimerSet = false;
  #isBrokenOff = false;

  constructor(timeoutMs: number, time = passingTime) {
    this.#timeoutMs = timeoutMs;
    this.#time = time;
  }

  /** Whether all was cut, and whatever comes is cut too. */
  get isBrokenOff(): boolean {
    return this.#isBrokenOff;
  }

  /** Takes what starts. It is cut unless it is removed in time. */
  add(item: Cuttable): void {
    if (this.#isBrokenOff) {
      item.cut();
      return;
    }
    this.#dueMs.set(item, this.#time.nowMs() + this.#timeoutMs);
    if (!this.#isTimerSet) this.#setTimer(this.#timeoutMs);
  }

  /** Lets go of what has ended. */
  remove(item: Cuttable): void {
    this.#dueMs.delete(item);
  }

  /** Cuts all, and from then on whatever comes. */
  breakOff(): void {
    this.#isBrokenOff = true;
    this.#cutUntil(Infinity);
  }

  /** A timer stays when its thing has ended, and finds the next one: most end long before their time. */
  #setTimer(delayMs: number): void {
    this.#isTimerSet = true;
    this.#time.setTimer(delayMs, () => {
      this.#isTimerSet = false;
      const nowMs = this.#time.nowMs();
      this.#cutUntil(nowMs);
      const [nextMs] = this.#dueMs.values();
      if (nextMs !== undefined) this.#setTimer(Math.ceil(nextMs - nowMs));
    });
  }

  #cutUntil(untilMs: number): void {
    for (const [item, dueMs] of this.#dueMs) {
      if (dueMs > untilMs) return;
      this.#dueMs.delete(item);
      item.cut();
    }
  }
}
