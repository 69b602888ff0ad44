/** The curves of the page: what each shows, of blocks or of the time since the page was opened. */
import { formatBytes, formatNumber, pendingCountOf, timeBlocks } from '../../client/figures.ts';
import type { NetworkView } from '../../client/network.ts';
import type { Sample } from '../../schemas/events.ts';

/** One row of a curve's table, and one place of the curve. */
export interface Point {
  /** A height, or Unix seconds. */
  readonly x: number;
  /** Undefined: nothing is known of then. */
  readonly values: readonly (number | undefined)[];
}

/** A curve with its table. */
export interface Curve {
  readonly id: string;
  readonly title: string;
  readonly axis: 'height' | 'time';
  readonly drawn: 'bars' | 'lines';
  /** Names of its series, at most three. */
  readonly series: readonly string[];
  readonly format: (value: number) => string;
  /** Between the lines of its scale; absent: those of decimal numbers. */
  readonly steps?: readonly number[];
  readonly points: (view: NetworkView) => readonly Point[];
}

/** Blocks that are drawn. */
const DRAWN_BLOCKS = 60;

/** From 64 MiB to 32 TiB. */
const BYTE_STEPS = Array.from({ length: 20 }, (_each, i) => 64 * 1_048_576 * 2 ** i);

/** All curves, in the order of the page. */
export const CURVES: readonly Curve[] = [
  {
    id: 'block-times',
    title: 'Seconds from block to block',
    axis: 'height',
    drawn: 'bars',
    series: ['seconds'],
    format: formatNumber,
    points: ({ blocks }) =>
      timeBlocks(blocks)
        .slice(-DRAWN_BLOCKS)
        .map(({ block, tookS }) => ({ x: block.block_height, values: [tookS] })),
  },
  {
    id: 'lost-views',
    title: 'Views lost for each block',
    axis: 'height',
    drawn: 'bars',
    series: ['lost views'],
    format: formatNumber,
    points: ({ blocks }) =>
      blocks.slice(-DRAWN_BLOCKS).map((block) => ({ x: block.block_height, values: [block.view] })),
  },
  ofTime('submissions', {
    title: 'Submissions a second',
    series: ['taken in', 'registered'],
    values: ({ per_second: rates }) => [rates?.submissions, rates?.records],
  }),
  ofTime('verifications', {
    title: 'Verifications a second',
    series: ['answers about photographs', 'signatures checked'],
    values: ({ per_second: rates }) => [rates?.verify_answers, rates?.signatures],
  }),
  ofTime('pending', {
    title: 'Submissions that are not decided',
    series: ['all', 'waiting for an authority', 'waiting for a block'],
    values: ({ pending }) => [
      pendingCountOf(pending),
      pending.authority_pending ?? 0,
      (pending.validated ?? 0) + (pending.batched ?? 0),
    ],
  }),
  ofTime('memory', {
    title: 'Memory of the node',
    series: ['memory'],
    format: formatBytes,
    steps: BYTE_STEPS,
    values: ({ memory_bytes: bytes }) => [bytes],
  }),
  ofTime('disk', {
    title: 'Left on the disk',
    series: ['left'],
    format: formatBytes,
    steps: BYTE_STEPS,
    values: ({ disk_free_bytes: bytes }) => [bytes],
  }),
];

interface TimeCurve {
  readonly title: string;
  readonly series: readonly string[];
  readonly format?: (value: number) => string;
  readonly steps?: readonly number[];
  readonly values: (sample: Sample) => readonly (number | undefined)[];
}

function ofTime(id: string, curve: TimeCurve): Curve {
  const { title, series, format = formatNumber, steps, values } = curve;
  return {
    id,
    title,
    axis: 'time',
    drawn: 'lines',
    series,
    format,
    ...(steps === undefined ? {} : { steps }),
    points: ({ moments }) =>
      moments.map(({ atMs, sample }) => ({
        x: atMs / 1_000,
        values: sample === undefined ? series.map(() => undefined) : values(sample),
      })),
  };
}

/** Returns what a curve says last, for who cannot see it. */
export function describe({ title, series, format }: Curve, points: readonly Point[]): string {
  const last = points.findLast(({ values }) => values.some((value) => value !== undefined));
  if (last === undefined) return `${title}: nothing is known yet`;
  const said = series.flatMap((name, i) => {
    const value = last.values[i];
    return value === undefined ? [] : [`${name} ${format(value)}`];
  });
  return `${title}, last: ${said.join(', ')}`;
}
