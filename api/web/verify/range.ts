/** Asking without telling: a prefix goes out, all hashes that begin with it come back, and are compared here. */

/** As many records have to begin alike for the asker to hide among them. */
export const SHARING_COUNT_MIN = 128;

const HASH = /^[0-9a-f]{64}$/;
/** What the node says before it is asked about a prefix. */
export interface RangeAdvice {
  /** How many digits it recommends to send. */
  readonly digits: number;
  /** All its records; undefined where it does not say. */
  readonly total: number | undefined;
}

/** Returns about how many records begin alike, where fewer do than the asker needs to hide; or else undefined. */
export function fewExpected({ digits, total }: RangeAdvice): number | undefined {
  // Hashes are spread evenly.
  const count = total === undefined ? Infinity : Math.floor(total / 16 ** digits);
  return count < SHARING_COUNT_MIN ? count : undefined;
}

/** What was asked and answered. */
export interface RangeReport {
  /** The digits that were sent. */
  readonly prefix: string;
  /** Records that begin with them. */
  readonly total: number;
  /** Whether so few do that the node could guess. */
  readonly isFew: boolean;
  readonly isRegistered: boolean;
}

/** What a node answers about a prefix. */
export interface RangeAnswer {
  readonly prefix: string;
  readonly total: number;
  /** What follows the prefix in each. */
  readonly suffixes: readonly string[];
}

/** Returns the digits to send of a hash. */
export function prefixOf(hash: string, digits: number): string {
  return hash.slice(0, digits);
}

/**
 * Returns what an answer says of a hash. Counts what was sent rather than what the node says it has sent; throws where
 * the two differ, or where something is no hash.
 */
export function readRange(hash: string, { prefix, total, suffixes }: RangeAnswer): RangeReport {
  const hashes = new Set(suffixes.map((suffix) => prefix + suffix));
  if (hashes.size !== total || ![...hashes].every((each) => HASH.test(each))) {
    throw new Error('the node answered with another number of records than it has sent');
  }
  return { prefix, total, isFew: total < SHARING_COUNT_MIN, isRegistered: hashes.has(hash) };
}
