/** What a reader takes away, made here: a report in JSON of one or many, and a table of many. */
import type { Found } from '../../schemas/verify.ts';
import { isFound } from './answers.ts';
import { type CheckState, type DoneCheck, outcomeOf } from './checkState.ts';
import { type Item, verdictOf } from './item.ts';

/** Where and when a report was made. */
export interface ReportPlace {
  /** Address of the node. */
  readonly node: string;
  readonly nowMs: number;
}

const COLUMNS = [
  'file',
  'bytes',
  'sha256',
  'verdict',
  'registered_by',
  'authority',
  'authority_name',
  'block_time',
  'camera_time',
  'block_height',
  'aggregator',
  'proof',
  'cosigners',
  'answered_at',
  'link',
] as const;

/** Returns a report in JSON; the answers are as the node sent them. */
export function formatReport(items: readonly Item[], { node, nowMs }: ReportPlace): string {
  const report = {
    report: 'birthmark-page@v1',
    node,
    made_at: new Date(nowMs).toISOString(),
    about:
      'What the node answered, and what this browser made of the proofs. No verdict says that a picture is false.',
    results: items.map((item) => resultOf(item, node)),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function resultOf(item: Item, node: string): object {
  const { file, hash, range, json, check } = item;
  return {
    ...(file === undefined ? { file: null, bytes: null } : { file: file.name, bytes: file.size }),
    sha256: hash ?? null,
    hashed_here: file !== undefined && hash !== undefined,
    verdict: verdictOf(item) ?? null,
    link: linkOf(hash, node) ?? null,
    asked_by_prefix: range ?? null,
    answered_at: formatMs(item.answeredMs) ?? null,
    answer: json ?? null,
    proof: outcomeOf(check),
    proof_check: check.state === 'done' ? checkOf(check) : null,
  };
}

function checkOf({ check, policy }: DoneCheck): object {
  const text = policy.source === 'none' ? null : policy.text;
  return { ...check, policy_source: policy.source, policy: text };
}

function linkOf(hash: string | undefined, node: string): string | undefined {
  return hash === undefined ? undefined : `${node}/verify/${hash}`;
}

/** Returns a table as CSV (RFC 4180) for spreadsheets. */
export function formatCsv(items: readonly Item[], { node }: Pick<ReportPlace, 'node'>): string {
  const rows = items.map((item) => {
    const cells = cellsOf(item, node);
    return COLUMNS.map((column) => formatCell(cells[column]));
  });
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

type Cells = Readonly<Record<(typeof COLUMNS)[number], string | number | null | undefined>>;
const NO_CELLS = Object.fromEntries(COLUMNS.map((column) => [column, undefined])) as Cells;

function cellsOf(item: Item, node: string): Cells {
  const { file, hash, finding } = item;
  const found = finding !== undefined && isFound(finding) ? foundCellsOf(finding) : {};
  return {
    ...NO_CELLS,
    file: file?.name,
    bytes: file?.size,
    sha256: hash,
    verdict: verdictOf(item),
    ...found,
    ...proofCellsOf(item.check),
    answered_at: formatMs(item.answeredMs),
    link: linkOf(hash, node),
  };
}

function foundCellsOf(found: Found): Partial<Cells> {
  return {
    registered_by: found.kind,
    authority: found.authority,
    authority_name: found.authority_name,
    block_time: formatTime(found.block_time),
    camera_time: formatTime(found.timestamp),
    block_height: found.block_height,
    aggregator: found.aggregator,
  };
}

/** In one word: of a proof that does not hold, why not; nothing where there is none to check. */
function proofCellsOf(check: CheckState): Partial<Cells> {
  const outcome = outcomeOf(check);
  if (outcome === 'none') return {};
  if (check.state !== 'done') return { proof: outcome };
  const { code, cosigners } = check.check;
  return { proof: code ?? outcome, cosigners: cosigners.map(({ name }) => name).join(' ') };
}

function formatMs(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** ISO 8601, or the number where no calendar has it. */
function formatTime(seconds: number): string {
  const time = new Date(seconds * 1_000);
  return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString();
}

/**
 * A name that a spreadsheet would take for a formula gets an apostrophe before it, which it does not show. Quotes stand
 * around all but the plainest: where people write decimals with a comma, a semicolon ends a cell too.
 */
function formatCell(value: string | number | null | undefined): string {
  const text = String(value ?? '');
  const plain =
    typeof value === 'string' && /^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text;
  return /^[\w.:/ -]*$/.test(plain) ? plain : `"${plain.replaceAll('"', '""')}"`;
}
