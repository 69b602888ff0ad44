/**
 * Sends what waits in the outboxes of one connection, the urgent first.
 *
 * All streams share one connection. Bytes are handed to it in slices and only while it takes them, so what a
 * vote waits behind is one slice and what the system has already buffered, however long a download is.
 *
 * The `drain` event says when a stream takes more. `onDrain()` does not: in @libp2p/utils 7.4 its promise,
 * once resolved, stays resolved.
 */
import type { Stream } from '@libp2p/interface';

import { CHANNELS, type Channel } from './channel.ts';
import type { Outbox } from './outbox.ts';

interface Outlet {
  readonly stream: Stream;
  readonly outbox: Outbox;
}

/** Where the pump reports. */
export interface PumpPorts {
  /** Is told after bytes left an outbox. */
  onSent(channel: Channel): void;
  /** Takes an error of a stream that took no bytes. */
  onError(error: unknown): void;
}

/** Feeds the streams of one connection. */
export class Pump {
  readonly #outlets = new Map<Channel, Outlet>();
  readonly #sliceBytesMax: number;
  readonly #ports: PumpPorts;
  #scheduled: NodeJS.Immediate | undefined;
  #isOpen = true;
  /** The channel below votes that was served last: the others take turns. */
  #last: Channel | undefined;

  constructor(sliceBytesMax: number, ports: PumpPorts) {
    this.#sliceBytesMax = sliceBytesMax;
    this.#ports = ports;
  }

  /** Adds a stream and what is to be sent on it. */
  attach(channel: Channel, stream: Stream, outbox: Outbox): void {
    this.#outlets.set(channel, { stream, outbox });
    stream.addEventListener('drain', () => {
      // The stream first sends what it holds itself, in a microtask that it has queued before.
      queueMicrotask(() => {
        this.#run();
      });
    });
  }

  /** Sends at the end of this tick: what is queued until then leaves together. */
  wake(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.#run();
    });
  }

  /** Sends nothing more. */
  close(): void {
    this.#isOpen = false;
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
  }

  #run(): void {
    try {
      while (this.#isOpen) {
        const channel = this.#nextChannel();
        if (channel === undefined) return;
        this.#sendSlice(channel);
      }
    } catch (error) {
      this.close();
      this.#ports.onError(error);
    }
  }

  #nextChannel(): Channel | undefined {
    // Votes are never the last, so they are chosen as long as there are any.
    const ready = CHANNELS.filter((channel) => this.#canSend(channel));
    return ready.find((channel) => channel !== this.#last) ?? ready[0];
  }

  #canSend(channel: Channel): boolean {
    const outlet = this.#outlets.get(channel);
    return (
      outlet !== undefined &&
      outlet.outbox.count > 0 &&
      !outlet.stream.writableNeedsDrain &&
      outlet.stream.writeStatus === 'writable'
    );
  }

  #sendSlice(channel: Channel): void {
    const outlet = this.#outlets.get(channel);
    const slice = outlet?.outbox.takeSlice(this.#sliceBytesMax);
    if (outlet === undefined || slice === undefined) return;
    if (channel !== 'votes') this.#last = channel;
    outlet.stream.send(slice);
    this.#ports.onSent(channel);
  }
}
