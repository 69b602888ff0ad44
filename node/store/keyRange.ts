/** Keys that lie side by side. */

/** Keys from `start`, inclusive, to `end`, exclusive, in the order of their bytes. */
export interface KeyRange {
  readonly start: Uint8Array;
  /** Undefined: to the last key. */
  readonly end: Uint8Array | undefined;
}

/** Returns the range of all keys that begin with `prefix`. */
export function rangeOfPrefix(prefix: Uint8Array): KeyRange {
  const significant = prefix.subarray(0, prefix.findLastIndex((byte) => byte < 0xff) + 1);
  const last = significant.at(-1);
  if (last === undefined) return { start: prefix, end: undefined };
  const end = significant.slice();
  end[end.length - 1] = last + 1;
  return { start: prefix, end };
}
