/** `npm run sim`: runs seeds, and says what failed and what happened. Run again with the seed, it happens again. */
import { parseArgs } from 'node:util';

import { formatFailure, Report } from './report.ts';
import { runSeed } from './simulation.ts';

/** One seed of so many signs with real keys. */
const REAL_SEED_EVERY = 50;

const USAGE = `usage: npm run sim -- [--seed N] [--count K | --minutes M] [--real] [--trace]

  --seed N      the first seed; 1 where none is given
  --count K     how many; 20 where neither this nor --minutes is given
  --minutes M   seeds one after another for so long
  --real        real signatures in all of them, not in one of ${REAL_SEED_EVERY}
  --trace       what happens, line by line
  --quiet       no line for each seed`;

interface Options {
  readonly seed: number;
  readonly count: number;
  readonly minutes: number;
  readonly isReal: boolean;
  readonly isTraced: boolean;
  readonly isQuiet: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string' },
      minutes: { type: 'string' },
      real: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  const count = Number(values.count ?? (values.minutes === undefined ? 20 : Infinity));
  const minutes = Number(values.minutes ?? Infinity);
  if (!Number.isSafeInteger(seed) || !(count > 0) || !(minutes > 0)) throw new Error(USAGE);
  const { real: isReal, trace: isTraced, quiet: isQuiet } = values;
  return { seed, count, minutes, isReal, isTraced, isQuiet };
}

async function main(): Promise<void> {
  const { seed: first, count, minutes, isReal, isTraced, isQuiet } = readOptions();
  const report = new Report();
  const startMs = performance.now();
  const elapsedMs = (): number => performance.now() - startMs;
  let seed = first;
  for (; seed < first + count && elapsedMs() < minutes * 60_000; seed++) {
    const outcome = await runSeed(seed, {
      isReal: isReal || seed % REAL_SEED_EVERY === 0,
      ...(isTraced ? { onLine: (line: string): void => console.log(line) } : {}),
    });
    report.take(outcome);
    for (const line of formatFailure(outcome)) console.log(line);
    if (!isQuiet) {
      const { plan, height, simulatedMs, digest } = outcome;
      console.log(
        `seed ${seed}: ${plan.validatorCount} validators, ${height} heights, ` +
          `${(simulatedMs / 1_000).toFixed(0)} s, digest ${digest.toString(16)}`,
      );
    }
  }
  conclude(report, { first, last: seed - 1, wallMs: elapsedMs() });
}

function conclude(
  report: Report,
  {
    first,
    last,
    wallMs,
  }: { readonly first: number; readonly last: number; readonly wallMs: number },
): void {
  const { failed, seedCount } = report;
  console.log(`\nseeds ${first} to ${last}\n`);
  for (const line of report.format(wallMs)) console.log(line);
  // A handful of seeds cannot show everything.
  const missing = seedCount >= MANY ? report.missing() : [];
  if (missing.length > 0) console.log(`never happened: ${missing.join(', ')}`);
  for (const outcome of failed) {
    for (const line of formatFailure(outcome).slice(0, 3)) console.log(line);
  }
  console.log(`${seedCount - failed.length} seeds passed, ${failed.length} failed`);
  process.exitCode = failed.length + missing.length > 0 ? 1 : 0;
}

/**
 * Seeds from which on everything that is listed must have happened. The rarest lies are told in three of a hundred:
 * fewer would fail by chance alone. What CI's fixed seeds show, sim.test.ts says.
 */
const MANY = 500;

await main();
