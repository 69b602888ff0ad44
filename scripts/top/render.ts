/**
 * The screen of `birthmark top`, as lines: what is wrong first, then the figures, then everything behind them.
 *
 * A small terminal loses rows from the end, never the first ones; no line is longer than it is wide.
 */
import { styleText } from 'node:util';

import {
  formatBytes,
  formatNumber,
  formatSpan,
  medianOf,
  pendingCountOf,
  timeBlocks,
} from '../../api/client/figures.ts';
import { type Finding, findingsOf } from '../../api/client/findings.ts';
import type { NetworkView } from '../../api/client/network.ts';
import type { Sample } from '../../api/schemas/events.ts';
import { printable } from '../cli/printable.ts';
import { sparkline } from './sparkline.ts';

/** How it is shown. */
export interface Screen {
  readonly columns: number;
  /** Undefined: as many lines as there are. */
  readonly rows: number | undefined;
  readonly hasColour: boolean;
  readonly nowMs: number;
  /** The node's address. */
  readonly url: string;
}

const COLUMNS_MIN = 40;
const FINDING_LINES_MAX = 3;
/** Rows of validators and authorities together, beside which blocks still find room on 24 lines. */
const AUTHORITY_ROWS_MAX = 3;
const BLOCK_ROWS_MAX = 40;
/** What is printed once is read from its end. */
const PRINTED_BLOCK_ROWS_MAX = 10;
/** From here on there is room for empty lines. */
const ROOMY_ROWS_MIN = 32;
const COUNTED_BLOCKS = 20;

type Colour = 'green' | 'yellow' | 'red' | 'bold' | 'dim';

const LEVEL_COLOUR: Readonly<Record<Finding['level'], Colour>> = {
  good: 'green',
  warn: 'yellow',
  bad: 'red',
};
const STATUS_COLOUR = { up: 'green', behind: 'yellow', missing: 'red' } as const;

/** A line with its colour. */
interface Line {
  readonly text: string;
  readonly colour?: Colour;
}

/** Returns the lines of the screen. */
export function renderTop(view: NetworkView, screen: Screen): readonly string[] {
  const columns = Math.max(COLUMNS_MIN, screen.columns);
  const isRoomy = screen.rows === undefined || screen.rows >= ROOMY_ROWS_MIN;
  const gap: readonly Line[] = isRoomy ? [{ text: '' }] : [];
  const lines = [
    headLine(view, { ...screen, columns }),
    ...findingLines(view, columns),
    ...gap,
    ...keyLines(view, screen.nowMs),
    ...gap,
    ...validatorLines(view, screen),
    ...authorityLines(view),
    ...gap,
    ...rateLines(view, columns),
    ...gap,
    ...blockLines(view, screen),
  ];
  const shown = screen.rows === undefined ? lines : lines.slice(0, screen.rows);
  return shown.map(({ text, colour }) => {
    const cut = shorten(printable(text), columns);
    return screen.hasColour && colour !== undefined
      ? styleText(colour, cut, { validateStream: false })
      : cut;
  });
}

function headLine({ about, connection }: NetworkView, { columns, url, nowMs }: Screen): Line {
  const node = about === undefined ? '' : `  ${about.node_id} ${about.version}`;
  const state = connection.state === 'open' ? 'live' : connection.state;
  const right = `${state}  ${new Date(nowMs).toISOString().slice(11, 19)} UTC`;
  const left = shorten(`birthmark top  ${url}${node}`, columns - right.length - 1);
  return { text: left.padEnd(columns - right.length) + right, colour: 'bold' };
}

function findingLines(view: NetworkView, columns: number): readonly Line[] {
  const lines = findingsOf(view).flatMap(({ level, text }) =>
    wrap(text, columns).map((line): Line => ({ text: line, colour: LEVEL_COLOUR[level] })),
  );
  if (lines.length <= FINDING_LINES_MAX) return lines;
  const hidden = lines.length - FINDING_LINES_MAX + 1;
  return [
    ...lines.slice(0, FINDING_LINES_MAX - 1),
    { text: `and ${hidden} lines more: see the page /network` },
  ];
}

function keyLines({ sample, blocks, about }: NetworkView, nowMs: number): readonly Line[] {
  if (sample === undefined) return [];
  const last = blocks.at(-1);
  const age =
    last === undefined ? '' : `, the last ${formatSpan((nowMs - last.timestamp_ms) / 1_000)} ago`;
  const height = Math.max(sample.block_height, last?.block_height ?? 0);
  const unfinal = sample.log_size - sample.final_size;
  const final = unfinal === 0 ? 'all cosigned' : `${formatNumber(unfinal)} not cosigned yet`;
  return [
    {
      text: `height ${formatNumber(height)}${age}; view ${sample.view}, ${sample.proposer} is to propose`,
    },
    {
      text: `photographs ${formatNumber(sample.total_hashes)}; log ${formatNumber(sample.log_size)}, ${final}; quorum ${sample.quorum} of ${sample.validators.length}, ${about?.stops_tolerated ?? 0} may be away`,
    },
    { text: pendingText(sample) },
    {
      text: `up ${formatSpan(sample.uptime_seconds)}; ${sample.peers_connected} peers; memory ${formatBytes(sample.memory_bytes)}; disk ${formatBytes(sample.disk_free_bytes)} left`,
      ...(sample.disk === 'enough' ? {} : { colour: 'yellow' as const }),
    },
  ];
}

