/** A run: the parts that were asked for, one after another, as rows of one report. */
import { join } from 'node:path';

import { writeSubmissions } from './cameras.ts';
import { type Part, SETTINGS } from './options.ts';
import type { Measurement } from './report.ts';
import { measureRounds, type Samples, type Step } from './rounds.ts';
import {
  BareServer,
  measureSyncedBatches,
  measureSyncs,
  measureVerifications,
  writeHashes,
} from './rows/anchors.ts';
import {
  type LargeChain,
  makeLargeChain,
  measureBytes,
  measureStarts,
  measureVerify,
  writeRandomHashes,
} from './rows/ledger.ts';
import { measureMemory } from './rows/memory.ts';
import {
  measureSubmissions,
  nodeTarget,
  type Shape,
  shapesOf,
  startSkeleton,
  type Submitted,
  type Target,
} from './rows/submissions.ts';
import { prepareNetwork, startNode, type World } from './world.ts';

const NAMES = {
  verifications: 'P-256 verifications, all cores',
  post: 'bare Koa POST',
  get: 'bare Koa GET',
  syncs: 'synced appends',
  batches: 'synced LevelDB batches',
  skeletonSingles: 'skeleton, one per request',
  singles: 'committed, one per request',
  skeletonLists: 'skeleton, lists',
  lists: 'committed, lists',
  verify: 'verify',
} as const;

const SHARE_MIN = 0.5;
const P99_MS_MAX = 20;
const BYTES_MAX = 250;
const START_S_MAX = 2;
const RSS_MB_MAX = 400;
const MEGABYTE = 1_000_000;
const ANCHOR_BODY_COUNT = 1_000;

/** Measures the parts of `--only`, in order. */
export async function measureAll(world: World): Promise<readonly Measurement[]> {
  const asked = (part: Part): boolean => world.options.parts.includes(part);
  const measurements: Measurement[] = [];
  if (asked('anchors') || asked('submissions'))
    measurements.push(...(await measureFlow(world, asked)));
  if (asked('ledger') || asked('memory')) {
    const chain = await makeLargeChain(world);
    if (asked('ledger')) measurements.push(...(await measureLedger(chain, world)));
    if (asked('memory')) measurements.push(await measureBacklog(chain, world));
  }
  return measurements;
}

/** Anchors and submissions, in the same rounds. */
async function measureFlow(
  world: World,
  asked: (part: Part) => boolean,
): Promise<readonly Measurement[]> {
  const details = new Map<string, Submitted[]>();
  const stops: (() => Promise<void>)[] = [];
  const steps = [
    ...(asked('anchors') ? await anchorSteps(world, stops) : []),
    ...(asked('submissions') ? await submissionSteps(world, { stops, details }) : []),
  ];
  const samples = await measureRounds(steps, world.options.runs, (text) => world.note(text));
  for (const stop of stops) await stop();
  return [
    ...(asked('anchors') ? anchorRows(samples) : []),
    ...(asked('submissions') ? submissionRows(samples, details) : []),
  ];
}

