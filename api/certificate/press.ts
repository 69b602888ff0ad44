/**
 * Makes certificates, one at a time, on a thread of its own: one takes a tenth of a second of a processor, for which
 * nothing else in the node may wait.
 *
 * The thread begins with the first certificate and ends when none was wanted for a while.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

import { ApiError } from '../errors.ts';
import {
  CERTIFICATE_IDLE_MS,
  CERTIFICATE_MEMORY_MIB_MAX,
  CERTIFICATE_TIME_MS_MAX,
  CERTIFICATE_WAITING_COUNT_MAX,
} from '../limits.ts';
import type { PrintedCertificate } from './pressThread.ts';
import type { Sheet } from './sheet.ts';

/** Makes certificates. */
export interface Press {
  /**
   * Resolves to the bytes of a certificate, after those that were asked for before.
   *
   * Rejects with ERR_NOT_READY where too many wait, the press stops, or the signal has aborted before its turn.
   */
  print(sheet: Sheet, signal: AbortSignal): Promise<Uint8Array>;
  /** Resolves when the thread has ended; what waits is refused. */
  stop(): Promise<void>;
}

interface Job {
  readonly sheet: Sheet;
  readonly signal: AbortSignal;
  resolve(bytes: Uint8Array): void;
  reject(reason: unknown): void;
}

const THREAD = new URL(`./pressThread${extname(import.meta.filename)}`, import.meta.url);

/** What may be set of a press. */
export interface PressOptions {
  /** Time without a certificate after which the thread ends; one minute by default. */
  readonly idleMs?: number;
}

/** Returns a press whose thread does not run yet. */
export function createPress({ idleMs = CERTIFICATE_IDLE_MS }: PressOptions = {}): Press {
  const press = new OneThreadPress(idleMs);
  return {
    print: (sheet, signal) => press.print(sheet, signal),
    stop: () => press.stop(),
  };
}

class OneThreadPress {
  readonly #idleMs: number;
  readonly #waiting: Job[] = [];
  #current: Job | undefined;
  #worker: Worker | undefined;
  /** Of the job under way, or of the time without one. */
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  print(sheet: Sheet, signal: AbortSignal): Promise<Uint8Array> {
    if (this.#isStopped) return Promise.reject(refusal('this node is stopping'));
    if (this.#waiting.length >= CERTIFICATE_WAITING_COUNT_MAX) {
      return Promise.reject(refusal('too many certificates wait to be made'));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#waiting.push({ sheet, signal, resolve, reject });
    this.#next();
    return promise;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const job of this.#waiting.splice(0)) job.reject(refusal('this node is stopping'));
    await this.#endThread(refusal('this node is stopping'));
  }

  #next(): void {
    if (this.#current !== undefined) return;
    clearTimeout(this.#timer);
    const job = this.#waiting.shift();
    if (job === undefined) {
      if (this.#worker === undefined) return;
      this.#timer = setTimeout(() => void this.#endThread(), this.#idleMs).unref();
    } else if (job.signal.aborted) {
      job.reject(refusal('nobody waits for this certificate any more'));
      this.#next();
    } else {
      this.#current = job;
      this.#timer = setTimeout(() => {
        void this.#endThread(refusal('a certificate took too long'));
      }, CERTIFICATE_TIME_MS_MAX);
      (this.#worker ??= this.#startThread()).postMessage(job.sheet);
    }
  }

  #startThread(): Worker {
    const worker = new Worker(THREAD, {
      resourceLimits: { maxOldGenerationSizeMb: CERTIFICATE_MEMORY_MIB_MAX },
    });
    // A thread without work holds nobody up.
    worker.unref();
    // A thread that is being ended may still have something to say: of a job that is not its own any more.
    worker.on('message', (printed: PrintedCertificate) => {
      if (this.#worker !== worker) return;
      this.#takeJob()?.resolve(printed);
      this.#next();
    });
    worker.on('error', (error) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#takeJob()?.reject(error);
      this.#next();
    });
    return worker;
  }

  /** Ends the thread, and with it the job under way, if there is one. */
  async #endThread(reason?: Error): Promise<void> {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#takeJob()?.reject(reason);
    await worker?.terminate();
    this.#next();
  }

  /** Returns the job under way, which is under way no more. */
  #takeJob(): Job | undefined {
    const job = this.#current;
    this.#current = undefined;
    return job;
  }
}

function refusal(message: string): ApiError {
  return new ApiError('ERR_NOT_READY', message, { retryAfterS: 5 });
}
