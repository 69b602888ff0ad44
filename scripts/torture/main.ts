/**
 * `npm run torture`: kills a node again and again, and checks that every promise to a camera is kept.
 *
 * Exit code 0 if all were, 1 if not, 2 if it was called wrongly. `--seed` repeats a schedule.
 */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Command, CommanderError, InvalidArgumentError } from 'commander';

import { CRASH_POINTS, type CrashPoint } from '../../node/crashPoint.ts';
import { planKills } from './plan.ts';
import { formatReport } from './report.ts';
import { torture } from './torture.ts';

interface Options {
  readonly kills: number;
  readonly seed: number;
  readonly point?: CrashPoint;
}

const KILLS = 200;
const KILLS_MAX = 100_000;
const SEED_MAX = 0xffff_ffff;
const EXIT_USAGE = 2;

function parseInteger(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= max) return value;
    throw new InvalidArgumentError(`a whole number up to ${max}.`);
  };
}

function parsePoint(text: string): CrashPoint {
  const point = CRASH_POINTS.find((each) => each === text);
  if (point === undefined) throw new InvalidArgumentError(`one of ${CRASH_POINTS.join(', ')}.`);
  return point;
}

function parseValidators(text: string): number {
  if (text === '1') return 1;
  throw new InvalidArgumentError('this version tortures one validator.');
}

async function run({ kills, seed, point }: Options): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'birthmark-torture-'));
  const again = `npm run torture -- --seed ${seed} --kills ${kills}`;
  const command = point === undefined ? again : `${again} --point ${point}`;
  console.log(`Seed ${seed}. The same schedule again: ${command}`);
  const plan = planKills({ kills, seed, point });
  const report = await torture({ seed, dir, plan }, (line) => console.log(line));
  console.log(`\n${formatReport(report)}`);
  if (report.violations.length === 0) {
    await rm(dir, { recursive: true });
    console.log('Every promise was kept.');
    return;
  }
  for (const violation of report.violations) console.error(`VIOLATION: ${violation}`);
  console.error(`\nSeed ${seed}; the folder is left as it is: ${dir}\n${command}`);
  process.exitCode = 1;
}

const command = new Command('torture')
  .description('kill a node under load, again and again, and check that every promise is kept')
  .option('--kills <n>', 'how often', parseInteger(KILLS_MAX), KILLS)
  .option('--seed <n>', 'repeat the schedule of a seed [random]', parseInteger(SEED_MAX))
  .option('--point <name>', 'kill at this point only', parsePoint)
  .option('--validators <n>', 'number of validators', parseValidators, 1)
  .exitOverride()
  .action((options: Partial<Options> & Pick<Options, 'kills'>) =>
    run({ ...options, seed: options.seed ?? randomInt(SEED_MAX) }),
  );

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
}
