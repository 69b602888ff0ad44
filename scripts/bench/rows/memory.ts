/** The node's memory while its backlog is at its limit: all submissions wait for an authority that is down. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { writeSubmissions } from '../cameras.ts';
import { BenchError } from '../children.ts';
import { type ProcessMemory, readMemory } from '../machine.ts';
import { SETTINGS } from '../options.ts';
import { pause, readCounts, type RunningNode, type World } from '../world.ts';

const PART_COUNT = 10_000;
const HOLD_MS = 10_000;
const SAMPLE_MS = 500;

/** What was seen, in bytes. */
export interface MemoryUse {
  readonly beforeBytes: number;
  /** The most that was seen in ten seconds with the backlog full. */
  readonly fullBytes: number;
  /** Pages of files at the end of them, which count as resident. */
  readonly fileBytes: number;
  /** The most since the node's start. */
  readonly peakBytes: number;
  readonly pending: number;
}

/** Fills the node's backlog, checks that it takes no more, and reads its memory. */
export async function measureMemory(node: RunningNode, world: World): Promise<MemoryUse> {
  const { pendingMax } = SETTINGS;
  const before = await memoryOf(node);
  for (let sent = 0; sent < pendingMax; sent += PART_COUNT) {
    await send(node, Math.min(PART_COUNT, pendingMax - sent), world);
    world.note(`${sent + PART_COUNT} of ${pendingMax} submissions are pending`);
  }
  const { pending } = await readCounts(node);
  if (pending !== pendingMax) throw new BenchError(`${pending} submissions are pending`);
  await checkFull(node, world);
  let fullBytes = 0;
  for (let held = 0; held < HOLD_MS; held += SAMPLE_MS) {
    await pause(SAMPLE_MS);
    fullBytes = Math.max(fullBytes, (await memoryOf(node)).rssBytes);
  }
  const { peakBytes, fileBytes } = await memoryOf(node);
  return { beforeBytes: before.rssBytes, fullBytes, fileBytes, peakBytes, pending };
}

async function send(node: RunningNode, count: number, world: World): Promise<void> {
  const file = join(world.dir, 'backlog');
  await writeSubmissions(world.cameras, { count, perBody: SETTINGS.listSize, file });
  const connections = SETTINGS.listConnections;
  const path = '/api/v1/submit-cert';
  await world.load.run({ port: node.port, connections, method: 'POST', path, file, seconds: null });
  await rm(file);
}

async function checkFull(node: RunningNode, world: World): Promise<void> {
  const refusal = await send(node, SETTINGS.listSize, world).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal instanceof BenchError && refusal.message.includes('ERR_QUEUE_FULL')) return;
  throw new BenchError('the node takes more than its limit', { cause: refusal });
}

async function memoryOf({ child }: RunningNode): Promise<ProcessMemory> {
  const memory = await readMemory(child.pid);
  if (memory === undefined)
    throw new BenchError('this system does not tell how much memory a process has');
  return memory;
}