function pendingText({ pending }: Sample): string {
  const words = Object.entries(pending).map(([state, count]) => `${state} ${formatNumber(count)}`);
  const all = formatNumber(pendingCountOf(pending));
  return words.length === 0 ? 'pending 0' : `pending ${all}: ${words.join(', ')}`;
}

function rateLines({ moments, blocks }: NetworkView, columns: number): readonly Line[] {
  const width = Math.max(10, columns - 42);
  const rates = moments.map(({ sample }) => sample?.per_second ?? undefined);
  const times = timeBlocks(blocks)
    .slice(1)
    .map(({ tookS }) => tookS);
  const known = times.filter((took) => took !== undefined).slice(-COUNTED_BLOCKS);
  const median = medianOf(known);
  const rows: readonly (readonly [string, string, readonly (number | undefined)[]])[] = [
    ['submissions', rateText(rates.at(-1)?.submissions), rates.map((rate) => rate?.submissions)],
    ['registered', rateText(rates.at(-1)?.records), rates.map((rate) => rate?.records)],
    [
      'verify answers',
      rateText(rates.at(-1)?.verify_answers),
      rates.map((rate) => rate?.verify_answers),
    ],
    [
      'signatures checked',
      rateText(rates.at(-1)?.signatures),
      rates.map((rate) => rate?.signatures),
    ],
    ['time of a block', median === undefined ? '–' : `${formatNumber(median)} s (median)`, times],
  ];
  return rows.map(([name, last, values]) => ({
    text: `${name.padEnd(20)}${last.padEnd(20)}  ${sparkline(values, width)}`,
  }));
}

function rateText(rate: number | undefined): string {
  return rate === undefined ? '–' : `${formatNumber(rate)} a second`;
}

function validatorLines({ sample, blocks }: NetworkView, { nowMs }: Screen): readonly Line[] {
  if (sample === undefined) return [];
  const last = blocks.slice(-COUNTED_BLOCKS);
  const nameWidth = Math.max(9, ...sample.validators.map(({ name }) => name.length));
  const head = `${'VALIDATOR'.padEnd(nameWidth)}  STATUS   SIGNED LAST  OF ${String(last.length).padStart(2)}  LOST VIEWS  LAST SEEN`;
  const rows = sample.validators.map((each): Line => {
    const signed = last.filter(({ signers }) => signers.includes(each.name)).length;
    const lastSigned =
      each.last_signed_height === null ? '–' : formatNumber(each.last_signed_height);
    const text = [
      each.name.padEnd(nameWidth),
      each.status.padEnd(7),
      lastSigned.padStart(11),
      String(signed).padStart(5),
      formatNumber(each.lost_views).padStart(10),
      seenText(each.last_seen, nowMs) + (each.has_equivocated ? ', EQUIVOCATED' : ''),
    ].join('  ');
    return { text, colour: STATUS_COLOUR[each.status] };
  });
  return [{ text: head, colour: 'dim' }, ...rows];
}

function seenText(lastSeen: string | null, nowMs: number): string {
  if (lastSeen === null) return 'never';
  const seconds = (nowMs - Date.parse(lastSeen)) / 1_000;
  return seconds < 3 ? 'now' : `${formatSpan(seconds)} ago`;
}

/** Those that do not answer come first, since not all may find room. */
function authorityLines({ sample }: NetworkView): readonly Line[] {
  const authorities = [...(sample?.authorities ?? [])].sort(
    (a, b) => Number(a.answering ?? true) - Number(b.answering ?? true),
  );
  const rows = authorities.slice(0, AUTHORITY_ROWS_MAX).map((each): Line => {
    const answers =
      each.answering === null ? 'never asked here' : each.answering ? 'answers' : 'does not answer';
    const problem = each.last_problem === null ? '' : `; ${each.last_problem}`;
    return {
      text: `authority ${each.id}: ${answers}, ${formatNumber(each.pending_submissions)} wait${problem}`,
      ...(each.answering === false ? { colour: 'red' as const } : {}),
    };
  });
  const more = authorities.length - rows.length;
  return more > 0 ? [...rows, { text: `and ${more} authorities more` }] : rows;
}

function blockLines({ blocks }: NetworkView, { nowMs, rows: room }: Screen): readonly Line[] {
  const countMax = room === undefined ? PRINTED_BLOCK_ROWS_MAX : BLOCK_ROWS_MAX;
  const timed = timeBlocks(blocks).slice(-countMax).toReversed();
  const rows = timed.map(({ block, tookS }): Line => {
    const text = [
      formatNumber(block.block_height).padStart(11),
      formatSpan((nowMs - block.timestamp_ms) / 1_000).padStart(11),
      (tookS === undefined ? '–' : `${formatNumber(tookS)} s`).padStart(8),
      String(block.view).padStart(5),
      formatNumber(block.record_count).padStart(7),
      `${block.validator_id ?? ''} | ${block.signers.map((name) => name ?? '?').join(' ')}`,
    ].join('  ');
    return { text, ...(block.view > 0 ? { colour: 'yellow' as const } : {}) };
  });
  const head = '      BLOCK          AGE      TOOK  VIEW  RECORDS  PROPOSED BY | SIGNED BY';
  return rows.length === 0 ? [] : [{ text: head, colour: 'dim' }, ...rows];
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Breaks at spaces; a word that is longer than a line is cut where it is shown. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = `  ${word}`;
    }
  }
  return [...lines, line];
}
