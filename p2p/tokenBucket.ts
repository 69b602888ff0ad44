/** A rate with a burst of one second. It goes into debt for what is larger than the burst, and says for how long. */

const MS_PER_S = 1_000;

/** Tokens that come back at a steady rate. */
export class TokenBucket {
  readonly #perS: number;
  /** Thousandths of tokens, an integer: rates are whole, and time is in whole milliseconds. */
  #credit: number;
  #filledAtMs: number;

  constructor(perS: number, nowMs: number) {
    this.#perS = perS;
    this.#credit = perS * MS_PER_S;
    this.#filledAtMs = nowMs;
  }

  /** Takes `count` tokens, whether they are there or not. */
  take(count: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#credit -= count * MS_PER_S;
  }

  /** Returns the time until nothing is owed; 0 if nothing is. */
  debtMs(nowMs: number): number {
    this.#fill(nowMs);
    return Math.ceil(Math.max(0, -this.#credit) / this.#perS);
  }

  #fill(nowMs: number): void {
    // A clock that was set back gives nothing and takes nothing.
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#filledAtMs = nowMs;
    this.#credit = Math.min(this.#perS * MS_PER_S, this.#credit + elapsedMs * this.#perS);
  }
}
