/** What was measured, as a table for people and as JSON for programs. */
import { median, medianRatio } from './statistics.ts';

/** A demand on a median: at least, or at most. */
export interface Target {
  readonly min?: number;
  readonly max?: number;
}

/** One thing that was measured, once in each run. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly number[];
  /** What the median must be. */
  readonly target?: Target;
  /** A measurement of the same runs, and the smallest share of it that this one must reach. */
  readonly anchor?: { readonly measurement: Measurement; readonly shareMin?: number };
  /** Further numbers of the runs, for the JSON. */
  readonly details?: unknown;
}

/** A row of the report. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: readonly number[];
  readonly anchor: {
    readonly name: string;
    readonly median: number;
    readonly ratio: number;
  } | null;
  readonly target: string | null;
  /** Null where there is no target. */
  readonly met: boolean | null;
  readonly details: unknown;
}

/** Returns the row of a measurement. */
export function rowOf(measurement: Measurement): Row {
  const { name, unit, samples, anchor, details = null } = measurement;
  const middle = median(samples);
  const ratio =
    anchor === undefined ? Number.NaN : medianRatio(samples, anchor.measurement.samples);
  const demands = demandsOf(measurement, middle, ratio);
  return {
    name,
    unit,
    median: middle,
    min: Math.min(...samples),
    max: Math.max(...samples),
    samples,
    anchor:
      anchor === undefined
        ? null
        : { name: anchor.measurement.name, median: median(anchor.measurement.samples), ratio },
    target: demands.length === 0 ? null : demands.map(({ text }) => text).join(', '),
    met: demands.length === 0 ? null : demands.every(({ met }) => met),
    details,
  };
}

interface Demand {
  readonly text: string;
  readonly met: boolean;
}

function demandsOf(
  { unit, target, anchor }: Measurement,
  middle: number,
  ratio: number,
): readonly Demand[] {
  const demands: Demand[] = [];
  if (target?.min !== undefined) {
    demands.push({ text: `>= ${formatNumber(target.min)} ${unit}`, met: middle >= target.min });
  }
  if (target?.max !== undefined) {
    demands.push({ text: `< ${formatNumber(target.max)} ${unit}`, met: middle < target.max });
  }
  if (anchor?.shareMin !== undefined) {
    const { shareMin, measurement } = anchor;
    demands.push({
      text: `>= ${formatNumber(shareMin)} x ${measurement.name}`,
      met: ratio >= shareMin,
    });
  }
  return demands;
}

/** Returns a number with as many digits as say something. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

const HEADINGS = ['row', 'median', 'range', 'unit', 'beside', 'target', ''] as const;

/** Returns the rows as lines of a table. */
export function formatTable(rows: readonly Row[]): readonly string[] {
  return formatCells([HEADINGS, ...rows.map(cellsOf)], [1]);
}

/**
 * Returns rows of text as lines of a table, with a rule below the first.
 *
 * @param numeric - columns that stand to the right.
 */
export function formatCells(
  cells: readonly (readonly string[])[],
  numeric: readonly number[],
): readonly string[] {
  const widths = (cells[0] ?? []).map((_heading, i) =>
    Math.max(...cells.map((row) => row[i]?.length ?? 0)),
  );
  const lines = cells.map((row) =>
    row
      .map((text, i) => {
        const width = widths[i] ?? 0;
        return numeric.includes(i) ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [lines[0] ?? '', rule.trimEnd(), ...lines.slice(1)];
}

function cellsOf(row: Row): readonly string[] {
  const { name, unit, anchor, target, met } = row;
  const beside =
    anchor === null
      ? ''
      : `${anchor.ratio.toFixed(2)} x ${anchor.name} (${formatNumber(anchor.median)})`;
  const verdict = met === null ? '' : met ? 'met' : 'MISSED';
  const range =
    row.samples.length === 1 ? '' : `${formatNumber(row.min)} - ${formatNumber(row.max)}`;
  return [name, formatNumber(row.median), range, unit, beside, target ?? '', verdict];
}
