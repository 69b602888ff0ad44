/**
 * `npm run bench`: measures this machine, then the node on it, and says whether the targets are met.
 *
 * Everything is real: processes on loopback, signatures, an authority that is asked, writes that are synced.
 * docs/benchmarks.md says what each row means. Prints a table, writes JSON, ends by itself, and leaves
 * nothing else behind.
 */
import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';

import { DEFAULT_PARAMS } from '../../chain/params.ts';
import { readMachine } from './machine.ts';
import { readOptions, SETTINGS } from './options.ts';
import { formatTable, rowOf } from './report.ts';
import { measureProfile } from './rows/profile.ts';
import type { Share } from './profile.ts';
import { measureAll } from './run.ts';
import { runInWorld } from './runInWorld.ts';
import type { World } from './world.ts';

const FUNCTION_COUNT = 30;
const PLACE_COUNT = 20;

async function report(world: World): Promise<void> {
  const rows = (await measureAll(world)).map(rowOf);
  const date = new Date().toISOString();
  const { out, ...options } = world.options;
  const settings = { ...SETTINGS, ...options, params: DEFAULT_PARAMS };
  const machine = readMachine();
  const file = join(resolve(out), `${date.replaceAll(/[:.]/g, '-')}.json`);
  await writeFile(file, `${JSON.stringify({ date, machine, settings, rows }, null, 2)}\n`);
  const { cpu, cores, system, node } = machine;
  const { validators, runs, seconds } = options;
  console.log(
    `${cores} x ${cpu}, ${system}, Node ${node}\n` +
      `${validators === 1 ? 'one validator' : `${validators} validators`}, ` +
      `batch_wait_ms ${SETTINGS.batchWaitMs}; medians of ${runs} runs of ${seconds} s\n`,
  );
  for (const line of formatTable(rows)) console.log(line);
  console.log(`\n${relative('.', file)}`);
}

async function profile(world: World): Promise<void> {
  const { perSecond, cpuUs, spent } = await measureProfile(world);
  console.log(
    `${Math.round(perSecond)} submissions a second under the profiler, processor time of each ` +
      `in us ${JSON.stringify(cpuUs)}; the main thread worked ` +
      `${percent(spent.busyShare)} of the time, of which:\n`,
  );
  print(spent.functions.slice(0, FUNCTION_COUNT));
  console.log('\nBy file or package:\n');
  print(spent.places.slice(0, PLACE_COUNT));
}

function print(shares: readonly Share[]): void {
  for (const { name, share } of shares) console.log(`${percent(share).padStart(7)}  ${name}`);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

const options = readOptions(process.argv);
await runInWorld(options, (world) => (options.profile ? profile(world) : report(world)));
