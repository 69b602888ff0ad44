/** A node's log that a test can read: what a level lets through, line by line. */
import { pino } from 'pino';

import type { LogLevel } from '../../node/settingReader.ts';
import type { Log } from '../../node/log.ts';

/** A log and what was written to it. */
export interface CapturedLog {
  readonly log: Log;
  /** JSON, one object each. */
  readonly lines: readonly string[];
}

/** Returns an empty log of a level. */
export function captureLog(level: LogLevel = 'info'): CapturedLog {
  const lines: string[] = [];
  const options = {
    level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return { log: pino(options, { write: (line: string) => void lines.push(line) }), lines };
}

/** Returns the messages of a log, in order. */
export function messagesOf({ lines }: CapturedLog): readonly string[] {
  return lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
}
