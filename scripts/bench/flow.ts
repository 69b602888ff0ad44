/** Anchors and submissions in the same rounds, and what becomes of a submission at half of the rate. */
import { join } from 'node:path';

import { writeSubmissions } from './cameras.ts';
import { BenchError } from './children.ts';
import type { Latency } from './load/job.ts';
import { type Part, SETTINGS } from './options.ts';
import type { Measurement } from './report.ts';
import { measureRounds, measurementOf, type Samples, type Step } from './rounds.ts';
import {
  BareServer,
  measureSyncedBatches,
  measureSyncs,
  measureVerifications,
  writeHashes,
} from './rows/anchors.ts';
import {
  measureLatency,
  measureSubmissions,
  nodeTarget,
  type Shape,
  shapesOf,
  startSkeleton,
  type Submitted,
  type Target,
} from './rows/submissions.ts';
import { prepareNetwork, startNodes, type World } from './world.ts';

/** Names of the rows. */
export const NAMES = {
  verifications: 'P-256 verifications, all cores',
  post: 'bare Koa POST',
  get: 'bare Koa GET',
  syncs: 'synced appends',
  batches: 'synced LevelDB batches',
  skeletonSingles: 'skeleton, one per request',
  singles: 'committed, one per request',
  latency: 'POST to committed at half the rate, p50',
  skeletonLists: 'skeleton, lists',
  lists: 'committed, lists',
} as const;

/** Share of an anchor that a row must reach. */
export const SHARE_MIN = 0.5;
const P50_MS_MAX = 300;
const P99_MS_MAX = 1_500;
const ANCHOR_BODY_COUNT = 1_000;

/** What the runs of a flow leave beside the samples, the warm-up's first. */
interface Flow {
  readonly stops: (() => Promise<void>)[];
  readonly submitted: Map<string, Submitted[]>;
  readonly latencies: Latency[];
}

/** Measures what is asked for of the two parts. */
export async function measureFlow(
  world: World,
  asked: (part: Part) => boolean,
): Promise<readonly Measurement[]> {
  const flow: Flow = { stops: [], submitted: new Map(), latencies: [] };
  const steps = [
    ...(asked('anchors') ? await anchorSteps(world, flow) : []),
    ...(asked('submissions') ? await submissionSteps(world, flow) : []),
  ];
  const samples = await measureRounds(steps, world.options.runs, (text) => world.note(text));
  for (const stop of flow.stops) await stop();
  return [
    ...(asked('anchors') ? anchorRows(samples) : []),
    ...(asked('submissions') ? submissionRows(samples, flow) : []),
  ];
}

async function anchorSteps(world: World, { stops }: Flow): Promise<readonly Step[]> {
  const bare = await BareServer.start(world);
  stops.push(() => bare.stop());
  const bodies = join(world.dir, 'anchor-bodies');
  const hashes = join(world.dir, 'anchor-hashes');
  await writeSubmissions(world.cameras, { count: ANCHOR_BODY_COUNT, perBody: 1, file: bodies });
  await writeHashes(hashes, ANCHOR_BODY_COUNT);
  const { seconds } = world.options;
  return [
    { name: NAMES.verifications, measure: () => measureVerifications(seconds) },
    { name: NAMES.post, measure: () => bare.post(bodies) },
    { name: NAMES.get, measure: () => bare.get(hashes) },
    { name: NAMES.syncs, measure: () => measureSyncs(world) },
    { name: NAMES.batches, measure: () => measureSyncedBatches(world) },
  ];
}

async function submissionSteps(world: World, flow: Flow): Promise<readonly Step[]> {
  const { validators } = world.options;
  const param = [`batch_wait_ms=${SETTINGS.batchWaitMs}`];
  const devnet = await prepareNetwork('submissions', world, { param, validators });
  const nodes = await startNodes(devnet.dirs, world);
  const skeleton = await startSkeleton(world, devnet.chainId);
  const target = nodeTarget(nodes);
  for (const child of [...skeleton.children, ...target.children]) {
    flow.stops.push(() => child.stop());
  }
  const { singles, lists } = shapesOf(world.options);
  const step = (name: string, to: Target, shape: Shape): Step => ({
    name,
    measure: async () => {
      const submitted = await measureSubmissions(to, shape, world);
      flow.submitted.set(name, [...(flow.submitted.get(name) ?? []), submitted]);
      return submitted.perSecond;
    },
  });
  return [
    step(NAMES.skeletonSingles, skeleton, singles),
    step(NAMES.singles, target, singles),
    ...(validators === 1 ? [] : [latencyStep(target, world, flow)]),
    step(NAMES.skeletonLists, skeleton, lists),
    step(NAMES.lists, target, lists),
  ];
}

/** At half of the rate that was measured just before. */
function latencyStep(target: Target, world: World, { submitted, latencies }: Flow): Step {
  return {
    name: NAMES.latency,
    measure: async () => {
      const rate = submitted.get(NAMES.singles)?.at(-1)?.perSecond;
      if (rate === undefined) throw new BenchError('no rate was measured before');
      const { seconds } = world.options;
      const latency = await measureLatency(target, { perSecond: rate / 2, seconds }, world);
      latencies.push(latency);
      return latency.p50;
    },
  };
}

function anchorRows(samples: Samples): readonly Measurement[] {
  const { verifications, post, get, syncs, batches } = NAMES;
  return [verifications, post, get, syncs, batches].map((name) => measurementOf(name, samples));
}

function submissionRows(samples: Samples, flow: Flow): readonly Measurement[] {
  const detailsOf = (name: string): readonly Submitted[] => {
    return (flow.submitted.get(name) ?? []).slice(1);
  };
  const pair = (anchorName: string, name: string): readonly Measurement[] => {
    const measurement = measurementOf(anchorName, samples, { details: detailsOf(anchorName) });
    const anchor = { measurement, shareMin: SHARE_MIN };
    const used = detailsOf(name).flatMap(({ cpuUs }) => cpuUs['target'] ?? []);
    return [
      measurement,
      measurementOf(name, samples, { anchor, details: detailsOf(name) }),
      ...(used.length === 0
        ? []
        : [{ name: '  processor time of all nodes', unit: 'us', samples: used }]),
    ];
  };
  return [
    ...pair(NAMES.skeletonSingles, NAMES.singles),
    ...latencyRows(flow.latencies.slice(1)),
    ...pair(NAMES.skeletonLists, NAMES.lists),
  ];
}

function latencyRows(latencies: readonly Latency[]): readonly Measurement[] {
  if (latencies.length === 0) return [];
  const p50 = latencies.map((each) => each.p50);
  const p99 = latencies.map((each) => each.p99);
  return [
    { name: NAMES.latency, unit: 'ms', samples: p50, target: { max: P50_MS_MAX } },
    { name: '  the same, p99', unit: 'ms', samples: p99, target: { max: P99_MS_MAX } },
  ];
}
