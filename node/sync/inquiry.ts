/**
 * An inquiry: asks one validator after another until an answer stands its check.
 *
 * For what is asked once and must be had: whoever was slow or lied is asked when nobody better is connected.
 */
import { ChainError } from '../../chain/errors.ts';
import { NetworkError } from '../../p2p/errors.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Peers } from '../peers.ts';
import { ANSWER_MS_MAX, ANSWER_MS_MIN, INQUIRY_RETRY_MS } from './limits.ts';
import { type Failure, type Source, Sources } from './sources.ts';

/** The world of an inquiry. */
export interface InquiryPorts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: Log;
  /** Returns a number from 0, inclusive, to 1, exclusive. */
  random(): number;
}

/** What is sent, and how long an answer may be. */
export interface Asking {
  readonly request: Uint8Array;
  readonly responseBytesMax: number;
}

/** A question. */
export interface Question<T> extends Asking {
  /**
   * Returns what the answer says; undefined where the peer does not have it. Throws a ChainError for a lie.
   *
   * @param askAlso - asks the same peer for more.
   */
  check(
    answer: Uint8Array,
    askAlso: (asking: Asking) => Promise<Uint8Array>,
  ): Promise<T | undefined>;
}

/** Asks validators, several questions at a time, each of another one. */
export class Inquiry {
  readonly #ports: InquiryPorts;
  readonly #signal: AbortSignal;
  readonly #sources: Sources;
  readonly #busy = new Set<string>();
  /** Settles when a peer is free again. */
  #freed = Promise.withResolvers<undefined>();

  constructor(ports: InquiryPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
    this.#sources = new Sources(ports);
  }

  /** Resolves to what a check returned. Rejects with the signal's reason, or with what is no refusal. */
  async ask<T>(question: Question<T>): Promise<T> {
    for (;;) {
      this.#signal.throwIfAborted();
      const source = this.#choose();
      if (source === undefined) await this.#wait();
      else {
        const found = await this.#askOne(source, question);
        if (found !== undefined) return found;
      }
    }
  }

  /** Returns whom to ask: among those who have failed least, one that is free, by chance. */
  #choose(): Source | undefined {
    // What they hold they need not say: they are asked.
    for (const { peerId } of this.#ports.peers.validators()) this.#sources.heard(peerId, 1);
    const nowMs = this.#ports.clock.nowMs();
    const holders = this.#sources.holdersOf(1);
    const best = holders.filter(({ level }) => level === holders[0]?.level);
    const ready = best.filter(({ peerId, askAtMs }) => askAtMs <= nowMs && !this.#busy.has(peerId));
    return ready[Math.floor(this.#ports.random() * ready.length)];
  }

  async #wait(): Promise<void> {
    const later = Promise.withResolvers<undefined>();
    const wake = (): void => {
      later.resolve(undefined);
    };
    const timer = this.#ports.clock.setTimer(INQUIRY_RETRY_MS, wake);
    this.#signal.addEventListener('abort', wake);
    await Promise.race([later.promise, this.#freed.promise]);
    timer.cancel();
    this.#signal.removeEventListener('abort', wake);
  }

  async #askOne<T>({ peerId, level }: Source, question: Question<T>): Promise<T | undefined> {
    const { clock, peers } = this.#ports;
    this.#busy.add(peerId);
    const slow = new AbortController();
    const signal = AbortSignal.any([slow.signal, this.#signal]);
    const request = async ({ request: bytes, responseBytesMax }: Asking): Promise<Uint8Array> => {
      const timer = clock.setTimer(Math.min(ANSWER_MS_MIN * 2 ** level, ANSWER_MS_MAX), () => {
        slow.abort();
      });
      try {
        return await peers.request(peerId, bytes, { responseBytesMax, signal });
      } finally {
        timer.cancel();
      }
    };
    try {
      const found = await question.check(await request(question), request);
      if (found === undefined) this.#fail(peerId, 'lied', 'it does not have what was asked for');
      else this.#sources.delivered(peerId);
      return found;
    } catch (error) {
      this.#takeError(peerId, error, slow.signal.aborted);
      return undefined;
    } finally {
      this.#busy.delete(peerId);
      this.#freed.resolve(undefined);
      this.#freed = Promise.withResolvers<undefined>();
    }
  }

  #takeError(peerId: string, error: unknown, isSlow: boolean): void {
    if (error instanceof ChainError) {
      this.#ports.peers.report(peerId, 'reject', `sync: ${error.message}`);
      this.#fail(peerId, 'lied', error.message);
    } else if (error instanceof NetworkError) {
      this.#fail(peerId, isSlow ? 'slow' : 'down', error.code);
    } else throw error;
  }

  #fail(peerId: string, how: Failure, why: string): void {
    this.#ports.log.debug({ peerId, how, why }, 'an answer was of no use');
    this.#sources.failed(peerId, how);
  }
}
