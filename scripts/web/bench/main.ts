/**
 * `npm run bench:web`: measures the node's pages in a browser, and says whether the targets are met.
 *
 * A real network of this machine, a real browser, files of the size that reporters have. docs/benchmarks.md says what
 * each row means. Prints a table, writes JSON, ends by itself, and leaves nothing else behind.
 */
import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';

import { Command, InvalidArgumentError } from 'commander';

import { readMachine } from '../../bench/machine.ts';
import { formatTable, type Measurement, rowOf } from '../../bench/report.ts';
import { runInWorld } from '../../bench/runInWorld.ts';
import type { World } from '../../bench/world.ts';
import { openBrowser } from '../browser.ts';
import { ensureWeb } from '../build.ts';
import { startSite, worldOptions } from '../site.ts';
import { measureFirstLoads } from './firstLoad.ts';
import { measureHashing } from './hashing.ts';
import { measureListeners } from './listeners.ts';

interface Options {
  readonly runs: number;
  readonly seconds: number;
  readonly megabytes: number;
  readonly validators: number;
  readonly browser?: string;
  readonly out: string;
}

function readOptions(): Options {
  return new Command('npm run bench:web --')
    .description("measure the node's pages; prints a table and writes JSON")
    .option('--runs <n>', 'runs of each row, of which the median counts', parsePositive, 5)
    .option('--seconds <s>', 'how long the rate of answers is measured in a run', parsePositive, 5)
    .option('--megabytes <n>', 'size of the file that is hashed', parsePositive, 500)
    .option('--validators <n>', 'validators of the network', parsePositive, 1)
    .option('--browser <file>', "the browser; Debian's Chromium if not told")
    .option('--out <dir>', 'folder of the results', 'bench-results')
    .parse()
    .opts();
}

function parsePositive(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it is a whole number above 0.');
}

async function measure(world: World, options: Options): Promise<readonly Measurement[]> {
  const site = await startSite(world);
  const browser = await openBrowser(options.browser);
  try {
    const { megabytes } = options;
    return [
      ...(await measureFirstLoads(browser, site, world)),
      ...(await measureHashing(browser, site, { ...world, megabytes })),
      ...(await measureListeners(site, world)),
    ];
  } finally {
    await browser.close();
  }
}

async function report(world: World, options: Options): Promise<void> {
  const rows = (await measure(world, options)).map(rowOf);
  const date = new Date().toISOString();
  const machine = readMachine();
  const file = join(resolve(options.out), `web-${date.replaceAll(/[:.]/g, '-')}.json`);
  await writeFile(file, `${JSON.stringify({ date, machine, options, rows }, null, 2)}\n`);
  console.log(
    `${machine.cores} x ${machine.cpu}, ${machine.system}, Node ${machine.node}; medians of ${options.runs} runs\n`,
  );
  for (const line of formatTable(rows)) console.log(line);
  console.log(`\n${relative('.', file)}`);
}

const options = readOptions();
await ensureWeb();
await runInWorld(worldOptions(options.validators, options), (world) => report(world, options));
