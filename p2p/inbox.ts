/**
 * What comes in on one stream: bytes become messages, no faster than the peer's rate and the taker allow.
 *
 * Nothing is thrown away. A peer that sends too fast, or faster than its messages are dealt with, is not
 * read: its messages wait in its own queue, behind the window of the stream.
 */
import type { Stream, StreamMessageEvent } from '@libp2p/interface';

import { FrameReader } from './frame.ts';
import type { Clock, Timer } from './ports.ts';
import { TokenBucket } from './tokenBucket.ts';

/** What an inbox may take. */
export interface InboxLimits {
  readonly messageBytesMax: number;
  readonly inboundMessagesPerS: number;
  readonly inboundBytesPerS: number;
}

/** Where messages go. */
export interface InboxPorts {
  readonly clock: Clock;
  /** Takes a message; nothing more is read before a promise is settled. */
  onMessage(bytes: Uint8Array): void | Promise<void>;
  /** Is told that something came, before it is judged. */
  onHeard(): void;
  /** Takes ERR_FRAMING, or what `onMessage` threw. Nothing is read after it. */
  onError(error: unknown): void;
}

/** Reads one stream. */
export class Inbox {
  readonly #stream: Stream;
  readonly #ports: InboxPorts;
  readonly #reader: FrameReader;
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;
  /** Why nothing is read: the rate is used up, or the taker is busy. */
  #timer: Timer | undefined;
  #isTaking = false;
  #isResuming = false;
  #isOpen = true;

  constructor(stream: Stream, limits: InboxLimits, ports: InboxPorts) {
    const nowMs = ports.clock.nowMs();
    this.#stream = stream;
    this.#ports = ports;
    this.#reader = new FrameReader(limits.messageBytesMax);
    this.#messages = new TokenBucket(limits.inboundMessagesPerS, nowMs);
    this.#bytes = new TokenBucket(limits.inboundBytesPerS, nowMs);
  }

  /** Starts to read. */
  open(): void {
    this.#stream.addEventListener('message', (event) => {
      this.#onBytes(event);
    });
    this.#resume();
  }

  /** Reads no more. */
  close(): void {
    this.#isOpen = false;
    this.#timer?.cancel();
  }

  #onBytes({ data }: StreamMessageEvent): void {
    if (!this.#isOpen) return;
    this.#ports.onHeard();
    for (const chunk of data instanceof Uint8Array ? [data] : data) this.#reader.push(chunk);
    // While the stream resumes it must not be paused: it would think itself paused and send on.
    if (!this.#isResuming) this.#read();
  }

  #read(): void {
    while (this.#isOpen && !this.#isHeld()) {
      const bytes = this.#nextMessage();
      if (bytes === undefined) return;
      this.#charge(bytes.length);
      this.#deliver(bytes);
    }
    if (this.#isOpen && this.#stream.readStatus === 'readable') this.#stream.pause();
  }

  #isHeld(): boolean {
    return this.#timer !== undefined || this.#isTaking;
  }

  #nextMessage(): Uint8Array | undefined {
    try {
      return this.#reader.next();
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #charge(size: number): void {
    const nowMs = this.#ports.clock.nowMs();
    this.#messages.take(1, nowMs);
    this.#bytes.take(size, nowMs);
    const debtMs = Math.max(this.#messages.debtMs(nowMs), this.#bytes.debtMs(nowMs));
    if (debtMs === 0) return;
    this.#timer = this.#ports.clock.setTimer(debtMs, () => {
      this.#timer = undefined;
      this.#resume();
    });
  }

  #deliver(bytes: Uint8Array): void {
    try {
      const taken = this.#ports.onMessage(bytes);
      if (taken === undefined) return;
      this.#isTaking = true;
      taken.then(
        () => {
          this.#isTaking = false;
          this.#resume();
        },
        (error: unknown) => {
          this.#fail(error);
        },
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What is kept comes first, then what the stream kept. */
  #resume(): void {
    if (this.#isHeld()) return;
    this.#read();
    if (!this.#isOpen || this.#isHeld() || this.#stream.readStatus !== 'paused') return;
    this.#isResuming = true;
    try {
      this.#stream.resume();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isResuming = false;
    }
    this.#read();
  }

  #fail(error: unknown): void {
    if (!this.#isOpen) return;
    this.close();
    this.#ports.onError(error);
  }
}
