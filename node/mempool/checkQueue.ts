/**
 * Checks of evidence, few at a time: they share threads with the votes' and the cameras'.
 *
 * Among those that wait, the batch of the aggregator with the fewest bad ones comes first.
 */

interface Waiting {
  readonly rank: number;
  readonly start: () => void;
}

/** Runs tasks, the lowest rank first, those of one rank in the order in which they came. */
export class CheckQueue {
  readonly #atOnceMax: number;
  readonly #waiting: Waiting[] = [];
  #running = 0;

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  /** Resolves or rejects as the task does. */
  async run<T>(rank: number, task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnceMax) {
      await new Promise<void>((start) => {
        const place = this.#waiting.findIndex((each) => each.rank > rank);
        this.#waiting.splice(place === -1 ? this.#waiting.length : place, 0, { rank, start });
      });
    } else {
      this.#running += 1;
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, so that nobody takes it in between.
      if (next === undefined) this.#running -= 1;
      else next.start();
    }
  }
}
