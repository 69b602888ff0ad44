/**
 * What is written to the audit: who this node was, and what it did in consensus.
 *
 * Texts may come from a peer. They are cut to a length, and whatever is not printable ASCII becomes
 * `\u{…}`, so that a line shows in a terminal as what it is.
 */
import { formatHex } from '../../chain/bytes.ts';
import { VALIDATOR_COUNT_MAX } from '../../chain/limits.ts';
import { NAME_LENGTH_MAX, TEXT_LENGTH_MAX } from './limits.ts';

/** An attempt at a height. */
interface Place {
  readonly height: number;
  readonly view: number;
}

/** Something that a node puts on record. Peers and validators are named as in the genesis. */
export type AuditEvent =
  /** The node runs; `height` is that of its last block. */
  | {
      readonly type: 'start';
      readonly version: string;
      readonly chainId: Uint8Array;
      readonly height: number;
      readonly validator: string;
    }
  /** A key was read and fits the genesis. */
  | { readonly type: 'keyLoaded'; readonly purpose: string; readonly publicKey: Uint8Array }
  /** A proposal, of this node or one that it follows. */
  | (Place & {
      readonly type: 'proposal';
      readonly blockHash: Uint8Array;
      readonly batchCount: number;
      readonly proposer: string;
      readonly own: boolean;
    })
  /** A block is decided, by these validators' COMMITs. */
  | (Place & {
      readonly type: 'commit';
      readonly blockHash: Uint8Array;
      readonly signers: readonly string[];
    })
  /** This node gave up a view. */
  | {
      readonly type: 'viewChange';
      readonly height: number;
      readonly fromView: number;
      readonly toView: number;
      readonly why: string;
    }
  /** Two contradicting signatures of one validator for one slot. */
  | (Place & { readonly type: 'evidence'; readonly offender: string; readonly phase: number })
  /** A log that this node witnesses has signed two roots of one size. */
  | {
      readonly type: 'fork';
      readonly origin: string;
      readonly treeSize: number;
      readonly root: Uint8Array;
      readonly otherRoot: Uint8Array;
    }
  /** An outside witness says again and again that this log is not the one that it knows. */
  | {
      readonly type: 'witnessConflict';
      readonly witness: string;
      readonly treeSize: number;
      readonly message: string;
    }
  /** Something that a peer sent is refused. */
  | (Place & {
      readonly type: 'refusal';
      readonly code: string;
      readonly message: string;
      readonly from: string;
    })
  /** What is stored of the log is not what its entries give; `what` is the first difference. */
  | {
      readonly type: 'logDifference';
      readonly height: number | undefined;
      readonly what: string;
    }
  /** The node stops; `why` is what made it stop by itself. */
  | { readonly type: 'stop'; readonly why: string | undefined };

/** What the audit says of itself. */
export type OwnEvent =
  /** The first line of each file. */
  | {
      readonly type: 'file';
      readonly format: string;
      readonly number: number;
      readonly chainId: Uint8Array;
      readonly key: Uint8Array;
    }
  /** The end of what was written at once: this many lines, itself not counted. */
  | { readonly type: 'seal'; readonly lines: number }
  /** What a crash had torn was cut off: so many bytes, with so many whole lines. */
  | { readonly type: 'recovered'; readonly bytes: number; readonly lines: number }
  /** Lines that were left out for their number and never followed by one that was written. */
  | {
      readonly type: 'leftOut';
      readonly of: string;
      readonly from: string;
      readonly leftOut: number;
    };

/** Names of the events, as they stand in the file. */
export const EVENT_NAMES: Readonly<Record<(AuditEvent | OwnEvent)['type'], string>> = {
  start: 'start',
  keyLoaded: 'key_loaded',
  proposal: 'proposal',
  commit: 'commit',
  viewChange: 'view_change',
  evidence: 'evidence',
  fork: 'fork',
  witnessConflict: 'witness_conflict',
  refusal: 'refusal',
  logDifference: 'log_difference',
  stop: 'stop',
  file: 'file',
  seal: 'seal',
  recovered: 'recovered',
  leftOut: 'left_out',
};

/** Returns the facts of an event as JSON, in printable ASCII. A fact that is undefined is left out. */
export function formatFacts(
  event: AuditEvent | OwnEvent,
  more: Readonly<Record<string, number>> = {},
): string {
  const facts = Object.entries({ ...event, ...more })
    .filter(([name]) => name !== 'type')
    .map(([name, value]) => [snakeCase(name), formatFact(value)]);
  return JSON.stringify(Object.fromEntries(facts));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function formatFact(value: unknown): unknown {
  if (typeof value === 'string') return printable(value, TEXT_LENGTH_MAX);
  if (value instanceof Uint8Array) return formatHex(value);
  if (!Array.isArray(value)) return value;
  return value
    .slice(0, VALIDATOR_COUNT_MAX)
    .map((name) => printable(String(name), NAME_LENGTH_MAX));
}

/** The beginning of a text in printable ASCII. The backslash is written out too, since it begins what is. */
function printable(text: string, lengthMax: number): string {
  return text
    .slice(0, lengthMax)
    .replaceAll(/[^\x20-\x5b\x5d-\x7e]/gu, (each) => `\\u{${each.codePointAt(0)?.toString(16)}}`);
}
