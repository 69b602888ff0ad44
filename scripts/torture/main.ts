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
import { planFaults } from './network/plan.ts';
import { formatNetworkReport } from './network/report.ts';
import { tortureNetwork } from './network/torture.ts';
import { planKills } from './plan.ts';
import { formatReport } from './report.ts';
import { torture } from './torture.ts';

interface Options {
  readonly kills: number;
  readonly seed: number;
  readonly validators: number;
  readonly outage: number;
  readonly point?: CrashPoint;
}

const KILLS = 200;
const KILLS_MAX = 100_000;
const SEED_MAX = 0xffff_ffff;
/** With fewer none may fail. */
const FAULTY_COUNT_MIN = 4;
/** More are no test of anything on one machine. */
const VALIDATORS_MAX = 16;
const OUTAGE_MS = 20_000;
const OUTAGE_MS_MAX = 600_000;
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
  const count = Number(text);
  const isNetwork = count >= FAULTY_COUNT_MIN && count <= VALIDATORS_MAX;
  if (/^\d+$/.test(text) && (count === 1 || isNetwork)) return count;
  throw new InvalidArgumentError(`1, or ${FAULTY_COUNT_MIN} to ${VALIDATORS_MAX}.`);
}

/** What a run of either kind says in the end. */
interface Outcome {
  readonly violations: readonly string[];
  readonly table: string;
}

async function run(options: Options): Promise<void> {
  const { kills, seed, validators, outage, point } = options;
  const dir = await mkdtemp(join(tmpdir(), 'birthmark-torture-'));
  const again = `npm run torture -- --seed ${seed} --kills ${kills}`;
  const network = validators === 1 ? '' : ` --validators ${validators} --outage ${outage}`;
  const command = `${again}${network}${point === undefined ? '' : ` --point ${point}`}`;
  console.log(`Seed ${seed}. The same schedule again: ${command}`);
  const play = validators === 1 ? playOne : playNetwork;
  const { violations, table } = await play(options, dir);
  console.log(`\n${table}`);
  if (violations.length === 0) {
    await rm(dir, { recursive: true });
    console.log('Every promise was kept.');
    return;
  }
  for (const violation of violations) console.error(`VIOLATION: ${violation}`);
  console.error(`\nSeed ${seed}; the folder is left as it is: ${dir}\n${command}`);
  process.exitCode = 1;
}

async function playOne({ kills, seed, point }: Options, dir: string): Promise<Outcome> {
  const plan = planKills({ kills, seed, point });
  const report = await torture({ seed, dir, plan }, (line) => console.log(line));
  return { violations: report.violations, table: formatReport(report) };
}

async function playNetwork(
  { kills, seed, validators: validatorCount, outage: outageMsMax }: Options,
  dir: string,
): Promise<Outcome> {
  const plan = planFaults({ kills, seed, validatorCount, outageMsMax });
  const options = { seed, dir, validatorCount, plan };
  const report = await tortureNetwork(options, (line) => console.log(line));
  return { violations: report.violations, table: formatNetworkReport(report) };
}

const command = new Command('torture')
  .description('kill a node under load, again and again, and check that every promise is kept')
  .option('--kills <n>', 'how often', parseInteger(KILLS_MAX), KILLS)
  .option('--seed <n>', 'repeat the schedule of a seed [random]', parseInteger(SEED_MAX))
  .option('--point <name>', 'with one validator: kill at this point only', parsePoint)
  .option('--validators <n>', 'number of validators: 1, or 4 and more', parseValidators, 1)
  .option(
    '--outage <ms>',
    'with several: how long one is away at most',
    parseInteger(OUTAGE_MS_MAX),
    OUTAGE_MS,
  )
  .exitOverride()
  .action((options: Partial<Options> & Pick<Options, 'kills' | 'validators' | 'outage'>) =>
    run({ ...options, seed: options.seed ?? randomInt(SEED_MAX) }),
  );

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
}
