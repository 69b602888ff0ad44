/** The row of an export: all entries of a large chain as files, written by the command of an operator. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { LOG_FLAGS } from '../../../bin/launch.js';
import { fieldsOf } from '../../../genesis/json.ts';
import { BenchError } from '../children.ts';
import { folderBytes } from '../files.ts';
import { type ProcessMemory, readMemory } from '../machine.ts';
import { BIRTHMARK, pause, type RunningNode, startNode, waitUntil, type World } from '../world.ts';
import type { LargeChain } from './ledger.ts';

const SAMPLE_MS = 20;
const COSIGN_MS_MAX = 60_000;

/** What was seen of one export. */
export interface Exported {
  readonly seconds: number;
  /** Bytes of all files. */
  readonly bytes: number;
  /** The most memory of its process, pages of the store's files included. */
  readonly peakBytes: number;
  /** Pages of files at the last look. */
  readonly fileBytes: number;
}

/** Exports the log of a chain, as often as there are runs, each time into a folder that was not there. */
export async function measureExports(
  { devnet, records }: LargeChain,
  world: World,
): Promise<readonly Exported[]> {
  const [dir = ''] = devnet.dirs;
  const node = await startNode(dir, world);
  // The chain was made without its validator: it has yet to cosign.
  const isCosigned = async (): Promise<boolean> => (await finalSizeOf(node)) > records;
  await waitUntil('the log is cosigned', COSIGN_MS_MAX, isCosigned);
  await node.child.stop();
  const seen: Exported[] = [];
  for (let run = 1; run <= world.options.runs; run++) {
    const exported = await measureExport(dir, run, world);
    world.note(`run ${run} of ${world.options.runs}: exported in ${exported.seconds} s`);
    seen.push(exported);
  }
  return seen;
}

async function finalSizeOf({ api }: RunningNode): Promise<number> {
  const status = fieldsOf(await (await fetch(new URL('/api/v1/status', api))).json());
  return Number(fieldsOf(status['checkpoint'])['final_size']);
}

async function measureExport(dir: string, run: number, world: World): Promise<Exported> {
  const out = join(world.dir, 'export');
  const startMs = performance.now();
  const child = await world.children.start({
    name: `export-${run}`,
    script: BIRTHMARK,
    args: ['log', 'export', out, '--dir', dir],
    nodeArgs: LOG_FLAGS,
  });
  let memory: ProcessMemory | undefined;
  while (!child.hasEnded()) {
    memory = (await readMemory(child.pid)) ?? memory;
    await pause(SAMPLE_MS);
  }
  const seconds = (performance.now() - startMs) / 1_000;
  if (!child.hasSucceeded()) await child.reply(); // Rejects, and shows its log.
  if (memory === undefined) {
    throw new BenchError('this system does not tell how much memory a process has');
  }
  const bytes = await folderBytes(out);
  await rm(out, { recursive: true });
  const { peakBytes, fileBytes } = memory;
  return { seconds, bytes, peakBytes, fileBytes };
}
