/**
 * Keys of the work's rows: one letter for the table, then what is looked up.
 *
 * | table         | key                         | value                                                 |
 * | ------------- | --------------------------- | ----------------------------------------------------- |
 * | receipt       | `r` receipt id              | receipt                                               |
 * | firstReceipt  | `f` image hash              | id of the receipt that answers for the picture        |
 * | submission    | `s` receipt id              | submission                                            |
 * | batch         | `b` sequence, batch id      | waiting batch                                         |
 * | batchSequence | `n` batch id                | sequence of the waiting batch                         |
 * | certificate   | `c` certificate id          | the certificate as it was sent                        |
 * | evidence      | `e` batch id                | the items of a batch's evidence                       |
 * | equivocation  | `o` subject of the offender | proof against a validator that is not on the chain    |
 * | time          | `t` subject, its id         | the time that counts for the subject                  |
 * | due           | `d` subject, time, its id   | nothing: lists the times in order                     |
 * | sequence      | `q`                         | highest sequence used                                 |
 * | cosigned      | `k`                         | last checkpoint that was cosigned                     |
 * | witnessed     | `w` SHA-256 of the origin   | last checkpoint of another log that was cosigned      |
 * | outside       | `x`                         | checkpoints of the log with outside cosignatures      |
 *
 * A subject is one byte, the letter of the table that it stands in: a receipt with the time until which it
 * is kept, evidence likewise, a certificate with the time it was last used. A receipt says its time itself, and
 * has no row of the table `time`. Numbers are 6 bytes, big-endian.
 * Values are canonical bytes of `chain/codec.ts`, but for firstReceipt and certificate, which are raw.
 */
import { sha256 } from '#crypto';

import { concatBytes, formatUtf8 } from '../../chain/bytes.ts';
import { invariant } from '../../chain/invariant.ts';
import { formatBigEndian, NUMBER_BYTES, parseBigEndian } from './bigEndian.ts';

const LETTER = {
  receipt: 'r',
  firstReceipt: 'f',
  submission: 's',
  batch: 'b',
  batchSequence: 'n',
  certificate: 'c',
  evidence: 'e',
  equivocation: 'o',
  time: 't',
  due: 'd',
  sequence: 'q',
  cosigned: 'k',
  witnessed: 'w',
  outside: 'x',
} as const;

type WorkTable = keyof typeof LETTER;

/** What is kept for a time. */
export type Subject = 'receipt' | 'evidence' | 'certificate';

/** What is kept, and the time that counts for it. */
export interface Due {
  readonly subject: Subject;
  readonly timeMs: number;
  readonly id: Uint8Array;
}

const PREFIXES = new Map(
  Object.entries(LETTER).map(([table, letter]) => [table, Uint8Array.of(letter.charCodeAt(0))]),
);

/** Returns what begins every key of a table. */
export function tablePrefix(table: WorkTable): Uint8Array {
  const prefix = PREFIXES.get(table);
  invariant(prefix !== undefined, 'every table has its letter');
  return prefix;
}

/** Returns the key of a row that is looked up by an id or a hash. */
export function idKey(
  table: Exclude<WorkTable, 'batch' | 'time' | 'due' | 'sequence' | 'cosigned' | 'outside'>,
  id: Uint8Array,
): Uint8Array {
  return concatBytes(tablePrefix(table), id);
}

/** Returns the id that `idKey` put into a key. */
export function parseIdKey(key: Uint8Array): Uint8Array {
  return key.slice(1);
}

/** Returns the key of a waiting batch. */
export function batchKey(sequence: number, batchId: Uint8Array): Uint8Array {
  return concatBytes(tablePrefix('batch'), formatBigEndian(sequence), batchId);
}

/** Returns the key of the last checkpoint that was cosigned. */
export function cosignedKey(): Uint8Array {
  return tablePrefix('cosigned');
}

/** Returns the key of a log that is witnessed: origins may be long. */
export function witnessedKey(origin: string): Uint8Array {
  return idKey('witnessed', sha256(formatUtf8(origin)));
}

/** Returns the key of the checkpoints with outside cosignatures. */
export function outsideKey(): Uint8Array {
  return tablePrefix('outside');
}

/** Returns the key of the highest sequence used. */
export function sequenceKey(): Uint8Array {
  return tablePrefix('sequence');
}

/** Returns the key of the time that counts for a subject. */
export function timeKey({ subject, id }: Omit<Due, 'timeMs'>): Uint8Array {
  return concatBytes(tablePrefix('time'), tablePrefix(subject), id);
}

/** Returns what begins the due keys of one kind of subject, which then lie in order of time. */
export function duePrefix(subject: Subject): Uint8Array {
  return concatBytes(tablePrefix('due'), tablePrefix(subject));
}

/** Returns the key that lists a subject at its time. */
export function dueKey({ subject, timeMs, id }: Due): Uint8Array {
  return concatBytes(duePrefix(subject), formatBigEndian(timeMs), id);
}

/** Returns what a due key of `subject` says. */
export function parseDueKey(subject: Subject, key: Uint8Array): Due {
  const start = duePrefix(subject).length;
  return { subject, timeMs: parseBigEndian(key, start), id: key.slice(start + NUMBER_BYTES) };
}
