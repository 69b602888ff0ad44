/** R14: how long a validator gives a view. Views lost at a height double the time, up to a limit. */
import type { Params } from '../params.ts';

/** Returns the time for a view of a height, in which `view` views are lost before it. */
export function viewTimeoutMs(
  view: number,
  {
    viewTimeoutMs: base,
    viewTimeoutMaxMs: max,
  }: Pick<Params, 'viewTimeoutMs' | 'viewTimeoutMaxMs'>,
): number {
  return Math.min(base * 2 ** view, max);
}
