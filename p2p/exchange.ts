/**
 * Requests and answers on the sync channel of one peer.
 *
 * ```
 * body = kind, 1 byte | id, 4 bytes big-endian | payload
 * ```
 *
 * | kind       | payload                                   |
 * | ---------- | ----------------------------------------- |
 * | 0 message  | what is sent without an answer; id 0      |
 * | 1 request  | the question                              |
 * | 2 chunk    | a part of the answer                      |
 * | 3 end      | none: the answer is whole                 |
 * | 4 failed   | none: there is no answer, or no more      |
 * | 5 cancel   | none: the answer is no longer wanted      |
 *
 * The asker numbers its requests from 1 upward. Every request is ended by exactly one `end` or `failed`, also
 * after a `cancel`, so both sides count the same requests against the limit. An answer is fetched from above
 * chunk by chunk as the queue has room: it costs a chunk of memory however long it is.
 */
import { ChainError } from '../chain/errors.ts';
import { NetworkError } from './errors.ts';
import { encodeFrame } from './frame.ts';
import { GrowingBytes } from './growingBytes.ts';
import type { NetworkLimits } from './limits.ts';
import type { Answer, Clock, Timer } from './ports.ts';
import { TokenBucket } from './tokenBucket.ts';

const KIND = { message: 0, request: 1, chunk: 2, end: 3, failed: 4, cancel: 5 } as const;
type Kind = (typeof KIND)[keyof typeof KIND];

/** Kind and id before a payload. */
export const EXCHANGE_HEADER_BYTES = 5;
const ID_MAX = 2 ** 32 - 1;
const NO_BYTES = new Uint8Array(0);

/** What an exchange needs of its connection. */
export interface ExchangePorts {
  readonly clock: Clock;
  /** Queues a frame; false if there is no room. */
  send(frame: Uint8Array): boolean;
  /** Resolves when the queue has room for a chunk, or the connection ends. */
  waitForRoom(): Promise<void>;
  onMessage(bytes: Uint8Array): void | Promise<void>;
  onRequest(bytes: Uint8Array): Promise<Answer>;
  /** Takes an error of `onRequest` or of the answer that it gave, unless it is a ChainError. */
  onFault(error: unknown): void;
}

/** What the roles of the two peers permit. */
export interface ExchangeRules {
  /** The peer may ask. */
  readonly serves: boolean;
  /** This node may ask. */
  readonly asks: boolean;
  /** The peer may send messages: an observer only reads. */
  readonly takesMessages: boolean;
}

/** How long and how much the asker waits for. */
export interface RequestOptions {
  /** The longest answer that is taken; the limit of an answer unless it is less. */
  readonly responseBytesMax?: number;
  readonly signal?: AbortSignal;
}

interface Pending {
  readonly answer: GrowingBytes;
  readonly bytesMax: number;
  /** Runs anew with each chunk. */
  idleTimer: Timer;
  settle(error: NetworkError | undefined): void;
}

/** Both directions of one peer's requests. */
export class Exchange {
  readonly #limits: NetworkLimits;
  readonly #rules: ExchangeRules;
  readonly #ports: ExchangePorts;
  readonly #pending = new Map<number, Pending>();
  /** Requests that were given up and whose end has not come. */
  readonly #abandoned = new Set<number>();
  readonly #serving = new Map<number, AbortController>();
  readonly #rate: TokenBucket;
  #rateTimer: Timer | undefined;
  #lastId = 0;
  #ended: NetworkError | undefined;

  constructor(limits: NetworkLimits, rules: ExchangeRules, ports: ExchangePorts) {
    this.#limits = limits;
    this.#rules = rules;
    this.#ports = ports;
    this.#rate = new TokenBucket(limits.requestsPerS, ports.clock.nowMs());
  }

  /** Requests that wait for an answer. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Returns the frame of a message without an answer. */
  static frameOf(bytes: Uint8Array): Uint8Array {
    return encode(KIND.message, 0, bytes);
  }

