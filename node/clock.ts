/** Time as the node sees it: injected, so that tests need not wait. */

/** A timer that can be called off. */
export interface Timer {
  cancel(): void;
}

/** A source of time. */
export interface Clock {
  /** Wall clock, Unix milliseconds: for timestamps. */
  nowMs(): number;
  /** Calls `fire` once after `delayMs`. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

/** The system's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};
