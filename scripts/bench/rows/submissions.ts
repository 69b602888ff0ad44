/** Signed submissions, from the first POST until the last is committed, beside the pipeline skeleton. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { writeSubmissions } from '../cameras.ts';
import { BenchError, type Child } from '../children.ts';
import type { Job, JobResult } from '../load/job.ts';
import { readCpuSeconds } from '../machine.ts';
import { SETTINGS } from '../options.ts';
import type { Listening } from '../servers/listen.ts';
import { readCounts, type RunningNode, waitUntil, type World } from '../world.ts';

const SKELETON = new URL('../servers/skeleton.ts', import.meta.url).pathname;
const DRAIN_TIMEOUT_MS = 120_000;
const MICROSECONDS = 1_000_000;

/** How submissions are sent. */
export interface Shape {
  readonly name: string;
  readonly perBody: number;
  readonly connections: number;
  readonly count: number;
}

/** Returns the shapes of a run: one submission for each request, and lists. */
export function shapesOf(seconds: number): { readonly singles: Shape; readonly lists: Shape } {
  const { singleConnections, listConnections, listSize, singlesPerS, listedPerS } = SETTINGS;
  return {
    singles: {
      name: 'singles',
      perBody: 1,
      connections: singleConnections,
      count: seconds * singlesPerS,
    },
    lists: {
      name: 'lists',
      perBody: listSize,
      connections: listConnections,
      count: seconds * listedPerS,
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
  readonly port: number;
  readonly child: Child;
  /** Called before the first request; resolves to a function that waits until all are through. */
  expect(count: number): Promise<() => Promise<number>>;
}

/** Returns a node as a target: through means committed. */
export function nodeTarget(node: RunningNode): Target {
  return {
    port: node.port,
    child: node.child,
    expect: async (count) => {
      const goal = (await readCounts(node)).committed + count;
      return async () => {
        await waitUntil(`${count} submissions are committed`, DRAIN_TIMEOUT_MS, async () => {
          return (await readCounts(node)).committed >= goal;
        });
        return Date.now();
      };
    },
  };
}

/** Starts the skeleton: through means that the authority has answered. */
export async function startSkeleton(world: World, chainId: string): Promise<Target> {
  const folder = join(world.dir, 'skeleton');
  const child = await world.children.start({
    name: 'skeleton',
    script: SKELETON,
    args: [folder, world.authority.url, chainId],
  });
  const { port } = (await child.reply()) as Listening;
  return {
    port,
    child,
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
  const job: Job = {
    port: target.port,
    connections,
    method: 'POST',
    path: '/api/v1/submit-cert',
    file,
    seconds: null,
  };
  const run = await world.load.prepare(job);
  const through = await target.expect(count);
  const pids = {
    target: target.child.pid,
    authority: world.authority.child.pid,
    load: world.load.pid,
  };
  const before = await cpuOf(pids);
  const result = await run();
  const endedMs = await through();
  const after = await cpuOf(pids);
  await rm(file);
  if (result.requests * perBody !== count) throw new BenchError('not all submissions were sent');
  return {
    perSecond: (count * 1_000) / (endedMs - result.startedMs),
    acceptedPerSecond: (count * 1_000) / (result.endedMs - result.startedMs),
    latencyMs: result.latencyMs,
    cpuUs: differenceOf(before, after, count),
  };
}

async function cpuOf(pids: Readonly<Record<string, number>>): Promise<Record<string, number>> {
  const seconds: Record<string, number> = {};
  for (const [name, pid] of Object.entries(pids)) {
    const used = await readCpuSeconds(pid);
    if (used !== undefined) seconds[name] = used;
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
