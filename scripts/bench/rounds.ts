/**
 * Rounds: every step once, then every step again.
 *
 * What disturbs the machine for a while falls on neighbours alike, so that a row and its anchor of the same
 * round can be compared. The first round warms everything up and does not count.
 */
import type { Measurement } from './report.ts';

/** Something that is measured once in each round. */
export interface Step {
  readonly name: string;
  measure(): Promise<number>;
}

/** What the steps measured, by name, in the order of the rounds. */
export type Samples = ReadonlyMap<string, readonly number[]>;

/** Measures every step in turn, `runs` times after a round that does not count. */
export async function measureRounds(
  steps: readonly Step[],
  runs: number,
  note: (text: string) => void,
): Promise<Samples> {
  const samples = new Map<string, number[]>(steps.map(({ name }) => [name, []]));
  for (let run = 0; run <= runs; run++) {
    for (const step of steps) {
      const value = await step.measure();
      if (run > 0) samples.get(step.name)?.push(value);
      note(`${run === 0 ? 'warm-up' : `run ${run} of ${runs}`}: ${step.name} ${Math.round(value)}`);
    }
  }
  return samples;
}

/** Returns what a step measured, as a rate unless `more` says otherwise. */
export function measurementOf(
  name: string,
  samples: Samples,
  more: Partial<Measurement> = {},
): Measurement {
  return { name, unit: '/s', samples: samples.get(name) ?? [], ...more };
}
