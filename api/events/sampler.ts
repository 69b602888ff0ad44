/**
 * The one sampler: however many listen, a node is looked at once an interval.
 *
 * Rates are those of the time between two samples; after a time when nobody listened there is none to tell.
 */
import type { Measures } from '../measures.ts';
import type { ApiPorts } from '../ports.ts';
import type { Sample } from '../schemas/events.ts';
import { formatSample, type Rates } from '../views/events.ts';

/** Intervals after which a sample is too old to make a rate with. */
const STALE_INTERVALS = 10;

/** What is counted, at one moment. */
interface Counted {
  readonly atMs: number;
  readonly measures: Measures;
  readonly verifyAnswers: number;
}

/** Makes samples of a node. */
export class Sampler {
  readonly #ports: Pick<ApiPorts, 'ledger' | 'status'>;
  readonly #intervalMs: number;
  readonly #nowMs: () => number;
  #verifyAnswers = 0;
  #before: Counted | undefined;
  #last: { readonly sample: Sample; readonly atMs: number } | undefined;
  #underway: Promise<Sample> | undefined;

  /** `nowMs` is a clock that is never set. */
  constructor(
    ports: Pick<ApiPorts, 'ledger' | 'status'>,
    intervalMs: number,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#ports = ports;
    this.#intervalMs = intervalMs;
    this.#nowMs = nowMs;
  }

  /** Counts an answer about a photograph. */
  noteVerifyAnswer(): void {
    this.#verifyAnswers += 1;
  }

  /** Resolves to a sample that is not older than an interval. */
  async recent(): Promise<Sample> {
    const last = this.#last;
    return last !== undefined && this.#nowMs() - last.atMs < this.#intervalMs
      ? last.sample
      : this.take();
  }

  /** Resolves to a new sample; who asks meanwhile gets the same. */
  take(): Promise<Sample> {
    this.#underway ??= this.#take().finally(() => {
      this.#underway = undefined;
    });
    return this.#underway;
  }

  async #take(): Promise<Sample> {
    const measures = await this.#ports.status.measure();
    const now = { atMs: this.#nowMs(), measures, verifyAnswers: this.#verifyAnswers };
    const rates = this.#ratesSince(this.#before, now);
    this.#before = now;
    const sample = formatSample(this.#ports, { atMs: Date.now(), measures, rates });
    this.#last = { sample, atMs: now.atMs };
    return sample;
  }

  #ratesSince(before: Counted | undefined, now: Counted): Rates {
    if (before === undefined) return null;
    const passedMs = now.atMs - before.atMs;
    if (passedMs <= 0 || passedMs > STALE_INTERVALS * this.#intervalMs) return null;
    const rate = (from: number, to: number): number =>
      Math.round(((to - from) / passedMs) * 100_000) / 100;
    return {
      submissions: rate(before.measures.submissions, now.measures.submissions),
      records: rate(before.measures.records, now.measures.records),
      verify_answers: rate(before.verifyAnswers, now.verifyAnswers),
      signatures: rate(before.measures.signatures, now.measures.signatures),
    };
  }
}