async function anchorSteps(world: World, stops: (() => Promise<void>)[]): Promise<readonly Step[]> {
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

interface Flow {
  readonly stops: (() => Promise<void>)[];
  readonly details: Map<string, Submitted[]>;
}

async function submissionSteps(world: World, { stops, details }: Flow): Promise<readonly Step[]> {
  const devnet = await prepareNetwork('submissions', world, [
    `batch_wait_ms=${SETTINGS.batchWaitMs}`,
  ]);
  const node = await startNode(devnet, world);
  const skeleton = await startSkeleton(world, devnet.chainId);
  stops.push(
    () => node.child.stop(),
    () => skeleton.child.stop(),
  );
  const { singles, lists } = shapesOf(world.options.seconds);
  const step = (name: string, target: Target, shape: Shape): Step => ({
    name,
    measure: async () => {
      const submitted = await measureSubmissions(target, shape, world);
      details.set(name, [...(details.get(name) ?? []), submitted]);
      return submitted.perSecond;
    },
  });
  return [
    step(NAMES.skeletonSingles, skeleton, singles),
    step(NAMES.singles, nodeTarget(node), singles),
    step(NAMES.skeletonLists, skeleton, lists),
    step(NAMES.lists, nodeTarget(node), lists),
  ];
}

function measurementOf(
  name: string,
  samples: Samples,
  more: Partial<Measurement> = {},
): Measurement {
  return { name, unit: '/s', samples: samples.get(name) ?? [], ...more };
}

function anchorRows(samples: Samples): readonly Measurement[] {
  const { verifications, post, get, syncs, batches } = NAMES;
  return [verifications, post, get, syncs, batches].map((name) => measurementOf(name, samples));
}

function submissionRows(
  samples: Samples,
  details: ReadonlyMap<string, readonly Submitted[]>,
): readonly Measurement[] {
  const pair = (anchorName: string, name: string): readonly Measurement[] => {
    // The warm-up's comes first.
    const measurement = measurementOf(anchorName, samples, {
      details: details.get(anchorName)?.slice(1),
    });
    const anchor = { measurement, shareMin: SHARE_MIN };
    return [
      measurement,
      measurementOf(name, samples, { anchor, details: details.get(name)?.slice(1) }),
    ];
  };
  const cpu = (name: string, of: string): readonly Measurement[] => {
    const used = (details.get(of) ?? []).slice(1).flatMap(({ cpuUs }) => cpuUs['target'] ?? []);
    return used.length === 0 ? [] : [{ name, unit: 'us', samples: used }];
  };
  return [
    ...pair(NAMES.skeletonSingles, NAMES.singles),
    ...cpu('  processor time of the node', NAMES.singles),
    ...pair(NAMES.skeletonLists, NAMES.lists),
    ...cpu('  processor time of the node', NAMES.lists),
  ];
}

async function measureLedger(chain: LargeChain, world: World): Promise<readonly Measurement[]> {
  const starts = await measureStarts(chain, world);
  const node = await startNode(chain.devnet, world);
  const bare = await BareServer.start(world);
  const file = join(world.dir, 'hashes');
  await writeRandomHashes(file, chain.records);
  const p99: number[] = [];
  const steps: readonly Step[] = [
    { name: NAMES.get, measure: () => bare.get(file) },
    {
      name: NAMES.verify,
      measure: async () => {
        const { perSecond, result } = await measureVerify(node, file, world);
        p99.push(result.latencyMs.p99);
        return perSecond;
      },
    },
  ];
  const samples = await measureRounds(steps, world.options.runs, (text) => world.note(text));
  await node.child.stop();
  await bare.stop();
  const get = measurementOf(NAMES.get, samples);
  const at = `${chain.records} records`;
  return [
    { ...get, name: `${NAMES.get}, beside verify` },
    {
      ...measurementOf(NAMES.verify, samples, {
        anchor: { measurement: get, shareMin: SHARE_MIN },
      }),
      name: `verify at ${at}`,
    },
    { name: 'verify, p99', unit: 'ms', samples: p99.slice(1), target: { max: P99_MS_MAX } },
    { name: `start at ${at}`, unit: 's', samples: starts, target: { max: START_S_MAX } },
    {
      name: 'chain data for a record',
      unit: 'bytes',
      samples: [await measureBytes(chain)],
      target: { max: BYTES_MAX },
      details: { makeSeconds: chain.makeSeconds },
    },
  ];
}

/** Stops the authority for good: the last part of a run. */
async function measureBacklog(chain: LargeChain, world: World): Promise<Measurement> {
  await world.authority.child.stop();
  const node = await startNode(chain.devnet, world);
  const use = await measureMemory(node, world);
  await node.child.stop();
  return {
    name: `RSS, ${use.pending} pending`,
    unit: 'MB',
    samples: [use.fullBytes / MEGABYTE],
    target: { max: RSS_MB_MAX },
    details: use,
  };
}
