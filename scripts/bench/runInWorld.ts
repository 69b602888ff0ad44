/** What surrounds a run: a folder, an authority, cameras and a load generator, and their end whatever happens. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { provisionCameras } from './cameras.ts';
import { BenchError, Children } from './children.ts';
import { LoadClient } from './load/client.ts';
import { isInMemory } from './machine.ts';
import { type BenchOptions, SETTINGS } from './options.ts';
import { startAuthority, type World } from './world.ts';

/**
 * Makes a world, uses it, and takes it away, also upon a signal. What stands in the way of a measurement is printed,
 * and the process will exit with 1.
 */
export async function runInWorld(
  options: BenchOptions,
  use: (world: World) => Promise<void>,
): Promise<void> {
  try {
    await withWorld(options, (world) => Promise.race([use(world), interruption()]));
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    console.error(`The run ended: ${error.message}`);
    process.exitCode = 1;
  }
}

async function withWorld(
  options: BenchOptions,
  use: (world: World) => Promise<void>,
): Promise<void> {
  const out = resolve(options.out);
  await mkdir(out, { recursive: true });
  const dir = await mkdtemp(join(out, 'work-'));
  if (await isInMemory(dir))
    note(`${out} lies in memory: syncs cost nothing there; choose another --out`);
  const children = new Children(dir);
  try {
    const authority = await startAuthority(children, dir);
    const load = await LoadClient.start(children);
    const cameras = await provisionCameras(authority, SETTINGS.cameras);
    await use({ options, dir, children, load, authority, cameras, note });
  } finally {
    await children.stopAll();
    await rm(dir, { recursive: true, force: true });
  }
}

function interruption(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        reject(new BenchError(`stopped by ${signal}`));
      });
    }
  });
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
