/** Numbers as operators read them. */
import type { BlockEvent } from '../schemas/events.ts';

const GROUPED = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const MIB = 1_048_576;
const GIB = 1_024 * MIB;

/** Returns a number with its thousands apart, and one decimal at most. */
export function formatNumber(value: number): string {
  return GROUPED.format(value);
}

/** Returns bytes in MiB or GiB. */
export function formatBytes(bytes: number): string {
  return bytes < GIB ? `${formatNumber(bytes / MIB)} MiB` : `${formatNumber(bytes / GIB)} GiB`;
}

/** Returns a time that has passed in its two largest units. */
export function formatSpan(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3_600)} h`;
}

/** A block with the time since the one before it. */
export interface TimedBlock {
  readonly block: BlockEvent;
  /** Seconds; undefined for the first that is known, and after block 0, whose time is not one of this network. */
  readonly tookS: number | undefined;
}

/** Returns blocks with the time that each took. */
export function timeBlocks(blocks: readonly BlockEvent[]): readonly TimedBlock[] {
  return blocks.map((block, i) => {
    const before = blocks[i - 1];
    if (before === undefined || before.block_height === 0) return { block, tookS: undefined };
    return { block, tookS: (block.timestamp_ms - before.timestamp_ms) / 1_000 };
  });
}

/** Returns the middle of some values; undefined of none. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** Returns how many submissions are not decided. */
export function pendingCountOf(pending: Readonly<Record<string, number | undefined>>): number {
  return Object.values(pending).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}
