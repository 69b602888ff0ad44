/**
 * The page's workers: some that hash, a file each at a time, and one that checks proofs, so that no check waits for a
 * large file. All are started with the page, so that they are there when the network is not.
 */
import type { HashCall, Job, JobReport, PolicySummary, ProofCheck, ProofClaim } from './job.ts';

/** Workers that hash: more would wait for the disk. */
const HASHER_COUNT = 2;

/** A report that ends a job. */
type Ending = Exclude<JobReport, { type: 'progress' | 'failed' }>;

interface Waiting {
  readonly resolve: (ending: Ending) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress?: (bytes: number) => void;
}

type NewJob =
  | { readonly type: 'hash'; readonly file: Blob }
  | { readonly type: 'check'; readonly claim: ProofClaim }
  | { readonly type: 'policy'; readonly text: string };

/** One worker, and whoever waits for it. One that has failed is started again for the next job. */
class Line {
  readonly #address: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(address: string) {
    this.#address = address;
    this.#worker = this.#start();
  }

  ask(job: NewJob, { signal, onProgress }: Partial<HashCall> = {}): Promise<Ending> {
    const id = ++this.#lastId;
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        resolve,
        reject,
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      const cancel = { type: 'cancel', id } satisfies Job;
      signal?.addEventListener('abort', () => worker.postMessage(cancel), { once: true });
      worker.postMessage({ ...job, id } satisfies Job);
    });
  }

  #start(): Worker {
    const worker = new Worker(this.#address, { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<JobReport>) => this.#take(data));
    // Also where its script cannot be fetched: then nothing says more than that.
    worker.addEventListener('error', ({ message }: Partial<ErrorEvent>) => {
      worker.terminate();
      if (this.#worker === worker) this.#worker = undefined;
      this.#failAll(message ?? 'a part of this page could not be loaded: load it again');
    });
    return worker;
  }

  #take(report: JobReport): void {
    const waiting = this.#waiting.get(report.id);
    if (report.type === 'progress') return waiting?.onProgress?.(report.bytes);
    this.#waiting.delete(report.id);
    if (report.type === 'failed') waiting?.reject(new Error(report.reason));
    else waiting?.resolve(report);
  }

  #failAll(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}

/** The workers of a page. */
export class Workers {
  readonly #checker: Line;
  readonly #free: Line[];
  readonly #queue: ((line: Line) => void)[] = [];

  /** Starts them. */
  constructor(address: string) {
    this.#free = Array.from({ length: HASHER_COUNT }, () => new Line(address));
    this.#checker = new Line(address);
  }

  /** Resolves to the SHA-256 of a file in hex. Rejects where it cannot be read, and when the signal aborts. */
  async hash(file: Blob, call: HashCall): Promise<string> {
    const line = await this.#takeLine();
    try {
      call.signal.throwIfAborted();
      const ending = await line.ask({ type: 'hash', file }, call);
      if (ending.type !== 'hashed') throw new Error(`a worker answered ${ending.type}`);
      return ending.hash;
    } finally {
      this.#giveBack(line);
    }
  }

  /** Resolves to what came of the check of a proof. */
  async check(claim: ProofClaim): Promise<ProofCheck> {
    const ending = await this.#checker.ask({ type: 'check', claim });
    if (ending.type !== 'checked') throw new Error(`a worker answered ${ending.type}`);
    return ending.check;
  }

  /** Resolves to what a policy says. Rejects where the text is none. */
  async readPolicy(text: string): Promise<PolicySummary> {
    const ending = await this.#checker.ask({ type: 'policy', text });
    if (ending.type !== 'policy') throw new Error(`a worker answered ${ending.type}`);
    return ending.policy;
  }

  #takeLine(): Promise<Line> {
    const line = this.#free.pop();
    if (line !== undefined) return Promise.resolve(line);
    return new Promise((resolve) => void this.#queue.push(resolve));
  }

  #giveBack(line: Line): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#free.push(line);
    else next(line);
  }
}
