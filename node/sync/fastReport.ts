/** What an operator is told while a fast start goes on: a line every few seconds, whether or not anything moves. */
import type { Clock, Timer } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Peers } from '../peers.ts';
import { FAST_REPORT_MS } from './limits.ts';

/** The world of a report. */
export interface FastReportPorts {
  readonly peers: Pick<Peers, 'validators'>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
}

/** Says how far a fast start is, or for what it waits. */
export class FastReport {
  readonly #ports: FastReportPorts;
  readonly #pinnedHeight: number;
  #timer: Timer | undefined;
  /** Entries that are fetched; undefined before an edge is proved. */
  #logSize: number | undefined;
  #entryCount = 0;

  constructor(pinnedHeight: number, ports: FastReportPorts) {
    this.#pinnedHeight = pinnedHeight;
    this.#ports = ports;
  }

  start(): void {
    this.#timer = this.#ports.clock.setTimer(FAST_REPORT_MS, () => {
      this.#report();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Takes the size of the log, which is known once an edge is proved. */
  noteLog(logSize: number): void {
    this.#logSize = logSize;
  }

  /** Takes how many entries more are written. */
  noteEntries(count: number): void {
    this.#entryCount += count;
  }

  #report(): void {
    const { peers, log } = this.#ports;
    const connected = peers.validators().length;
    const done = this.#logSize === undefined ? {} : this.#progress(this.#logSize);
    if (connected === 0) {
      log.warn(done, 'fast start: waiting, since no validator can be reached or none admits this');
    } else if (this.#logSize === undefined) {
      const pinned = this.#pinnedHeight;
      log.info({ connected, pinned }, 'fast start: waiting for a chain with the pinned block');
    } else log.info({ ...done, connected }, 'fast start: entries are being fetched');
  }

  #progress(of: number): Readonly<Record<string, number>> {
    return { entries: this.#entryCount, of };
  }
}
