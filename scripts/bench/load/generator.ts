/**
 * The load generator, a process of its own.
 *
 * It reads its requests and opens its connections before it is told to begin, so that the time that is
 * measured holds nothing but requests and answers.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { Connection, formatRequest, type RawAnswer } from './connection.ts';
import type { Job, JobResult, LoadMessage } from './job.ts';
import { Latencies } from './latencies.ts';
import { type Accepted, followReceipts, receiptIdOf } from './receipts.ts';

const PROBLEM = Buffer.from('"code":');
const SAMPLE_LENGTH_MAX = 300;
const ACCEPTED = 202;

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
  for (let i = 0; i < job.connections; i++) {
    connections.push(await Connection.open(job.ports[i % job.ports.length] ?? 0));
  }
  return { job, requests, connections };
}

/** Counts answers. */
class Tally {
  readonly latencies = new Latencies();
  readonly statuses: Record<string, number> = {};
  requests = 0;
  problems = 0;
  firstProblem: string | null = null;

  add({ status, body }: RawAnswer, milliseconds: number): void {
    this.requests += 1;
    this.latencies.add(milliseconds);
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (!Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(PROBLEM)) return;
    this.problems += 1;
    this.firstProblem ??= Buffer.from(body).toString('utf8').slice(0, SAMPLE_LENGTH_MAX);
  }
}

/** A request and the time at which it is to be sent. */
interface Due {
  readonly request: Uint8Array;
  /** By performance.now(). */
  readonly atMs: number;
}

/** Hands out the requests of a job, each once, in order. */
class Agenda {
  readonly #prepared: Prepared;
  readonly #startMs = performance.now();
  #sent = 0;

  constructor(prepared: Prepared) {
    this.#prepared = prepared;
  }

  /** The next, when it is due; undefined at the end. */
  async next(): Promise<Due | undefined> {
    const { job, requests } = this.#prepared;
    const nowMs = performance.now();
    const isOver = job.seconds !== null && nowMs >= this.#startMs + job.seconds * 1_000;
    const number = this.#sent++;
    const request = requests[job.seconds === null ? number : number % requests.length];
    if (request === undefined || isOver) return undefined;
    if (job.perSecond === null) return { request, atMs: nowMs };
    const atMs = this.#startMs + (number * 1_000) / job.perSecond;
    if (atMs > nowMs) await pause(atMs - nowMs);
    // Where all connections are busy it is late, and its time has begun all the same.
    return { request, atMs };
  }
}

async function run(prepared: Prepared): Promise<JobResult> {
  const { job, connections } = prepared;
  const tally = new Tally();
  const accepted = new Map<Connection, Accepted[]>();
  const startedMs = Date.now();
  const agenda = new Agenda(prepared);
  const work = async (connection: Connection): Promise<void> => {
    const list: Accepted[] = [];
    accepted.set(connection, list);
    for (let due = await agenda.next(); due !== undefined; due = await agenda.next()) {
      const answer = await connection.send(due.request);
      tally.add(answer, performance.now() - due.atMs);
      if (!job.followsReceipts || answer.status !== ACCEPTED) continue;
      list.push({
        receiptId: receiptIdOf(answer.body),
        dueMs: performance.timeOrigin + due.atMs,
      });
    }
  };
  await Promise.all(connections.map(work));
  const endedMs = Date.now();
  const { statuses, problems, firstProblem, requests } = tally;
  const latencyMs = tally.latencies.summary();
  const committedMs = job.followsReceipts ? await followReceipts(accepted) : null;
  for (const connection of connections) connection.close();
  const counts = { requests, statuses, problems, firstProblem };
  return { startedMs, endedMs, ...counts, latencyMs, committedMs };
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
