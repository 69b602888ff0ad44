/**
 * Bytes that come in parts. Room doubles with what has come, up to a limit: many tiny parts cost no more than
 * one large part, and what is only announced costs nothing.
 */

const ROOM_BYTES_MIN = 4_096;

/** A buffer that grows. */
export class GrowingBytes {
  readonly #sizeMax: number;
  #room: Uint8Array;
  #size = 0;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
    this.#room = new Uint8Array(Math.min(sizeMax, ROOM_BYTES_MIN));
  }

  /** Bytes that have come. */
  get size(): number {
    return this.#size;
  }

  /** Adds a copy of `bytes`; with them the size is at most the limit. */
  append(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#room.length) {
      const room = new Uint8Array(Math.min(this.#sizeMax, Math.max(size, this.#room.length * 2)));
      room.set(this.#room.subarray(0, this.#size));
      this.#room = room;
    }
    this.#room.set(bytes, this.#size);
    this.#size = size;
  }

  /** Returns all bytes. They are not copied; nothing is added after it. */
  finish(): Uint8Array {
    return this.#room.subarray(0, this.#size);
  }
}
