/**
 * Frames: how messages stand in a stream.
 *
 * ```
 * frame = length of the body, 4 bytes big-endian | body, 1 byte or more
 * ```
 *
 * The length is judged before anything of the body is kept, and room grows with the bytes that have come:
 * a peer that announces much and sends little costs little, and so does one that sends byte by byte.
 */
import { NetworkError } from './errors.ts';
import { GrowingBytes } from './growingBytes.ts';

const LENGTH_BYTES = 4;

/** Returns the frame of a body, given in parts. */
export function encodeFrame(...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = new Uint8Array(LENGTH_BYTES + size);
  new DataView(frame.buffer).setUint32(0, size);
  let at = LENGTH_BYTES;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

/** Cuts a stream of bytes into bodies. */
export class FrameReader {
  readonly #bodyBytesMax: number;
  /** Bytes that were pushed and not yet looked at, oldest first. */
  #chunks: Uint8Array[] = [];
  /** Place of the first chunk that is not used up. */
  #head = 0;
  /** How much of it is used up. */
  #offset = 0;
  readonly #length = new Uint8Array(LENGTH_BYTES);
  #lengthSize = 0;
  #body: GrowingBytes | undefined;
  #bodySize = 0;

  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** Adds what came. The bytes must not change until they are read. */
  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  /** Returns the next body, a copy; undefined until more comes. Throws ERR_FRAMING on a length out of range. */
  next(): Uint8Array | undefined {
    const body = this.#body ?? this.#readLength();
    if (body === undefined) return undefined;
    while (body.size < this.#bodySize) {
      const bytes = this.#take(this.#bodySize - body.size);
      if (bytes === undefined) return undefined;
      body.append(bytes);
    }
    this.#body = undefined;
    this.#lengthSize = 0;
    return body.finish();
  }

  #readLength(): GrowingBytes | undefined {
    while (this.#lengthSize < LENGTH_BYTES) {
      const bytes = this.#take(LENGTH_BYTES - this.#lengthSize);
      if (bytes === undefined) return undefined;
      this.#length.set(bytes, this.#lengthSize);
      this.#lengthSize += bytes.length;
    }
    const size = new DataView(this.#length.buffer).getUint32(0);
    if (size === 0 || size > this.#bodyBytesMax) {
      throw new NetworkError(
        'ERR_FRAMING',
        `a frame of ${size} bytes is not of 1..${this.#bodyBytesMax}`,
      );
    }
    this.#bodySize = size;
    this.#body = new GrowingBytes(size);
    return this.#body;
  }

  /** Takes at most `sizeMax` bytes of the first chunk; undefined if there is none. */
  #take(sizeMax: number): Uint8Array | undefined {
    const first = this.#chunks[this.#head];
    if (first === undefined) {
      this.#chunks = [];
      this.#head = 0;
      return undefined;
    }
    const bytes = first.subarray(this.#offset, this.#offset + sizeMax);
    this.#offset += bytes.length;
    if (this.#offset === first.length) {
      // The array is thrown away when all of it is used up: shifting each chunk would cost its length.
      this.#head += 1;
      this.#offset = 0;
    }
    return bytes;
  }
}
