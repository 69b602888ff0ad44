/**
 * The fetcher: asks for a final checkpoint where none has come for the last block.
 *
 * Claims may be lost, and an observer hears none: then one validator after another is asked until the newest checkpoint
 * of which this node knows is that of its last block.
 */
import { ChainError } from '../../chain/errors.ts';
import { NetworkError } from '../../p2p/errors.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Peers } from '../peers.ts';
import { encodeRequest } from '../wire/requests.ts';
import { ANSWER_BYTES_MAX, decodeAnswer } from './checkpointAnswer.ts';

/** When to ask. */
export interface FetcherOptions {
  /** Time after a block in which the checkpoint may come by itself. */
  readonly delayMs: number;
  /** Time between two questions, where the answers bring nothing new. */
  readonly retryMs: number;
}

/** The world of a fetcher. */
export interface FetcherPorts {
  readonly peers: Peers;
  readonly clock: Clock;
  /** Whether the checkpoint of the last block is missing. */
  isBehind(): boolean;
  /** Takes a checkpoint that a validator holds for final. Throws a ChainError for one that is not. */
  adopt(bytes: Uint8Array): void;
  /** Called before each question: what was said may have been lost. */
  onOverdue(): void;
  onFault(error: unknown): void;
}

/** Time for an answer. */
const ANSWER_MS_MAX = 3_000;

/** Asks until nothing is missing. */
export class CheckpointFetcher {
  readonly #options: FetcherOptions;
  readonly #ports: FetcherPorts;
  readonly #abort = new AbortController();
  #timer: Timer | undefined;
  #turn = 0;

  constructor(options: FetcherOptions, ports: FetcherPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** Takes the news that the chain has grown, or that somebody can be asked. */
  wake(): void {
    if (this.#timer === undefined) this.#arm(this.#options.delayMs);
  }

  /** Asks nothing more. */
  stop(): void {
    this.#abort.abort();
    this.#timer?.cancel();
  }

  #arm(delayMs: number): void {
    if (this.#abort.signal.aborted || !this.#ports.isBehind()) return;
    this.#timer = this.#ports.clock.setTimer(delayMs, () => {
      this.#look().catch((error: unknown) => {
        this.#ports.onFault(error);
      });
    });
  }

  async #look(): Promise<void> {
    if (this.#ports.isBehind()) {
      this.#ports.onOverdue();
      await this.#ask();
    }
    this.#timer = undefined;
    this.#arm(this.#options.retryMs);
  }

  async #ask(): Promise<void> {
    const { peers, clock } = this.#ports;
    const validators = peers.validators();
    const peer = validators[this.#turn++ % Math.max(validators.length, 1)];
    if (peer === undefined) return;
    const slow = new AbortController();
    const timer = clock.setTimer(ANSWER_MS_MAX, () => {
      slow.abort();
    });
    try {
      const signal = AbortSignal.any([slow.signal, this.#abort.signal]);
      const request = encodeRequest({ type: 'checkpoint' });
      const options = { responseBytesMax: ANSWER_BYTES_MAX, signal };
      const { final } = decodeAnswer(await peers.request(peer.peerId, request, options));
      if (final !== undefined) this.#ports.adopt(final);
    } catch (error) {
      if (error instanceof ChainError) {
        peers.report(peer.peerId, 'reject', `checkpoint: ${error.message}`);
      } else if (!(error instanceof NetworkError)) throw error;
    } finally {
      timer.cancel();
    }
  }
}
