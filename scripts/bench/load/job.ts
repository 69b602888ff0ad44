/** What the load generator is asked to do, and what it says afterwards. */

/** A stream of requests over connections that stay open. */
export interface Job {
  readonly port: number;
  /** Each has one request under way at a time. */
  readonly connections: number;
  readonly method: 'GET' | 'POST';
  /** Path of every request; for a GET, the file's line stands behind it. */
  readonly path: string;
  /** File with one body, or one end of a path, in each line. */
  readonly file: string;
  /** Time for which the lines are sent over and over; null sends each line once. */
  readonly seconds: number | null;
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
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** A message to the generator: a job to make ready, or the word to begin. */
export type LoadMessage = { readonly type: 'prepare'; readonly job: Job } | { readonly type: 'go' };
