/** What an examination says of a node, a sentence for each thing that it looks at. */

/** `problem`: the node does not start. `note`: it starts, and somebody should know. */
export type Status = 'ok' | 'problem' | 'note';

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, in a word. */
  readonly check: string;
  readonly status: Status;
  readonly what: string;
  /** What to do; undefined where there is nothing to do, or `what` says it. */
  readonly remedy?: string;
}

/** Returns that all is well. */
export function ok(check: string, what: string): Finding {
  return { check, status: 'ok', what };
}

/** Returns that the node does not start, and what to do. */
export function problem(check: string, what: string, remedy?: string): Finding {
  return { check, status: 'problem', what, ...(remedy === undefined ? {} : { remedy }) };
}

/** Returns something to know, and what may be done. */
export function note(check: string, what: string, remedy?: string): Finding {
  return { check, status: 'note', what, ...(remedy === undefined ? {} : { remedy }) };
}

/** Returns why something failed: of several attempts that failed, the code. A mistake of ours passes on. */
export function reasonOf(error: unknown): string {
  const isOurs = error instanceof TypeError || error instanceof RangeError;
  if (isOurs || !(error instanceof Error)) throw error;
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