  /** Asks, and resolves to the whole answer. Rejects with a NetworkError. */
  request(bytes: Uint8Array, options: RequestOptions = {}): Promise<Uint8Array> {
    const id = this.#lastId + 1;
    const refusal = this.#refusalOf(options.signal);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (!this.#ports.send(encode(KIND.request, id, bytes))) return Promise.reject(queueFull());
    this.#lastId = id;
    return this.#expect(id, options);
  }

  /**
   * Takes the body of a frame. Throws ERR_FRAMING on what no peer sends.
   *
   * A promise settles when the next may be taken.
   */
  take(body: Uint8Array): void | Promise<void> {
    if (body.length < EXCHANGE_HEADER_BYTES) throw framing('a message ends within its header');
    const id = new DataView(body.buffer, body.byteOffset).getUint32(1);
    const payload = body.subarray(EXCHANGE_HEADER_BYTES);
    const kind = body[0];
    if (kind === KIND.message) return this.#takeMessage(id, payload);
    if (kind === KIND.request) {
      this.#serve(id, payload);
      return this.#waitForRate();
    }
    if (kind === KIND.cancel) this.#serving.get(id)?.abort();
    else this.#takeAnswer(kind, id, payload);
  }

  /** Ends all requests, in both directions. */
  close(error: NetworkError): void {
    this.#ended = error;
    for (const pending of [...this.#pending.values()]) pending.settle(error);
    for (const controller of this.#serving.values()) controller.abort();
    this.#rateTimer?.cancel();
  }

  #refusalOf(signal: AbortSignal | undefined): NetworkError | undefined {
    if (this.#ended !== undefined) return this.#ended;
    if (!this.#rules.asks)
      return new NetworkError('ERR_NOT_PERMITTED', 'an observer answers nothing');
    if (signal?.aborted === true) return cancelled();
    const count = this.#pending.size + this.#abandoned.size;
    if (count >= this.#limits.requestCountMax || this.#lastId === ID_MAX) {
      return new NetworkError(
        'ERR_QUEUE_FULL',
        `${count} requests are under way, ${this.#limits.requestCountMax} may be`,
      );
    }
    return undefined;
  }

  #expect(id: number, { responseBytesMax, signal }: RequestOptions): Promise<Uint8Array> {
    const bytesMax = Math.min(responseBytesMax ?? Infinity, this.#limits.responseBytesMax);
    const { requestIdleMs, requestTotalMs } = this.#limits;
    return new Promise((resolve, reject) => {
      const totalTimer = this.#startTimer(id, requestTotalMs);
      const onAbort = (): void => {
        this.#giveUp(id, cancelled());
      };
      const pending: Pending = {
        answer: new GrowingBytes(bytesMax),
        bytesMax,
        idleTimer: this.#startTimer(id, requestIdleMs),
        settle: (error) => {
          pending.idleTimer.cancel();
          totalTimer.cancel();
          signal?.removeEventListener('abort', onAbort);
          this.#pending.delete(id);
          if (error === undefined) resolve(pending.answer.finish());
          else reject(error);
        },
      };
      this.#pending.set(id, pending);
      signal?.addEventListener('abort', onAbort);
    });
  }

  #startTimer(id: number, delayMs: number): Timer {
    return this.#ports.clock.setTimer(delayMs, () => {
      this.#giveUp(id, new NetworkError('ERR_TIMEOUT', `no whole answer after ${delayMs} ms`));
    });
  }

  /** Tells the peer, if the queue has room, and the caller. */
  #giveUp(id: number, error: NetworkError): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#abandoned.add(id);
    this.#ports.send(encode(KIND.cancel, id, NO_BYTES));
    pending.settle(error);
  }

  #takeMessage(id: number, payload: Uint8Array): void | Promise<void> {
    if (!this.#rules.takesMessages || id !== 0) throw framing('a message from who only asks');
    return this.#ports.onMessage(payload);
  }

  #takeAnswer(kind: number | undefined, id: number, payload: Uint8Array): void {
    if (kind !== KIND.chunk && kind !== KIND.end && kind !== KIND.failed) {
      throw framing(`a message is of kind ${kind ?? 'none'}`);
    }
    const pending = this.#pending.get(id);
    if (pending === undefined) {
      // Given up: what was on its way still comes, and then its end.
      if (!this.#abandoned.has(id)) throw framing(`an answer to request ${id}, which is not asked`);
      if (kind !== KIND.chunk) this.#abandoned.delete(id);
    } else if (kind === KIND.chunk) this.#takeChunk(id, pending, payload);
    else if (kind === KIND.end) pending.settle(undefined);
    else pending.settle(new NetworkError('ERR_PEER_FAILED', 'the peer has no answer'));
  }

