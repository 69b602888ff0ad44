/**
 * Execution of a batch's items: each makes one entry of the log, or none where another did before.
 *
 * A photograph makes one for each aggregator, an equivocation one for each offender. The batch is checked
 * before it comes here; nothing in an item is judged again.
 */
import { type Batch, type ImageItem, ITEM_KIND, STATUS_REASON, type StatusItem } from './batch.ts';
import { formatHex } from './bytes.ts';
import { type ImageEntry, logEntry, type LoggedEntry, type StatusEntry } from './entry.ts';
import { invariant } from './invariant.ts';
import type { Offender } from './offender.ts';

/** Returns the key under which at most one entry exists. */
export function registrationKey(imageHash: Uint8Array, aggregator: Uint8Array): string {
  return `${formatHex(imageHash)}/${formatHex(aggregator)}`;
}

/** What has made an entry, in the chain or earlier in the block. */
export class Seen {
  readonly #registered: Set<string>;
  readonly #offenders: Map<string, Offender>;

  /** Begins with what the chain has; `registered` are keys by `registrationKey`. */
  constructor(registered: ReadonlySet<string>, offenders: readonly Offender[]) {
    this.#registered = new Set(registered);
    this.#offenders = new Map(offenders.map((each) => [formatHex(each.subject), each]));
  }

  /** Returns whether this is the first registration under a key, and notes it. */
  register(key: string): boolean {
    const isFirst = !this.#registered.has(key);
    this.#registered.add(key);
    return isFirst;
  }

  /** Returns whether this is the first record of an offender, and notes it. */
  record(offender: Offender): boolean {
    const key = formatHex(offender.subject);
    const isFirst = !this.#offenders.has(key);
    if (isFirst) this.#offenders.set(key, offender);
    return isFirst;
  }

  /** All offenders so far, in no order. */
  offenders(): readonly Offender[] {
    return [...this.#offenders.values()];
  }
}

/** A batch on its way into a block. */
export interface PlacedBatch {
  readonly batch: Batch;
  readonly batchId: Uint8Array;
  /** Of the block. */
  readonly height: number;
  readonly timestampMs: number;
}

/** What a batch yields. */
export interface BatchResult {
  readonly entries: readonly LoggedEntry[];
  /** Positions of items that made no entry. */
  readonly skipped: readonly number[];
}

/** Executes the items of a batch in their order. */
export function executeBatch(placed: PlacedBatch, seen: Seen): BatchResult {
  const entries: LoggedEntry[] = [];
  const skipped: number[] = [];
  placed.batch.items.forEach((item, i) => {
    invariant(item.kind !== ITEM_KIND.configuration, 'no rule admits a change of configuration');
    const entry =
      item.kind === ITEM_KIND.image
        ? registerImage(item, placed, seen)
        : recordOffender(item, placed, seen);
    if (entry === undefined) skipped.push(i);
    else entries.push(logEntry(entry));
  });
  return { entries, skipped };
}

function registerImage(
  { record }: ImageItem,
  { batch: { aggregator }, batchId, height, timestampMs }: PlacedBatch,
  seen: Seen,
): ImageEntry | undefined {
  const isFirst = seen.register(registrationKey(record.imageHash, aggregator));
  return isFirst ? { kind: 1, height, timestampMs, aggregator, batchId, record } : undefined;
}

function recordOffender(
  { reason, subject, since }: StatusItem,
  { height }: PlacedBatch,
  seen: Seen,
): StatusEntry | undefined {
  invariant(reason === STATUS_REASON.equivocation, 'no rule admits a revocation');
  return seen.record({ subject, height }) ? { kind: 4, height, reason, subject, since } : undefined;
}
