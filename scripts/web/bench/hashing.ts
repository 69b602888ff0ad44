/** Rows about the page while it hashes a large file: it must stay usable. */
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Browser } from 'playwright-core';

import type { Measurement } from '../../bench/report.ts';
import type { World } from '../../bench/world.ts';
import type { Site } from '../site.ts';
import { longestTaskMs, TRACE_CATEGORIES } from './trace.ts';

const TASK_MS_MAX = 100;
const BYTES_PER_MB = 1_000_000;
const MS_PER_S = 1_000;
const HASH_TIMEOUT_MS = 300_000;

/** Measures both, each time in a fresh page. */
export async function measureHashing(
  browser: Browser,
  site: Site,
  world: World & { readonly megabytes: number },
): Promise<readonly Measurement[]> {
  const { dir, megabytes, options } = world;
  const file = join(dir, 'large.bin');
  await writeFile(file, '');
  // A hole reads as zeros, which cost as much to hash as anything else.
  await truncate(file, megabytes * BYTES_PER_MB);
  const tasks: number[] = [];
  const rates: number[] = [];
  for (let run = 0; run <= options.runs; run++) {
    const { taskMs, seconds } = await hashOnce(browser, site, file);
    world.note(
      `${run === 0 ? 'warm-up' : `run ${run}`}: ${taskMs.toFixed(1)} ms, ${seconds.toFixed(1)} s`,
    );
    if (run === 0) continue;
    tasks.push(taskMs);
    rates.push(megabytes / seconds);
  }
  return [
    {
      name: `longest task of the main thread, ${megabytes} MB hashed`,
      unit: 'ms',
      samples: tasks,
      target: { max: TASK_MS_MAX },
    },
    { name: 'hashing in the page', unit: 'MB/s', samples: rates },
  ];
}

async function hashOnce(
  browser: Browser,
  { api }: Site,
  file: string,
): Promise<{ readonly taskMs: number; readonly seconds: number }> {
  const page = await browser.newPage();
  try {
    await page.goto(new URL('/verify', api).href);
    const input = page.locator('#files');
    await input.waitFor({ state: 'attached' });
    await browser.startTracing(page, { categories: TRACE_CATEGORIES });
    const startMs = performance.now();
    await input.setInputFiles(file);
    await page.locator('details.item').waitFor({ timeout: HASH_TIMEOUT_MS });
    const seconds = (performance.now() - startMs) / MS_PER_S;
    const trace = await browser.stopTracing();
    return { taskMs: longestTaskMs(trace.toString('utf8')), seconds };
  } finally {
    await page.close();
  }
}
