/** Times of many requests, of which a few numbers are kept. */
import { createHistogram } from 'node:perf_hooks';

import type { Latency } from './job.ts';

const MICROSECONDS = 1_000;

/** Collects times. */
export class Latencies {
  readonly #histogram = createHistogram();

  /** Adds a time in milliseconds. */
  add(milliseconds: number): void {
    this.#histogram.record(Math.max(1, Math.round(milliseconds * MICROSECONDS)));
  }

  /** What they come to. */
  summary(): Latency {
    const [p50, p99] = [this.#histogram.percentile(50), this.#histogram.percentile(99)];
    const { max } = this.#histogram;
    return { p50: p50 / MICROSECONDS, p99: p99 / MICROSECONDS, max: max / MICROSECONDS };
  }
}
