/** A rate with a burst of one second. It goes into debt for what is larger than the burst, and says for how long. */

const MS_PER_S = 1_000;

/** Tokens that come back at a steady rate. */
export class TokenBucket {
  readonly #perS: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(perS: number, nowMs: number) {
    this.#perS = perS;
    this.#tokens = perS;
    this.#filledAtMs = nowMs;
  }

  /** Takes `count` tokens, whether they are there or not. */
  take(count: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#tokens -= count;
  }

  /** Returns the time until nothing is owed; 0 if nothing is. */
  debtMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * MS_PER_S) / this.#perS);
  }

  #fill(nowMs: number): void {
    // A clock that was set back gives nothing and takes nothing.
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(this.#perS, this.#tokens + (elapsedMs * this.#perS) / MS_PER_S);
  }
}
