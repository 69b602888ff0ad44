/** The load generator, as those who measure use it. */
import { BenchError, type Child, type Children } from '../children.ts';
import type { Job, JobResult } from './job.ts';

/** A job as those who measure write it; what they leave out is off. */
export type JobPlan = Omit<Job, 'perSecond' | 'followsReceipts'> &
  Partial<Pick<Job, 'perSecond' | 'followsReceipts'>>;

const GENERATOR = new URL('generator.ts', import.meta.url).pathname;

/** A load generator that runs. */
export class LoadClient {
  readonly #child: Child;

  private constructor(child: Child) {
    this.#child = child;
  }

  /** Starts the generator's process. */
  static async start(children: Children, name = 'load'): Promise<LoadClient> {
    return new LoadClient(await children.start({ name, script: GENERATOR }));
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Makes a job ready; the returned function runs it. Rejects with a BenchError if a request is refused. */
  async prepare(plan: JobPlan): Promise<() => Promise<JobResult>> {
    const job: Job = { perSecond: null, followsReceipts: false, ...plan };
    await this.#child.ask({ type: 'prepare', job });
    return async () => {
      const result = (await this.#child.ask({ type: 'go' })) as JobResult;
      if (result.problems === 0 && result.requests > 0) return result;
      throw new BenchError(
        `${job.method} ${job.path}: ${result.problems} of ${result.requests} requests were refused; ` +
          `the first answer: ${result.firstProblem ?? 'none'}`,
      );
    };
  }

  /** Makes a job ready and runs it. */
  async run(plan: JobPlan): Promise<JobResult> {
    return (await this.prepare(plan))();
  }
}

/** Returns the requests a second of a job. */
export function rateOf({ requests, startedMs, endedMs }: JobResult): number {
  return (requests * 1_000) / (endedMs - startedMs);
}
