/** Times synced writes by the moments around them, for metrics. */
import type { CrashPoint, OnPoint } from './crashPoint.ts';

/** What is timed. */
export type TimedWrite = 'persist' | 'log' | 'work' | 'chain';

interface Span {
  readonly write: TimedWrite;
  readonly begin: CrashPoint;
  readonly end: CrashPoint;
}

const SPANS: readonly Span[] = [
  { write: 'persist', begin: 'before-log-append', end: 'after-log-sync' },
  { write: 'log', begin: 'before-log-sync', end: 'after-log-sync' },
  { write: 'work', begin: 'before-sync', end: 'after-sync' },
  { write: 'chain', begin: 'before-block-write', end: 'after-block-write' },
];

/** Times synced writes. One write of a file is under way at a time, so the moments of a file alternate. */
export class SyncTimes {
  /** Listens to crash points, and hands each on. */
  readonly onPoint: OnPoint;
  /** Takes the time of a write, in seconds. */
  onTime: (write: TimedWrite, seconds: number) => void = () => undefined;
  readonly #begunMs = new Map<TimedWrite, number>();

  constructor(next: OnPoint) {
    this.onPoint = (point) => {
      this.#time(point);
      next(point);
    };
  }

  #time(point: CrashPoint): void {
    const nowMs = performance.now();
    for (const { write, begin, end } of SPANS) {
      const begunMs = this.#begunMs.get(write);
      if (point === end && begunMs !== undefined) this.onTime(write, (nowMs - begunMs) / 1_000);
      if (point === begin) this.#begunMs.set(write, nowMs);
    }
  }
}
