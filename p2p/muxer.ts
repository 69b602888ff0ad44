/**
 * The stream multiplexer: yamux, with a guard before it.
 *
 * Yamux waits for the whole of a data frame before it holds its length against the window, and answers every
 * ping at once: a peer that announces a frame of 4 GB, or sends nothing but pings, would be given the memory.
 * The guard reads the frame headers first and ends the connection.
 *
 * ```
 * header = version | type | flags, 2 bytes | stream id, 4 bytes | length, 4 bytes
 * ```
 *
 * Source: https://github.com/hashicorp/yamux/blob/master/spec.md
 */
import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface';
import { yamux } from '@libp2p/yamux';

import { NetworkError } from './errors.ts';
import type { NetworkLimits } from './limits.ts';
import type { Clock } from './ports.ts';
import { TokenBucket } from './tokenBucket.ts';
import { WindowGrants } from './windowGrants.ts';

const HEADER_BYTES = 12;
const DATA = 0;

/** Returns what makes the multiplexer of each connection. */
export function guardedYamux(limits: NetworkLimits, clock: Clock): () => StreamMuxerFactory {
  const createFactory = yamux({
    maxInboundStreams: limits.streamCountMax,
    maxOutboundStreams: limits.streamCountMax,
    maxEarlyStreams: limits.streamCountMax,
    streamOptions: {
      maxStreamWindowSize: limits.windowBytesMax,
      maxReadBufferLength: limits.readBufferBytesMax,
      maxWriteBufferLength: limits.writeBufferBytesMax,
    },
  });
  return () => {
    const factory = createFactory();
    return {
      protocol: factory.protocol,
      createStreamMuxer(connection) {
        guard(connection, limits, clock);
        return factory.createStreamMuxer(connection);
      },
    };
  };
}

/** Watches the bytes of a connection before the multiplexer, whose listener is added later, sees them. */
function guard(connection: MessageStream, limits: NetworkLimits, clock: Clock): void {
  connection.maxWriteBufferLength = limits.writeBufferBytesMax;
  const walker = new FrameWalker(limits, clock);
  connection.addEventListener('message', ({ data }) => {
    try {
      for (const chunk of data instanceof Uint8Array ? [data] : data) walker.walk(chunk);
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error(String(error)));
    }
  });
  // When a peer breaks its rules, yamux ends the streams and then says good-bye. Whoever closes the connection
  // because a stream has ended is faster, `send` throws, and the exception, which no one can catch, would
  // end the process.
  const send = connection.send.bind(connection);
  const grants = new WindowGrants(limits.grantBytesMin);
  connection.send = (data) => {
    if (connection.status !== 'open') return false;
    const frame = grants.pass(data);
    return frame === undefined ? !connection.writableNeedsDrain : send(frame);
  };
}

/** Walks over frames and judges their headers. */
class FrameWalker {
  readonly #limits: NetworkLimits;
  readonly #clock: Clock;
  readonly #rate: TokenBucket;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerSize = 0;
  #bodySizeLeft = 0;

  constructor(limits: NetworkLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#rate = new TokenBucket(limits.muxFramesPerS, clock.nowMs());
  }

  /** Throws ERR_FRAMING on a header that no peer sends. */
  walk(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodySizeLeft > 0) {
        const size = Math.min(this.#bodySizeLeft, chunk.length - at);
        this.#bodySizeLeft -= size;
        at += size;
      } else {
        const part = chunk.subarray(at, at + HEADER_BYTES - this.#headerSize);
        this.#header.set(part, this.#headerSize);
        this.#headerSize += part.length;
        at += part.length;
        if (this.#headerSize === HEADER_BYTES) this.#judge();
      }
    }
  }

  #judge(): void {
    this.#headerSize = 0;
    const nowMs = this.#clock.nowMs();
    this.#rate.take(1, nowMs);
    if (this.#rate.debtMs(nowMs) > 0) {
      throw new NetworkError('ERR_FRAMING', 'more multiplexer frames than any peer needs');
    }
    if (this.#header[1] !== DATA) return;
    const size = new DataView(this.#header.buffer).getUint32(8);
    if (size > this.#limits.windowBytesMax) {
      throw new NetworkError(
        'ERR_FRAMING',
        `a multiplexer frame of ${size} bytes is above the window of ${this.#limits.windowBytesMax}`,
      );
    }
    this.#bodySizeLeft = size;
  }
}
