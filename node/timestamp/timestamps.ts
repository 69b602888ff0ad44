/**
 * The time-stamping authority of a node: one institution's word that a digest was here at a time.
 *
 * The time is that of this machine's clock, so a clock that contradicts the chain makes no tokens. One signature is
 * made at a time, off the main thread: checking submissions has the other threads.
 */
import { randomBytes } from 'node:crypto';

import type { TimestampPort, TimestampView } from '../../api/ports.ts';
import type { Clock } from '../clock.ts';
import { Turns } from '../turns.ts';
import { WAITING_COUNT_MAX } from './limits.ts';
import { decodeQuery, type Query } from './query.ts';
import { type Failure, TimestampRefusal } from './refusal.ts';
import { encodeGranted, encodeRejection } from './reply.ts';
import type { TimestampKey } from './timestampKey.ts';
import { signToken } from './token.ts';
import { encodeTstInfo } from './tstInfo.ts';

/** What became of a query. */
export type TimestampOutcome = 'granted' | Failure;

/** What an authority needs beside its key. */
export interface TimestampWorld {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The earliest time that this node's clock may show, by what the chain has decided; Unix milliseconds. */
  timeMinMs(): number;
  onOutcome(outcome: TimestampOutcome): void;
}

const SERIAL_BYTES = 20;

/** Makes time-stamp tokens. */
export class Timestamps implements TimestampPort {
  readonly #key: TimestampKey;
  readonly #world: TimestampWorld;
  /** Resolves when nobody signs any more. */
  readonly #turns = new Turns({
    waitingCountMax: WAITING_COUNT_MAX,
    busy: 'too many time stamps are asked for at the same time',
  });

  constructor(key: TimestampKey, world: TimestampWorld) {
    this.#key = key;
    this.#world = world;
  }

  /** What the node's status says of it. */
  view(): TimestampView {
    return { policy: this.#key.policy, certificateEndsMs: this.#key.notAfterMs };
  }

  /**
   * Resolves to the TimeStampResp for the bytes of a query: a token, or the reason why there is none.
   *
   * Rejects with ERR_NOT_READY where too many wait.
   */
  async answer(bytes: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.stamp(decodeQuery(bytes));
    } catch (error) {
      if (!(error instanceof TimestampRefusal)) throw error;
      this.#world.onOutcome(error.failure);
      return encodeRejection(error);
    }
  }

  /**
   * Resolves to a TimeStampResp that holds a token: what a file `.tsr` holds.
   *
   * Rejects with a TimestampRefusal, or with ERR_NOT_READY where too many wait.
   *
   * @param stepMs - the token's time is the last whole one of these before now; at most the accuracy that it states.
   */
  async stamp(query: Query, stepMs = 1): Promise<Uint8Array> {
    const { policy } = this.#key;
    if (query.policy !== undefined && query.policy !== policy) {
      throw new TimestampRefusal('unacceptedPolicy', `tokens are made under ${policy}`);
    }
    const token = await this.#turns.take('', () => this.#sign(query, stepMs));
    this.#world.onOutcome('granted');
    return encodeGranted(token);
  }

  #sign({ imprint, nonce, certReq }: Query, stepMs: number): Promise<Uint8Array> {
    const { policy } = this.#key;
    const nowMs = this.#readTime();
    const timeMs = nowMs - (nowMs % stepMs);
    const serialNumber = drawSerialNumber();
    const info = encodeTstInfo({ policy, imprint, serialNumber, timeMs, nonce });
    return signToken({ info, withCertificates: certReq }, this.#key);
  }

  #readTime(): number {
    const nowMs = this.#world.clock.nowMs();
    if (nowMs < this.#world.timeMinMs()) {
      const reason = "this node's clock is behind the chain";
      throw new TimestampRefusal('timeNotAvailable', reason);
    }
    if (nowMs < this.#key.notBeforeMs || nowMs > this.#key.notAfterMs) {
      throw new TimestampRefusal('systemFailure', 'the time-stamping certificate is not valid now');
    }
    return nowMs;
  }
}

/**
 * Positive, of one length, and with 158 random bits: no state to lose, and nodes that share a certificate need not
 * agree. RFC 3161, section 2.4.2 asks readers for 160 bits.
 */
function drawSerialNumber(): Uint8Array {
  const bytes = new Uint8Array(randomBytes(SERIAL_BYTES));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}
