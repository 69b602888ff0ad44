/** What a check of an audit speaks of. */
import type { AuditLine } from './line.ts';
import type { RawLine } from './reader.ts';

/** What was done to an audit. */
export type ProblemKind = 'changed' | 'removed' | 'inserted' | 'reordered' | 'cut' | 'other-key';

/** The first thing in an audit that is not as it was written. */
export interface AuditProblem {
  readonly kind: ProblemKind;
  readonly file: string;
  /** 1 for the first line of the file. */
  readonly line: number;
  /** In plain words. */
  readonly what: string;
}

/** A line with where it stands; `parsed` is undefined where it is none. */
export interface Standing extends RawLine {
  readonly path: string;
  readonly parsed: AuditLine | undefined;
}
