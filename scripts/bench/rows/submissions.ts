/** Signed submissions, from the first POST until the last is committed, beside the pipeline skeleton. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { writeSubmissions } from '../cameras.ts';
import { BenchError, type Child } from '../children.ts';
import type { JobPlan } from '../load/client.ts';
import type { JobResult, Latency } from '../load/job.ts';
import { readCpuSeconds } from '../machine.ts';
import { type BenchOptions, SETTINGS } from '../options.ts';
import type { Listening } from '../servers/listen.ts';
import { readStatus, type RunningNode, waitUntil, type World } from '../world.ts';

const SKELETON = new URL('../servers/skeleton.ts', import.meta.url).pathname;
const DRAIN_TIMEOUT_MS = 120_000;
const MICROSECONDS = 1_000_000;

/** Where submissions are sent. */
export const SUBMIT_PATH = '/api/v1/submit-cert';

/** How submissions are sent. */
export interface Shape {
  readonly name: string;
  readonly perBody: number;
  readonly connections: number;
  readonly count: number;
}

/** Returns the shapes of a run: one submission for each request, and lists. */
export function shapesOf({ seconds, validators }: BenchOptions): {
  readonly singles: Shape;
  readonly lists: Shape;
} {
  const { singleConnections, listConnections, listSize } = SETTINGS;
  const { singlesPerS, listedPerS, networkSinglesPerS, networkListedPerS } = SETTINGS;
  const isOne = validators === 1;
  return {
    singles: {
      name: 'singles',
      perBody: 1,
      connections: singleConnections,
      count: seconds * (isOne ? singlesPerS : networkSinglesPerS),
    },
    lists: {
      name: 'lists',
      perBody: listSize,
      connections: listConnections,
      count: seconds * (isOne ? listedPerS : networkListedPerS),
    },
  };
}

/** One measurement. */
export interface Submitted {
  readonly perSecond: number;
  /** Accepted (202) a second while requests came in. */
  readonly acceptedPerSecond: number;
  readonly latencyMs: JobResult['latencyMs'];
  /** Microseconds of processor time for each submission, by process; empty where the system does not tell. */
  readonly cpuUs: Readonly<Record<string, number>>;
}

/** Something that takes submissions. */
export interface Target {
  readonly ports: readonly number[];
  readonly children: readonly Child[];
  /** Called before the first request; resolves to a function that waits until all are through. */
  expect(count: number): Promise<() => Promise<number>>;
}

/**
 * Returns nodes of one network as a target: through means committed, at each of them.
 *
 * @param others - nodes that take no submissions, and whose processor time counts.
 */
export function nodeTarget(
  nodes: readonly RunningNode[],
  others: readonly RunningNode[] = [],
): Target {
  return {
    ports: nodes.map(({ port }) => port),
    children: [...nodes, ...others].map(({ child }) => child),
    expect: async (count) => {
      const before = await Promise.all(nodes.map(readStatus));
      const goal = Math.max(...before.map(({ committed }) => committed)) + count;
      return async () => {
        for (const node of nodes) await untilCommitted(node, goal);
        return Date.now();
      };
    },
  };
}

/** Resolves when a node has so many records. */
export async function untilCommitted(node: RunningNode, goal: number): Promise<void> {
  await waitUntil(`${node.name} has ${goal} records`, DRAIN_TIMEOUT_MS, async () => {
    return (await readStatus(node)).committed >= goal;
  });
}

/** Starts the skeleton, which verifies once for each validator: through means that the authority has answered. */
export async function startSkeleton(world: World, chainId: string): Promise<Target> {
  const folder = join(world.dir, 'skeleton');
  const child = await world.children.start({
    name: 'skeleton',
    script: SKELETON,
    args: [folder, world.authority.url, chainId, String(world.options.validators)],
  });
  const { port } = (await child.reply()) as Listening;
  return {
    ports: [port],
    children: [child],
    expect: async (count) => {
      const done = child.reply() as Promise<{ readonly atMs: number }>;
      done.catch(() => undefined); // Whoever waits for it sees the rejection.
      child.send({ expect: count });
      return async () => (await done).atMs;
    },
  };
}

/** Signs, sends, and waits until all are through; the signing is not measured. */
export async function measureSubmissions(
  target: Target,
  shape: Shape,
  world: World,
): Promise<Submitted> {
  const { count, perBody, connections } = shape;
  const file = join(world.dir, 'submissions.jsonl');
  await writeSubmissions(world.cameras, { count, perBody, file });
  const plan: JobPlan = {
    ports: target.ports,
    connections,
    method: 'POST',
    path: SUBMIT_PATH,
    file,
    seconds: null,
  };
  const run = await world.load.prepare(plan);
  const through = await target.expect(count);
  const processes = {
    target: target.children.map(({ pid }) => pid),
    authority: [world.authority.child.pid],
    load: [world.load.pid],
  };
  const before = await cpuOf(processes);
  const result = await run();
  const endedMs = await through();
  const after = await cpuOf(processes);
  await rm(file);
  if (result.requests * perBody !== count) throw new BenchError('not all submissions were sent');
  return {
    perSecond: (count * 1_000) / (endedMs - result.startedMs),
    acceptedPerSecond: (count * 1_000) / (result.endedMs - result.startedMs),
    latencyMs: result.latencyMs,
    cpuUs: differenceOf(before, after, count),
  };
}

/** Submissions at a steady pace. */
export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
}

/** Sends single submissions at a pace; resolves to the time from when each was due until it was committed. */
export async function measureLatency(
  target: Target,
  { perSecond, seconds }: Pace,
  world: World,
): Promise<Latency> {
  const file = join(world.dir, 'paced.jsonl');
  const count = Math.max(1, Math.round(perSecond * seconds));
  await writeSubmissions(world.cameras, { count, perBody: 1, file });
  const result = await world.load.run({
    ports: target.ports,
    connections: SETTINGS.pacedConnections,
    method: 'POST',
    path: SUBMIT_PATH,
    file,
    seconds: null,
    perSecond,
    followsReceipts: true,
  });
  await rm(file);
  if (result.committedMs === null) throw new BenchError('nobody asked for the receipts');
  return result.committedMs;
}

async function cpuOf(
  processes: Readonly<Record<string, readonly number[]>>,
): Promise<Record<string, number>> {
  const seconds: Record<string, number> = {};
  for (const [name, pids] of Object.entries(processes)) {
    const used = await Promise.all(pids.map(readCpuSeconds));
    const known = used.filter((each) => each !== undefined);
    if (known.length === pids.length) seconds[name] = known.reduce((sum, each) => sum + each, 0);
  }
  return seconds;
}

function differenceOf(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  count: number,
): Record<string, number> {
  const entries = Object.entries(after).map(([name, seconds]): [string, number] => [
    name,
    Math.round(((seconds - (before[name] ?? 0)) * MICROSECONDS) / count),
  ]);
  return Object.fromEntries(entries);
}
