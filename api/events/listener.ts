/**
 * One listener: what it is sent, in which order, and how it ends.
 *
 * Nothing waits for a slow listener: bytes that it does not take are counted, and beyond a limit it is dropped, with a
 * last event that says so. Blocks that it has missed are different: they are read as it takes them.
 */
import { LISTENER_BUFFER_BYTES_MAX, LISTENER_END_MS_MAX } from '../limits.ts';
import type { EventName } from '../schemas/events.ts';
import { encodeEvent } from './encode.ts';
import type { Outlet } from './outlet.ts';

/** Why a stream ends. */
export type EndReason = 'stopping' | 'slow' | 'failed';

const HEARTBEAT = Buffer.from(': still here\n\n');

const END_DETAIL: Readonly<Record<EndReason, string>> = {
  stopping: 'this node is stopping: come back later, with the id of the last event',
  failed: 'this node made a mistake: come back later',
  slow: `more than ${LISTENER_BUFFER_BYTES_MAX} bytes waited to be read: come back, and read faster or ask for fewer types`,
};

/** What a listener wants. */
export interface ListenerOptions {
  readonly types: ReadonlySet<EventName>;
  /** Time without an event after which it is sent a comment. */
  readonly heartbeatMs: number;
}

/** A listener. */
export class Listener {
  readonly #outlet: Outlet;
  readonly #types: ReadonlySet<EventName>;
  readonly #heartbeatMs: number;
  readonly #gone = new AbortController();
  #lastWriteMs = performance.now();
  #isEnding = false;

  constructor(outlet: Outlet, { types, heartbeatMs }: ListenerOptions) {
    this.#outlet = outlet;
    this.#types = types;
    this.#heartbeatMs = heartbeatMs;
    outlet.once('close', () => this.#gone.abort());
    // Of a HEAD request the head was all.
    if (outlet.destroyed || outlet.writableEnded) this.#gone.abort();
  }

  /** Aborts when nothing more can be sent. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Whether it wants to hear of something. */
  wants(name: EventName): boolean {
    return this.#types.has(name);
  }

  /** Sends the bytes of an event, or drops a listener for which too many wait. */
  send(bytes: Uint8Array): void {
    if (this.#isEnding || this.gone.aborted) return;
    if (this.#outlet.writableLength > LISTENER_BUFFER_BYTES_MAX) this.end('slow');
    else this.#write(bytes);
  }

  /** Sends a comment where nothing was sent for long, so that proxies keep the connection. */
  beat(): void {
    if (performance.now() - this.#lastWriteMs >= this.#heartbeatMs) this.send(HEARTBEAT);
  }

  /** Resolves when there is room for what was missed; to whether the listener is still there. */
  async hasRoom(): Promise<boolean> {
    while (!this.#isOver() && this.#outlet.writableNeedDrain) {
      await this.#drained();
    }
    return !this.#isOver();
  }

  /** Says why, and ends; what is not read soon is thrown away. */
  end(reason: EndReason): void {
    if (this.#isOver()) return;
    this.#isEnding = true;
    const detail = END_DETAIL[reason];
    this.#outlet.write(encodeEvent({ name: 'end', data: { reason, detail } }));
    this.#outlet.end();
    const timer = setTimeout(() => this.#outlet.destroy(), LISTENER_END_MS_MAX);
    this.gone.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  #isOver(): boolean {
    return this.#isEnding || this.gone.aborted;
  }

  #write(bytes: Uint8Array): void {
    this.#lastWriteMs = performance.now();
    this.#outlet.write(bytes);
  }

  #drained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => {
      this.gone.removeEventListener('abort', wake);
      resolve(undefined);
    };
    this.#outlet.once('drain', wake);
    this.gone.addEventListener('abort', wake);
    return promise;
  }
}
