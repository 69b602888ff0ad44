/** Text of strangers on its way to a terminal: names in a proof or a policy may hold what moves the cursor. */

const CODE_POINTS_MAX = 4_096;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Returns a line with every character escaped that is not seen, or that changes how others are: controls, direction
 * marks, line ends. At most 4,096 characters, the rest as three dots.
 */
export function printable(line: string): string {
  const shown = line.slice(0, CODE_POINTS_MAX).toWellFormed();
  const escaped = shown.replaceAll(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return line.length > CODE_POINTS_MAX ? `${escaped}...` : escaped;
}

/** Returns Unix seconds as a time in UTC; as they are where no calendar has them. */
export function formatTime(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? `Unix time ${seconds}` : date.toISOString();
}
