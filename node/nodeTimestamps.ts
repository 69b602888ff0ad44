/** The time-stamping authority of a node, over its parts. */
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Ledger } from './ledger.ts';
import type { Metrics } from './metrics.ts';
import type { Rules } from './rules.ts';
import type { TimestampKey } from './timestamp/timestampKey.ts';
import { Timestamps } from './timestamp/timestamps.ts';
import { readTimestampKey } from './timestamp/tsaFiles.ts';

/** The parts that it looks at. */
export interface StampingParts {
  readonly timestampKey: TimestampKey | undefined;
  readonly ledger: Ledger;
  readonly rules: Rules;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Resolves to what the settings name; undefined where they name nothing. Rejects with ERR_TSA. */
export async function readConfiguredKey(
  { tsa }: Config,
  clock: Clock,
): Promise<TimestampKey | undefined> {
  return tsa === undefined ? undefined : readTimestampKey(tsa, clock.nowMs());
}

/** Returns the authority of a node; undefined for one that has no key for it. */
export function createTimestamps(parts: StampingParts): Timestamps | undefined {
  const { timestampKey, ledger, rules, clock, metrics } = parts;
  if (timestampKey === undefined) return undefined;
  return new Timestamps(timestampKey, {
    clock,
    // A block may lie so far ahead of a clock that is right; one that lies farther ahead says that it is wrong.
    timeMinMs: () => ledger.edge().header.timestampMs - rules.params().clockAheadMs,
    onOutcome: (outcome) => {
      metrics.timestamps.inc({ outcome });
    },
  });
}
