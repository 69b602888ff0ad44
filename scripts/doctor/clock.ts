/** Whether this machine's clock agrees with others that were met on the way. */
import { type Finding, note, ok } from './finding.ts';

/** What is known of the time elsewhere. */
export interface OtherClocks {
  /** Time of the last block, Unix milliseconds. */
  readonly blockTimeMs: number | undefined;
  /** What authorities told, less this machine's time, in milliseconds. */
  readonly offsetsMs: readonly number[];
}

/** A header in whole seconds and a slow answer explain less than this. */
const OFFSET_MS_MAX = 30_000;
const MS_PER_S = 1_000;
const REMEDY = 'synchronise it (timedatectl set-ntp true): proposals with a wrong time are refused';

/** Judges this machine's clock. */
export function examineClock({ blockTimeMs, offsetsMs }: OtherClocks, nowMs: number): Finding {
  const aheadMs = (blockTimeMs ?? nowMs) - nowMs;
  if (aheadMs > OFFSET_MS_MAX) {
    return note('clock', `the last block is ${seconds(aheadMs)} s ahead of this machine`, REMEDY);
  }
  const [middle] = [...offsetsMs].sort((a, b) => a - b).slice(Math.floor(offsetsMs.length / 2));
  if (middle === undefined) {
    return blockTimeMs === undefined
      ? note('clock', 'there is nothing to compare it with')
      : ok('clock', 'not behind the last block; there is nothing else to compare it with');
  }
  return Math.abs(middle) > OFFSET_MS_MAX
    ? note(
        'clock',
        `this machine is ${seconds(Math.abs(middle))} s ${middle > 0 ? 'behind' : 'ahead of'} the authorities`,
        REMEDY,
      )
    : ok('clock', `within ${OFFSET_MS_MAX / MS_PER_S} s of the authorities`);
}

function seconds(ms: number): number {
  return Math.round(ms / MS_PER_S);
}