  #takeChunk(id: number, pending: Pending, payload: Uint8Array): void {
    if (payload.length === 0) throw framing('a chunk is empty');
    if (pending.answer.size + payload.length > pending.bytesMax) {
      const message = `an answer is longer than ${pending.bytesMax} bytes`;
      this.#giveUp(id, new NetworkError('ERR_TOO_LARGE', message));
      return;
    }
    pending.answer.append(payload);
    pending.idleTimer.cancel();
    pending.idleTimer = this.#startTimer(id, this.#limits.requestIdleMs);
  }

  #serve(id: number, question: Uint8Array): void {
    if (!this.#rules.serves) throw framing('a request from who may not ask');
    if (id === 0 || this.#serving.has(id) || this.#serving.size >= this.#limits.servingCountMax) {
      throw framing(`request ${id} is one too many, or asked twice`);
    }
    const controller = new AbortController();
    this.#serving.set(id, controller);
    this.#answer(id, question, controller.signal)
      .catch((error: unknown) => {
        // What the peer should not have asked is its own fault: else anybody could stop this node.
        if (!(error instanceof ChainError)) this.#ports.onFault(error);
        return false;
      })
      .then(async (isWhole) => {
        const last = encode(isWhole ? KIND.end : KIND.failed, id, NO_BYTES);
        await this.#sendWithRoom(last, () => this.#ended !== undefined);
        this.#serving.delete(id);
      })
      .catch((error: unknown) => {
        this.#ports.onFault(error);
      });
  }

  /** Leaves further requests with the peer while it has asked faster than it may. */
  #waitForRate(): void | Promise<void> {
    const { clock } = this.#ports;
    this.#rate.take(1, clock.nowMs());
    const debtMs = this.#rate.debtMs(clock.nowMs());
    if (debtMs === 0) return;
    return new Promise((resolve) => {
      this.#rateTimer = clock.setTimer(debtMs, resolve);
    });
  }

  /** Resolves to whether the answer is whole. */
  async #answer(id: number, question: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#ports.onRequest(question);
    let sizeLeft = this.#limits.responseBytesMax;
    for await (const part of partsOf(answer)) {
      sizeLeft -= part.length;
      if (sizeLeft < 0 || !(await this.#sendPart(id, part, signal))) return false;
    }
    return true;
  }

  async #sendPart(id: number, part: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const { sliceBytesMax } = this.#limits;
    for (let at = 0; at < part.length; at += sliceBytesMax) {
      const frame = encode(KIND.chunk, id, part.subarray(at, at + sliceBytesMax));
      if (!(await this.#sendWithRoom(frame, () => signal.aborted))) return false;
    }
    return !signal.aborted;
  }

  /** Resolves to whether the frame is queued. */
  async #sendWithRoom(frame: Uint8Array, isOver: () => boolean): Promise<boolean> {
    do {
      await this.#ports.waitForRoom();
      if (isOver()) return false;
    } while (!this.#ports.send(frame));
    return true;
  }
}

async function* partsOf(answer: Answer): AsyncGenerator<Uint8Array> {
  if (answer instanceof Uint8Array) yield answer;
  else yield* answer;
}

function encode(kind: Kind, id: number, payload: Uint8Array): Uint8Array {
  const header = new Uint8Array(EXCHANGE_HEADER_BYTES);
  header[0] = kind;
  new DataView(header.buffer).setUint32(1, id);
  return encodeFrame(header, payload);
}

function framing(message: string): NetworkError {
  return new NetworkError('ERR_FRAMING', message);
}

function cancelled(): NetworkError {
  return new NetworkError('ERR_CANCELLED', 'the request was cancelled');
}

function queueFull(): NetworkError {
  return new NetworkError('ERR_QUEUE_FULL', 'the queue of the sync channel is full');
}
