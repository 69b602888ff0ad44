/** Limits of what is read of a log over HTTP. Those of notes and policies stand in `chain/log/limits.ts`. */
import { ENTRY_BYTES_MAX } from '../../chain/limits.ts';
import { VERIFIER_KEY_BYTES_MAX } from '../../chain/log/limits.ts';

/** The line of a verifier key. */
export const VERIFIER_KEY_LINE_BYTES_MAX = VERIFIER_KEY_BYTES_MAX + 1;
/** A bundle tells the length of each entry in two bytes. */
const BUNDLE_LENGTH_BYTES = 2;

/** Tiles that are on their way at a time: full of the largest entries they are 33 MB. */
export const TILES_AT_ONCE = 8;

/** Returns the bytes of a bundle of so many of the largest entries. */
export function bundleBytesMax(width: number): number {
  return width * (ENTRY_BYTES_MAX + BUNDLE_LENGTH_BYTES);
}
