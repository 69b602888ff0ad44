/** Chance that a seed repeats: the schedule of kills and the load are drawn from it. */

const UINT32 = 0x1_0000_0000;

/** A stream of numbers that depends on its seed alone (mulberry32). */
export class Random {
  readonly #seed: number;
  #state: number;

  /**
   * Returns the stream of a seed.
   *
   * @param seed - 0 to 2^32 - 1.
   */
  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = this.#seed;
  }

  /** Returns another stream of the same seed, which no draw from this one changes. */
  fork(label: string): Random {
    // FNV-1a over the label.
    let hash = 0x811c9dc5;
    for (const letter of label) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
    return new Random(this.#seed ^ hash);
  }

  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / UINT32;
  }

  /** Returns an integer from `min` to `max`, both inclusive. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** Returns true once in `count` draws, on average. */
  oneIn(count: number): boolean {
    return this.integer(1, count) === 1;
  }

  /** Returns one of a list, or undefined if it is empty. */
  pick<T>(list: readonly T[]): T | undefined {
    return list[this.integer(0, list.length - 1)];
  }

  /** Returns the list in another order (Fisher and Yates). */
  shuffle<T>(list: readonly T[]): readonly T[] {
    const left = [...list];
    const shuffled: T[] = [];
    while (left.length > 0) shuffled.push(...left.splice(this.integer(0, left.length - 1), 1));
    return shuffled;
  }
}
