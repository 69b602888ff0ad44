/** The report of a run of many seeds: what failed, what happened how often, and what never did. */
import { LIES } from './byzantine/tongue.ts';
import { END_POINTS } from './parts.ts';
import type { Outcome } from './simulation.ts';
import { Tally } from './tally.ts';

/** Everything that must happen in a run of many seeds, by the names under which it is counted. */
const LISTED: readonly string[] = [
  'block',
  'record',
  'submission acknowledged',
  'view timeout',
  'view change',
  'view lost',
  'height with a suspension',
  'block synced',
  'sign floor',
  'checkpoint final',
  'crash',
  'power loss',
  'restart',
  'stop',
  'pause',
  'outage',
  ...END_POINTS.map((point) => `end ${point}`),
  'disk sync',
  'disk full',
  'slow disk',
  'wipe',
  'restored backup',
  'bit rot',
  'damaged log refused',
  'amnesia',
  'twin',
  'drop',
  'duplicate',
  'reordering',
  'drop by type',
  'cut off',
  'long delays',
  'clogged link',
  'partition halves',
  'partition minority',
  'partition single',
  'partition asymmetric',
  'clock jump',
  'clock skew',
  'clock drift',
  ...LIES.map((lie) => `liar: ${lie}`),
  'equivocation proven',
  'proof received',
  'bad batch refused',
  'judgement reject',
  'ban',
];

/** What many seeds came to. */
export class Report {
  readonly tally = new Tally();
  readonly failed: Outcome[] = [];
  seedCount = 0;
  #simulatedMs = 0;
  #eventCount = 0;
  readonly #heights: number[] = [];
  readonly #recoveries: number[] = [];
  readonly #shares: number[] = [];

  take(outcome: Outcome): void {
    this.seedCount += 1;
    this.tally.addAll(outcome.tally);
    this.#simulatedMs += outcome.simulatedMs;
    this.#eventCount += outcome.eventCount;
    this.#heights.push(outcome.height);
    for (const { tookMs, boundMs } of outcome.recoveries) {
      this.#recoveries.push(tookMs);
      this.#shares.push((100 * tookMs) / boundMs);
    }
    if (outcome.violations.length > 0) this.failed.push(outcome);
  }

  /** What was to happen and did not. */
  missing(): readonly string[] {
    return LISTED.filter((name) => this.tally.of(name) === 0);
  }

  /** Returns the report's lines. */
  format(wallMs: number): readonly string[] {
    const wallMinutes = wallMs / 60_000;
    const hours = this.#simulatedMs / 3_600_000;
    const names = [...LISTED, ...this.tally.entries().map(([name]) => name)];
    return [
      ...[...new Set(names)].map((name) => `${name.padEnd(36)} ${this.tally.of(name)}`),
      '',
      `${this.seedCount} seeds, ${hours.toFixed(1)} simulated hours in ${wallMinutes.toFixed(1)} minutes: ` +
        `${(hours / wallMinutes).toFixed(2)} simulated hours a minute, ${this.#eventCount} events`,
      `heights a seed: ${rangeOf(this.#heights)}`,
      `a quorum alone, ms until five photographs are on the chain: ${rangeOf(this.#recoveries)}`,
      `the same, in hundredths of its bound: ${rangeOf(this.#shares)}`,
    ];
  }
}

function rangeOf(values: readonly number[]): string {
  if (values.length === 0) return 'none';
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0);
  return `${at(0)} at least, ${at(0.5)} in the middle, ${at(0.99)} for 99 of 100, ${at(1)} at most`;
}

/** Returns what went wrong with a seed, a line each. */
export function formatFailure({ seed, violations }: Outcome): readonly string[] {
  return violations.map(
    ({ check, what, atMs }) => `seed ${seed}: ${check} at ${(atMs / 1_000).toFixed(3)} s: ${what}`,
  );
}
