/** Whether anything grows: the trend of samples over the time after a warm-up, and what is allowed. */
import { median } from '../bench/statistics.ts';
import type { Sample } from './sample.ts';

/** Something of a sample that must not grow, or only with the chain. */
export interface Quantity {
  readonly name: string;
  readonly unit: string;
  readonly of: (sample: Sample) => number;
  /** Growth over the time that is looked at: so much of the median, or so much, whichever is more. */
  readonly allowed: { readonly share: number; readonly least: number };
}

const MEGABYTE = 1_000_000;

/** What is looked at. */
export const QUANTITIES: readonly Quantity[] = [
  {
    name: 'memory',
    unit: 'MB',
    of: ({ memoryBytes }) => memoryBytes / MEGABYTE,
    allowed: { share: 0.1, least: 16 },
  },
  {
    name: 'heap',
    unit: 'MB',
    of: ({ heapBytes }) => heapBytes / MEGABYTE,
    allowed: { share: 0.1, least: 16 },
  },
  {
    name: 'handles',
    unit: '',
    of: ({ handles }) => handles,
    allowed: { share: 0.1, least: 8 },
  },
  {
    name: 'open files',
    unit: '',
    of: ({ files }) => files,
    allowed: { share: 0.1, least: 8 },
  },
];

/** Bytes of disk that a record may take at one node: chain, evidence, receipts, audit and what awaits compaction. */
export const RECORD_BYTES_MAX = 4_000;

/** How something grew. */
export interface Growth {
  readonly median: number;
  /** The trend over the time that is looked at. */
  readonly grown: number;
  readonly allowed: number;
}

/** Returns how a quantity grew over samples. */
export function growthOf({ of, allowed }: Quantity, samples: readonly Sample[]): Growth {
  const middle = median(samples.map(of));
  const span = (samples.at(-1)?.atS ?? 0) - (samples[0]?.atS ?? 0);
  return {
    median: middle,
    grown: slopeOf(samples.map((sample) => ({ x: sample.atS, y: of(sample) }))) * span,
    allowed: Math.max(allowed.share * middle, allowed.least),
  };
}

/** Returns the bytes of disk for each record between the first sample and the last. */
export function recordBytes(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  return (last.diskBytes - first.diskBytes) / (last.records - first.records);
}

/** The median of the slopes of all pairs (Theil and Sen), which a garbage collection does not bend. */
function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const slopes = points.flatMap((a, i) =>
    points.slice(i + 1).map((b) => (b.y - a.y) / (b.x - a.x)),
  );
  return median(slopes);
}
