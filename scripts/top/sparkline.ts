/** A curve of one line of text. */

const BARS = '▁▂▃▄▅▆▇█';
const GAP = ' ';

/** Returns the last values as bars from 0 to the largest of them; a gap where there is none. */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const last = values.slice(-width);
  const largest = Math.max(0, ...last.map((value) => value ?? 0));
  return last
    .map((value) => {
      if (value === undefined) return GAP;
      if (largest === 0) return BARS.charAt(0);
      return BARS.charAt(Math.min(BARS.length - 1, Math.floor((value / largest) * BARS.length)));
    })
    .join('');
}
