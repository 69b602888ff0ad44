/** What a run did and found, as a value and as a table. */
import { CRASH_POINTS, type CrashPoint } from '../../node/crashPoint.ts';
import type { Journal } from './journal.ts';
import type { LoadCounts } from './load.ts';
import type { Kill } from './plan.ts';
import type { Kept } from './promises.ts';
import type { Violations } from './violations.ts';
import type { ChainCounts } from './wholeChain.ts';

/** What a kill met. */
export type Met = CrashPoint | 'random moment';

/** What a run did and found. */
export interface TortureReport extends LoadCounts {
  /** None: every promise was kept. */
  readonly violations: readonly string[];
  readonly killCounts: ReadonlyMap<Met, number>;
  /** Kills before the node was ready. */
  readonly earlyKillCount: number;
  /** Submissions that were answered with 202. */
  readonly promisedCount: number;
  /** Of these, by the last check. */
  readonly committedCount: number;
  readonly pendingCount: number;
  /** Of these, submissions of a picture that another camera claimed too. */
  readonly rivalCount: number;
  readonly promiseCheckCount: number;
  readonly storeCheckCount: number;
  /** Submissions that waited for an authority that was away. */
  readonly outageCount: number;
  readonly chain: ChainCounts;
  readonly slowestStartMs: number;
}

/** Returns what a kill meets. */
export function metBy(kill: Kill): Met {
  return kill.type === 'point' ? kill.point : 'random moment';
}

/** Counts while a run goes on. */
export class Tally {
  readonly #killCounts = new Map<Met, number>();
  #earlyKillCount = 0;
  #slowestStartMs = 0;
  #promiseCheckCount = 0;
  #storeCheckCount = 0;
  #outageCount = 0;
  #last: Kept = { committedCount: 0, pending: [] };
  #chain: ChainCounts = { blocks: 0, transactions: 0, records: 0 };

  /** Counts the life of a node that ended as planned; `readyAfterMs` is undefined if it never was. */
  countLife(met: Met, { readyAfterMs }: { readonly readyAfterMs: number | undefined }): void {
    this.#killCounts.set(met, (this.#killCounts.get(met) ?? 0) + 1);
    if (readyAfterMs === undefined) this.#earlyKillCount += 1;
    else this.#slowestStartMs = Math.max(this.#slowestStartMs, readyAfterMs);
  }

  /** Counts a check of all promises. */
  countPromiseCheck(kept: Kept): void {
    this.#promiseCheckCount += 1;
    this.#last = kept;
  }

  /** Counts a check of the stores. */
  countStoreCheck(): void {
    this.#storeCheckCount += 1;
  }

  /** Counts what outlived an outage. */
  countOutage(count: number): void {
    this.#outageCount += count;
  }

  /** Notes what the chain holds in the end. */
  countChain(counts: ChainCounts): void {
    this.#chain = counts;
  }

  /** Returns the report. */
  report(journal: Journal, load: LoadCounts, violations: Violations): TortureReport {
    const isRival = (imageHash: string): boolean => journal.claimCount(imageHash) > 1;
    return {
      ...load,
      violations: violations.toArray(),
      killCounts: this.#killCounts,
      earlyKillCount: this.#earlyKillCount,
      promisedCount: journal.promised.length,
      committedCount: this.#last.committedCount,
      pendingCount: this.#last.pending.length,
      rivalCount: journal.promised.filter(({ shot }) => isRival(shot.imageHash)).length,
      promiseCheckCount: this.#promiseCheckCount,
      storeCheckCount: this.#storeCheckCount,
      outageCount: this.#outageCount,
      chain: this.#chain,
      slowestStartMs: Math.round(this.#slowestStartMs),
    };
  }
}

/** Returns the report as a table. */
export function formatReport(report: TortureReport): string {
  const { chain, killCounts } = report;
  const total = [...killCounts.values()].reduce((sum, count) => sum + count, 0);
  const names: readonly Met[] = [...CRASH_POINTS, 'random moment'];
  const rows: readonly (readonly [string, number | string])[] = [
    ['kills', total],
    ...names.map((name) => [`  ${name}`, killCounts.get(name) ?? 0] as const),
    ['  of these before the node was ready', report.earlyKillCount],
    ['submissions answered with 202', report.promisedCount],
    ['  picture committed', report.committedCount],
    ['  pending in the end', report.pendingCount],
    ['  of pictures with more than one claim', report.rivalCount],
    ['  pending while the authority was away', report.outageCount],
    ['requests sent again without an answer', report.resendCount],
    ['submissions sent again with a receipt', report.repeatCount],
    ['checks of all promises', report.promiseCheckCount],
    ['checks of the stores (birthmark db check)', report.storeCheckCount],
    ['blocks, transactions, records', `${chain.blocks}, ${chain.transactions}, ${chain.records}`],
    ['slowest start', `${report.slowestStartMs} ms`],
    ['violations', report.violations.length],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}
