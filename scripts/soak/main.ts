/**
 * `npm run soak`: runs a network under a constant load and says whether anything grows.
 *
 * Real processes, as `npm run bench` starts them. Every ten seconds it looks at each node's memory, heap, handles, open
 * files and disk; after a warm-up of a fifth of the time none may show a trend above its allowance, and the disk may
 * grow with the records alone. Prints a table; exits with 1 upon growth.
 */
import { formatCells, formatNumber } from '../bench/report.ts';
import { untilCommitted } from '../bench/rows/submissions.ts';
import { runInWorld } from '../bench/runInWorld.ts';
import { pause, prepareNetwork, type RunningNode, startNodes, type World } from '../bench/world.ts';
import { growthOf, QUANTITIES, RECORD_BYTES_MAX, recordBytes } from './growth.ts';
import { runLoad } from './load.ts';
import { readOptions } from './options.ts';
import { type Sample, takeSample } from './sample.ts';

const SAMPLE_MS = 10_000;
const WARM_UP_SHARE = 0.2;
const SAMPLES_MIN = 3;

const { validators, minutes, rate, out } = readOptions(process.argv);
const seconds = minutes * 60;

const HEADINGS = ['node', 'what', 'median', 'unit', 'growth', 'allowed', ''] as const;
const NUMERIC = [2, 4, 5];

async function soak(world: World): Promise<void> {
  const { dirs } = await prepareNetwork('soak', world, { validators });
  const nodes = await startNodes(dirs, world);
  const samples = await sampleUnderLoad(nodes, world);
  const warmS = seconds * WARM_UP_SHARE;
  const rows = nodes.flatMap((node, i) =>
    rowsOf(
      node,
      (samples[i] ?? []).filter(({ atS }) => atS >= warmS),
    ),
  );
  console.log(
    `${validators} validators, ${rate} submissions a second for ${minutes} minutes; ` +
      `trends after ${warmS} s\n`,
  );
  for (const line of formatCells([HEADINGS, ...rows.map(({ cells }) => cells)], NUMERIC)) {
    console.log(line);
  }
  if (rows.some(({ hasGrown }) => hasGrown)) process.exitCode = 1;
  for (const { child } of nodes) await child.stop();
}

/** Samples of each node, in the order of the nodes. */
async function sampleUnderLoad(
  nodes: readonly RunningNode[],
  world: World,
): Promise<readonly (readonly Sample[])[]> {
  const samples = nodes.map((): Sample[] => []);
  const startMs = performance.now();
  const load = runLoad(nodes, { perSecond: rate, seconds }, world);
  load.catch(() => undefined); // It is awaited below.
  for (let due = SAMPLE_MS; due <= seconds * 1_000; due += SAMPLE_MS) {
    // A load that is refused ends the run at once.
    await Promise.race([load, pause(startMs + due - performance.now())]);
    const atS = (performance.now() - startMs) / 1_000;
    const taken = await Promise.all(nodes.map((node) => takeSample(node, atS)));
    taken.forEach((sample, i) => samples[i]?.push(sample));
    const [first] = taken;
    const megabytes = taken.map(({ memoryBytes }) => Math.round(memoryBytes / 1_000_000));
    world.note(`${Math.round(atS)} s: ${first?.records ?? 0} records, MB ${megabytes.join(' ')}`);
  }
  const sent = await load;
  for (const node of nodes) await untilCommitted(node, sent);
  return samples;
}

interface SoakRow {
  readonly cells: readonly string[];
  readonly hasGrown: boolean;
}

function rowsOf({ name }: RunningNode, samples: readonly Sample[]): readonly SoakRow[] {
  if (samples.length < SAMPLES_MIN) {
    return [{ cells: [name, 'too short a time to see anything'], hasGrown: true }];
  }
  const rowOf = (cells: readonly string[], grown: number, allowed: number): SoakRow => {
    const hasGrown = !(grown <= allowed);
    const verdict = hasGrown ? 'GROWN' : 'steady';
    return {
      cells: [name, ...cells, formatNumber(grown), formatNumber(allowed), verdict],
      hasGrown,
    };
  };
  return [
    ...QUANTITIES.map((quantity) => {
      const { median, grown, allowed } = growthOf(quantity, samples);
      return rowOf([quantity.name, formatNumber(median), quantity.unit], grown, allowed);
    }),
    rowOf(['disk for a record', '', 'bytes'], recordBytes(samples), RECORD_BYTES_MAX),
  ];
}

await runInWorld(
  {
    validators,
    out,
    parts: [],
    runs: 1,
    seconds,
    records: 0,
    entries: 0,
    profile: false,
    pendingMax: 0,
  },
  soak,
);
