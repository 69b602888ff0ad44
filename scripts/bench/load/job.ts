/** What the load generator is asked to do, and what it says afterwards. */

/** A stream of requests over connections that stay open. */
export interface Job {
  /** Ports of this machine; the connections go to them in turn. */
  readonly ports: readonly number[];
  /** Each has one request under way at a time. */
  readonly connections: number;
  readonly method: 'GET' | 'POST';
  /** Path of every request; for a GET, the file's line stands behind it. */
  readonly path: string;
  /** File with one body, or one end of a path, in each line. */
  readonly file: string;
  /** Time for which the lines are sent over and over; null sends each line once. */
  readonly seconds: number | null;
  /** Requests that are sent in each second whatever the answers do; null sends the next upon an answer. */
  readonly perSecond: number | null;
  /** Whether to ask afterwards when each submission was committed. */
  readonly followsReceipts: boolean;
}

/** Times in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What became of a job. */
export interface JobResult {
  /** Unix milliseconds of the first request. */
  readonly startedMs: number;
  /** Unix milliseconds of the last answer. */
  readonly endedMs: number;
  readonly requests: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers that hold a problem's code, be it of one item of a list. */
  readonly problems: number;
  /** The first of them, shortened. */
  readonly firstProblem: string | null;
  /** Until the answer; from the time at which the request was due, where there is a pace. */
  readonly latencyMs: Latency;
  /** From the same time until the receipt's step `committed`; null where nobody asked. */
  readonly committedMs: Latency | null;
}

/** A message to the generator: a job to make ready, or the word to begin. */
export type LoadMessage = { readonly type: 'prepare'; readonly job: Job } | { readonly type: 'go' };
