/**
 * The load generator, a process of its own.
 *
 * It reads its requests and opens its connections before it is told to begin, so that the time that is
 * measured holds nothing but requests and answers.
 */
import { readFile } from 'node:fs/promises';
import { createHistogram } from 'node:perf_hooks';

import { Connection, formatRequest, type RawAnswer } from './connection.ts';
import type { Job, JobResult, LoadMessage } from './job.ts';

const PROBLEM = Buffer.from('"code":');
const SAMPLE_LENGTH_MAX = 300;
const MICROSECONDS = 1_000;

interface Prepared {
  readonly job: Job;
  readonly requests: readonly Uint8Array[];
  readonly connections: readonly Connection[];
}

async function prepare(job: Job): Promise<Prepared> {
  const lines = (await readFile(job.file, 'utf8')).trimEnd().split('\n');
  const requests = lines.map((line) =>
    job.method === 'GET'
      ? formatRequest('GET', `${job.path}${line}`, undefined)
      : formatRequest('POST', job.path, line),
  );
  const connections: Connection[] = [];
  for (let i = 0; i < job.connections; i++) connections.push(await Connection.open(job.port));
  return { job, requests, connections };
}

/** Counts answers. */
class Tally {
  readonly latency = createHistogram();
  readonly statuses: Record<string, number> = {};
  requests = 0;
  problems = 0;
  firstProblem: string | null = null;

  add({ status, body }: RawAnswer, milliseconds: number): void {
    this.requests += 1;
    this.latency.record(Math.max(1, Math.round(milliseconds * MICROSECONDS)));
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (!Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(PROBLEM)) return;
    this.problems += 1;
    this.firstProblem ??= Buffer.from(body).toString('utf8').slice(0, SAMPLE_LENGTH_MAX);
  }
}

async function run({ job, requests, connections }: Prepared): Promise<JobResult> {
  const tally = new Tally();
  const startedMs = Date.now();
  const deadlineMs = job.seconds === null ? Infinity : performance.now() + job.seconds * 1_000;
  let sent = 0;
  const next = (): Uint8Array | undefined => {
    if (job.seconds === null) return requests[sent++];
    return performance.now() < deadlineMs ? requests[sent++ % requests.length] : undefined;
  };
  const work = async (connection: Connection): Promise<void> => {
    for (let request = next(); request !== undefined; request = next()) {
      const sentMs = performance.now();
      tally.add(await connection.send(request), performance.now() - sentMs);
    }
  };
  await Promise.all(connections.map(work));
  const endedMs = Date.now();
  for (const connection of connections) connection.close();
  const { statuses, problems, firstProblem, latency } = tally;
  const [p50, p99, max] = [latency.percentile(50), latency.percentile(99), latency.max];
  const latencyMs = { p50: p50 / MICROSECONDS, p99: p99 / MICROSECONDS, max: max / MICROSECONDS };
  return {
    startedMs,
    endedMs,
    requests: tally.requests,
    statuses,
    problems,
    firstProblem,
    latencyMs,
  };
}

let prepared: Prepared | undefined;

async function answer(message: LoadMessage): Promise<void> {
  if (message.type === 'prepare') {
    prepared = await prepare(message.job);
    process.send?.({ type: 'prepared' });
  } else if (prepared !== undefined) {
    process.send?.(await run(prepared));
    prepared = undefined;
  }
}

process.on('message', (message: LoadMessage) => void answer(message));
