/** Damage to frames, enumerated: what a decoder must refuse, and by which codes it does. */
import fc from 'fast-check';

import { codeOf } from '../../support/chainValues.ts';
import { Chance, damage } from '../../support/mutations.ts';

/** All beginnings of bytes, the empty one first, the whole not among them. */
export function everyPrefix(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: bytes.length }, (_, size) => bytes.slice(0, size));
}

/** The bytes with one bit flipped: in the first two hundred bytes each, then in every 29th byte. */
export function everyFlip(bytes: Uint8Array): readonly Uint8Array[] {
  const flips: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += at < 200 ? 1 : 29) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      flips.push(flipped);
    }
  }
  return flips;
}

/** The codes with which a decoder answers, each once; `accepted` is one of them. */
export function refusalsOf(
  all: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => unknown,
): readonly string[] {
  return [...new Set(all.map((bytes) => codeOf(() => decode(bytes))))].sort();
}

/** Any bytes behind any of the first tags, and frames with faults by chance. */
export function anyDamage(frames: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const random = fc
    .tuple(fc.integer({ min: 0, max: 5 }), fc.uint8Array({ maxLength: 300 }))
    .map(([tag, bytes]) => Uint8Array.of(tag, ...bytes));
  const faulty = fc
    .tuple(fc.constantFrom(...frames), fc.nat())
    .map(([frame, seed]) => damage(frame, new Chance(seed)));
  return fc.oneof(random, faulty);
}
