/** What a run over a network did and found, as a value and as a table. */
import type { LoadCounts } from '../load.ts';
import type { Violations } from '../violations.ts';
import type { ChainCounts } from '../wholeChain.ts';
import { FAULT_TYPES, type FaultType } from './plan.ts';
import type { Member } from './member.ts';

/** What was timed: the slowest counts. */
export type Timed =
  | 'every validator votes'
  | 'a block without those that are away'
  | 'a block once a quorum is back'
  | 'who was away has all blocks'
  | 'who was wiped votes again';

const TIMED: readonly Timed[] = [
  'every validator votes',
  'a block without those that are away',
  'a block once a quorum is back',
  'who was away has all blocks',
  'who was wiped votes again',
];

/** What a run over a network did and found. */
export interface NetworkReport extends LoadCounts {
  /** None: every promise was kept, and no two chains differ. */
  readonly violations: readonly string[];
  readonly faultCounts: ReadonlyMap<FaultType, number>;
  readonly killCount: number;
  /** Submissions that were answered with 202, and of these those of a validator that was wiped later. */
  readonly promisedCount: number;
  readonly lostCount: number;
  readonly slowestMs: ReadonlyMap<Timed, number>;
  /** Twins that ended by themselves, of all twins. */
  readonly refusedTwinCount: number;
  /** Validators that signed two values for one slot; all of them ran twice. */
  readonly contradictionCount: number;
  readonly storeCheckCount: number;
  readonly chain: ChainCounts;
  readonly slowestStartMs: number;
}

/** Counts while a run goes on. */
export class NetworkTally {
  readonly #faultCounts = new Map<FaultType, number>();
  readonly #slowestMs = new Map<Timed, number>();
  #killCount = 0;
  #refusedTwinCount = 0;
  readonly #contradicted = new Set<string>();
  #storeCheckCount = 0;
  #chain: ChainCounts = { blocks: 0, transactions: 0, records: 0 };

  /** Counts a fault and the processes that it killed. */
  countFault(type: FaultType, kills: number): void {
    this.#faultCounts.set(type, (this.#faultCounts.get(type) ?? 0) + 1);
    this.#killCount += kills;
  }

  /** Notes how long something took. */
  time(what: Timed, ms: number): void {
    this.#slowestMs.set(what, Math.max(this.#slowestMs.get(what) ?? 0, Math.round(ms)));
  }

  /** Counts a twin that did not want to run. */
  countRefusedTwin(): void {
    this.#refusedTwinCount += 1;
  }

  /** Notes that a validator with a twin signed two values for one slot. */
  noteContradiction(name: string): void {
    this.#contradicted.add(name);
  }

  /** Counts a check of a validator's stores. */
  countStoreCheck(): void {
    this.#storeCheckCount += 1;
  }

  /** Notes what the chain holds in the end. */
  countChain(counts: ChainCounts): void {
    this.#chain = counts;
  }

  /** Returns the report. */
  report(members: readonly Member[], violations: Violations): NetworkReport {
    const books = members.flatMap((each) => each.books);
    const counts = members.map(({ cameras }) => cameras.load.counts());
    const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
    return {
      violations: violations.toArray(),
      faultCounts: this.#faultCounts,
      killCount: this.#killCount,
      promisedCount: sum(books.map(({ journal }) => journal.promised.length)),
      lostCount: sum(books.map(({ journal, isLost }) => (isLost ? journal.promised.length : 0))),
      resendCount: sum(counts.map(({ resendCount }) => resendCount)),
      repeatCount: sum(counts.map(({ repeatCount }) => repeatCount)),
      slowestMs: this.#slowestMs,
      refusedTwinCount: this.#refusedTwinCount,
      contradictionCount: this.#contradicted.size,
      storeCheckCount: this.#storeCheckCount,
      chain: this.#chain,
      slowestStartMs: Math.round(Math.max(...members.map((each) => each.slowestStartMs))),
    };
  }
}

/** Returns the report as a table. */
export function formatNetworkReport(report: NetworkReport): string {
  const { chain, faultCounts, slowestMs } = report;
  const rows: readonly (readonly [string, number | string])[] = [
    ['kills', report.killCount],
    ...FAULT_TYPES.map((type) => [`  ${type}`, faultCounts.get(type) ?? 0] as const),
    ['  twins that ended by themselves', report.refusedTwinCount],
    ['  validators with a twin that contradicted themselves', report.contradictionCount],
    ['submissions answered with 202', report.promisedCount],
    ['  by a validator that was wiped later', report.lostCount],
    ['requests sent again without an answer', report.resendCount],
    ['submissions sent again with a receipt', report.repeatCount],
    ...TIMED.map((what) => [`slowest: ${what}`, `${slowestMs.get(what) ?? 0} ms`] as const),
    ['slowest start', `${report.slowestStartMs} ms`],
    ['checks of the stores (birthmark db check)', report.storeCheckCount],
    ['blocks, transactions, records', `${chain.blocks}, ${chain.transactions}, ${chain.records}`],
    ['violations', report.violations.length],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}
