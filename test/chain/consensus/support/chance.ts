/** Chance from a seed: the same seed gives the same schedule. */

/** A source of chance. */
export interface Chance {
  /** From 0 to 1, 1 excluded. */
  next(): number;
  /** An integer from 0 to `count`, `count` excluded. */
  below(count: number): number;
  /** Whether something of this share happens. */
  happens(share: number): boolean;
  /** One of these. */
  pick<T>(values: readonly T[]): T;
}

/** Returns the chance of a seed. Source: Tommy Ettinger, mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return {
    next,
    below,
    happens: (share) => next() < share,
    pick: (values) => values[below(values.length)]!,
  };
}
