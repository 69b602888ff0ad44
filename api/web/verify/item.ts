/** One file or hash on the page, and what is known of it so far. */
import type { Drawn } from '../provenance/picture.ts';
import { type Finding, isFound } from './answers.ts';
import { type CheckState, outcomeOf } from './checkState.ts';
import type { RangeReport } from './range.ts';

/** How far an item has come. */
export type Stage =
  | 'waiting'
  | 'hashing'
  | 'unreadable'
  | 'asking'
  | 'unasked' // the node gave no answer
  | 'matched' // a range told that there is a record, and no more
  | 'answered';

/** A file or hash. */
export interface Item {
  readonly id: number;
  /** Undefined: a hash was given. */
  readonly file: File | undefined;
  /** Whether only the first digits of its hash may go out: so since it was added, until its details are asked for. */
  readonly isPrivate: boolean;
  readonly stage: Stage;
  readonly hashedBytes: number;
  /** In lower-case hex; undefined until it is computed. */
  readonly hash: string | undefined;
  /** In English: why it stands at `unreadable` or `unasked`. */
  readonly reason: string | undefined;
  readonly finding: Finding | undefined;
  /** The answer as the node sent it. */
  readonly json: unknown;
  /** When the node gave what is known; it may not have answered since. */
  readonly answeredMs: number | undefined;
  readonly range: RangeReport | undefined;
  readonly check: CheckState;
  readonly provenance: Drawn | undefined;
  readonly isOpen: boolean;
}

/** What is said of an item: a verdict of the node, or `unnamed` where a range told that there is a record. */
export type SaidVerdict = Finding['verdict'] | 'unnamed';

/** What a node is asked. */
export interface Question {
  readonly hash: string;
  /** Whether only the first digits may go out. */
  readonly isPrivate: boolean;
}

/** What is known of an item once the node has answered. */
export type AnsweredHash = Pick<Item, 'stage' | 'finding' | 'json' | 'range'>;

/** How many have come how far. */
export interface Totals {
  readonly count: number;
  /** Whose hash is known, or never will be. */
  readonly hashedCount: number;
  readonly bytes: number;
  readonly hashedBytes: number;
  /** Originals, whose proof holds, and records of which a range told. */
  readonly registered: number;
  /** Declared edits, whose proof holds. */
  readonly edits: number;
  readonly absent: number;
  /** Said to be registered, which no proof has shown. */
  readonly unconfirmed: number;
  readonly others: number;
  /** Whether nothing is under way. */
  readonly isSettled: boolean;
}

const UNDER_WAY: ReadonlySet<Stage> = new Set(['waiting', 'hashing', 'asking']);
const COUNTED_AS = {
  registered_original: 'registered',
  same_picture_data: 'registered',
  unnamed: 'registered',
  declared_edit: 'edits',
  registered_revoked: 'others',
  pending: 'others',
  not_found: 'absent',
} as const satisfies Record<SaidVerdict, Counted>;
type Counted = 'registered' | 'edits' | 'absent' | 'unconfirmed' | 'others';

/** Returns whether a stage is followed by another. */
export function isUnderWay(stage: Stage): boolean {
  return UNDER_WAY.has(stage);
}

/** Returns what is said of an item; undefined: nothing yet. */
export function verdictOf({ finding, range }: Item): SaidVerdict | undefined {
  if (finding !== undefined) return finding.verdict;
  if (range === undefined) return undefined;
  return range.isRegistered ? 'unnamed' : 'not_found';
}

/** Returns whether nothing of an item is under way, its check included. */
function isSettled({ stage, check }: Item): boolean {
  return !isUnderWay(stage) && check.state !== 'running';
}

/** Returns whether what is shown is an earlier answer, and the node gave none when it was asked again. */
export function isStale(item: Item): boolean {
  return item.stage === 'unasked' && verdictOf(item) !== undefined;
}

/** Returns whether an item is said to be registered, and no proof has shown it. */
export function isUnproved({ finding, check }: Item): boolean {
  return finding !== undefined && isFound(finding) && outcomeOf(check) !== 'holds';
}

function countedAs(item: Item): Counted {
  const verdict = verdictOf(item);
  if (verdict === undefined) return 'others';
  return isUnproved(item) ? 'unconfirmed' : COUNTED_AS[verdict];
}

/** Returns the totals of all items. */
export function totalsOf(items: readonly Item[]): Totals {
  const settled = items.filter(isSettled);
  const counts = { registered: 0, edits: 0, absent: 0, unconfirmed: 0, others: 0 };
  for (const item of settled) counts[countedAs(item)] += 1;
  return {
    count: items.length,
    hashedCount: items.filter(({ hash, stage }) => hash !== undefined || stage === 'unreadable')
      .length,
    bytes: items.reduce((sum, { file }) => sum + (file?.size ?? 0), 0),
    hashedBytes: items.reduce((sum, item) => sum + item.hashedBytes, 0),
    ...counts,
    isSettled: settled.length === items.length,
  };
}
