/**
 * Housekeeping: drops what is past its time, and watches the size of kept evidence.
 *
 * Deletion is slow and bounded, so that it never stands in the way of a submission.
 */
import type { Params } from '../chain/params.ts';
import { EXPIRY_MS } from './authority/limits.ts';
import type { Clock, Timer } from './clock.ts';
import type { Log } from './log.ts';
import type { WorkStore } from './store/workStore.ts';

/** The world of housekeeping. */
export interface HousekeepingPorts {
  readonly work: WorkStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly evidenceBytesMax: number;
  params(): Params;
  blockTimeMs(): number;
  /** Rejects what has waited too long for a verdict. */
  rejectOverdue(): Promise<number>;
  onFault(error: unknown): void;
}

const INTERVAL_MS = 60_000;
const OVERDUE_INTERVAL_MS = 3_600_000;
const SWEEP_COUNT_MAX = 200;
/** Time between two sweeps while there is more. */
const BREATH_MS = 50;
/**
 * A certificate outlives the evidence that names it, and the 30 days that a submission may wait: its use is
 * noted once a day at most, and evidence is kept from the block's time on.
 */
const CERTIFICATE_MARGIN_MS = 2 * 86_400_000;
/** Share of the limit at which an operator is warned. */
const ALARM_SHARE = 0.9;

/** Sweeps a work store once a minute. */
export class Housekeeping {
  readonly #ports: HousekeepingPorts;
  #timer: Timer | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #sizeBytes = 0;
  /** When submissions are next looked through, Unix ms. */
  #overdueMs = 0;
  #stopped = false;

  constructor(ports: HousekeepingPorts) {
    this.#ports = ports;
  }

  /** Measures once and begins. */
  async start(): Promise<void> {
    this.#sizeBytes = await this.#ports.work.sizeBytes();
    this.#arm();
  }

  /** Resolves when no sweep is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#sweeping;
  }

  /** Why nothing more can be kept, or undefined. */
  closedBecause(): string | undefined {
    if (this.#sizeBytes < this.#ports.evidenceBytesMax) return undefined;
    return `kept evidence has reached EVIDENCE_BYTES_MAX (${this.#ports.evidenceBytesMax} bytes)`;
  }

  #arm(delayMs = INTERVAL_MS): void {
    if (this.#stopped) return;
    this.#timer = this.#ports.clock.setTimer(delayMs, () => {
      this.#sweeping = this.#sweep().then(
        (isMore) => {
          this.#arm(isMore ? BREATH_MS : INTERVAL_MS);
        },
        (error: unknown) => {
          this.#ports.onFault(error);
        },
      );
    });
  }

  /** Goes through all submissions, so once an hour is enough. */
  async #rejectOverdue(): Promise<void> {
    const nowMs = this.#ports.clock.nowMs();
    if (nowMs < this.#overdueMs) return;
    this.#overdueMs = nowMs + OVERDUE_INTERVAL_MS;
    const count = await this.#ports.rejectOverdue();
    if (count > 0) this.#ports.log.warn({ count }, 'no verdict within 30 days');
  }

  /** Resolves to whether more is past its time. */
  async #sweep(): Promise<boolean> {
    const { work, clock, log, evidenceBytesMax } = this.#ports;
    const count = await work.sweep({
      nowMs: clock.nowMs(),
      blockTimeMs: this.#ports.blockTimeMs(),
      certificateRetentionMs:
        Math.max(this.#ports.params().evidenceRetentionS * 1_000, EXPIRY_MS) +
        CERTIFICATE_MARGIN_MS,
      countMax: SWEEP_COUNT_MAX,
    });
    if (count > 0) log.debug({ count }, 'swept');
    await this.#rejectOverdue();
    this.#sizeBytes = await work.sizeBytes();
    if (this.#sizeBytes > evidenceBytesMax * ALARM_SHARE) {
      log.warn({ bytes: this.#sizeBytes, max: evidenceBytesMax }, 'evidence is close to its limit');
    }
    return count === SWEEP_COUNT_MAX;
  }
}
