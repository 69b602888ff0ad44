/** Damage by chance, from a seed: the same seed does the same damage. */

/** Chance from a seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 (inclusive) to 1 (exclusive): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** One of a list. */
  of<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.below(256));
  }
}

/** Returns bytes with one to four faults. */
export function damage(bytes: Uint8Array, chance: Chance): Uint8Array {
  let damaged = Uint8Array.from(bytes);
  for (let fault = chance.below(4); fault >= 0; fault--) damaged = damageOnce(damaged, chance);
  return damaged;
}

function damageOnce(bytes: Uint8Array, chance: Chance): Uint8Array<ArrayBuffer> {
  const at = chance.below(bytes.length + 1);
  const size = 1 + chance.below(8);
  const [head, tail] = [[...bytes.subarray(0, at)], [...bytes.subarray(at)]];
  switch (chance.below(6)) {
    case 0:
      return Uint8Array.from([...head, ...tail.slice(size)]);
    case 1:
      return Uint8Array.from([...head, ...chance.bytes(size), ...tail]);
    case 2:
      return Uint8Array.from([...head, ...head.slice(-size), ...tail]);
    case 3:
      return Uint8Array.from(head);
    case 4:
      return Uint8Array.from([...head, ...tail.map((byte, i) => (i === 0 ? 0xff : byte))]);
    default: {
      const bit = 1 << chance.below(8);
      return Uint8Array.from([...head, ...tail.map((byte, i) => (i === 0 ? byte ^ bit : byte))]);
    }
  }
}

const STRANGE = [
  null,
  true,
  '',
  'x',
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  [],
  {},
  [[[]]],
  '\u0000',
  '\ud800',
  'ÿ'.repeat(100),
  'A'.repeat(20_000),
  { toString: 1, __proto__: null },
] as const;

/** Returns a JSON object with some of its values replaced, removed, repeated or renamed. */
export function disturb(
  body: Readonly<Record<string, unknown>>,
  chance: Chance,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(body).flatMap(([name, value]): [string, unknown][] => {
    if (chance.below(4) > 0) return [[name, value]];
    switch (chance.below(4)) {
      case 0:
        return [];
      case 1:
        return [[`${name} `, value]];
      case 2:
        return [[name, [value, value]]];
      default:
        return [[name, chance.of(STRANGE)]];
    }
  });
  return Object.fromEntries(entries);
}

/** Returns any JSON value, not deeper than `depth`. */
export function anyJson(chance: Chance, depth: number): unknown {
  const kind = chance.below(depth > 0 ? 4 : 2);
  const size = chance.below(5);
  if (kind === 2) return Array.from({ length: size }, () => anyJson(chance, depth - 1));
  if (kind === 3) {
    const names = ['image_hash', 'camera_cert', 'timestamp', 'bundle_signature', 'x'];
    return Object.fromEntries(names.slice(size).map((name) => [name, anyJson(chance, depth - 1)]));
  }
  return chance.of(STRANGE);
}
