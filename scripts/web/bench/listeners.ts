/** Rows about the node while operators' pages listen: its answers to others must not come more slowly. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeSubmissions } from '../../bench/cameras.ts';
import { BenchError } from '../../bench/children.ts';
import { LoadClient, rateOf } from '../../bench/load/client.ts';
import type { Measurement } from '../../bench/report.ts';
import { measureRounds, measurementOf } from '../../bench/rounds.ts';
import { SETTINGS } from '../../bench/options.ts';
import type { World } from '../../bench/world.ts';
import type { Site } from '../site.ts';

const LISTENER_COUNT = 20;
/** What two measurements of the same differ by on a machine that also runs the load. */
const SHARE_MIN = 0.9;
/** So that blocks are made, of which pages are told. */
const SUBMISSIONS_PER_S = 20;
const NAMES = {
  alone: 'verify answers, nobody listens',
  heard: `verify answers, ${LISTENER_COUNT} pages listen`,
} as const;

/** Measures both in turn. */
export async function measureListeners(site: Site, world: World): Promise<readonly Measurement[]> {
  const cameras = await LoadClient.start(world.children, 'cameras');
  const hashes = join(world.dir, 'hashes');
  await writeFile(hashes, `${site.pictures.originalHash}\n${site.pictures.editHash}\n`);
  const rate = (): Promise<number> => measureRate(hashes, { site, world, cameras });
  const steps = [
    { name: NAMES.alone, measure: rate },
    { name: NAMES.heard, measure: () => whileListening(site.api, rate) },
  ];
  const samples = await measureRounds(steps, world.options.runs, (text) => world.note(text));
  const alone = measurementOf(NAMES.alone, samples);
  return [
    alone,
    measurementOf(NAMES.heard, samples, { anchor: { measurement: alone, shareMin: SHARE_MIN } }),
  ];
}

interface Scene {
  readonly site: Site;
  readonly world: World;
  readonly cameras: LoadClient;
}

async function measureRate(hashes: string, { site, world, cameras }: Scene): Promise<number> {
  const ports = site.nodes.slice(0, 1).map(({ port }) => port);
  const { seconds } = world.options;
  const file = join(world.dir, 'submissions');
  await writeSubmissions(world.cameras, { count: SUBMISSIONS_PER_S * seconds, perBody: 1, file });
  const runCameras = await cameras.prepare({
    ...{ ports, connections: 4, method: 'POST', path: '/api/v1/submit-cert', file },
    ...{ seconds: null, perSecond: SUBMISSIONS_PER_S },
  });
  const runReaders = await world.load.prepare({
    ...{ ports, connections: SETTINGS.readConnections, method: 'GET', path: '/api/v1/verify/' },
    ...{ file: hashes, seconds },
  });
  const [result] = await Promise.all([runReaders(), runCameras()]);
  return rateOf(result);
}

/** Keeps connections open as operators' pages do, and reads what comes. */
async function whileListening(api: string, measure: () => Promise<number>): Promise<number> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const listeners = await Promise.all(
    Array.from({ length: LISTENER_COUNT }, () => fetch(new URL('/api/v1/events', api), { signal })),
  );
  if (listeners.some(({ status }) => status !== 200)) {
    throw new BenchError('the node does not let all pages listen');
  }
  let heardBytes = 0;
  const ends = listeners.map(async ({ body }) => {
    for await (const chunk of body ?? []) heardBytes += (chunk as Uint8Array).length;
  });
  try {
    const rate = await measure();
    if (heardBytes === 0) throw new BenchError('the pages that listen heard nothing');
    return rate;
  } finally {
    stopping.abort();
    await Promise.allSettled(ends);
  }
}
