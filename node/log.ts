/**
 * The node's log: one JSON line for each event, on standard error.
 *
 * error: someone must act; warn: degraded; info: a few lines a minute; debug: one for each message. What a
 * stranger sent, certificates, serial numbers and camera addresses never stand above debug; keys and
 * passphrases nowhere.
 */
import { destination, type Logger, pino } from 'pino';

import type { LogLevel } from './settingReader.ts';

/** A component's log. */
export type Log = Logger;

const STDERR = 2;

/** Returns the log of a process. */
export function createLog(level: LogLevel): Log {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination({ fd: STDERR, sync: true }));
}
