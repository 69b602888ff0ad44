/**
 * What waits to be sent on one channel to one peer.
 *
 * Votes are repeated by the protocol, so a full queue of votes forgets its oldest; every other queue refuses
 * what is new, and says so. A frame of which a part has left is never forgotten: the rest would be read as
 * the start of another.
 */
import type { ChannelLimits } from './limits.ts';

/** What a full queue does. */
export type WhenFull = 'drop-oldest' | 'refuse';

/** A bounded queue of frames, taken out in slices. */
export class Outbox {
  readonly #limits: ChannelLimits;
  readonly #whenFull: WhenFull;
  /** Frames in order from `#head`; what stands before is sent or forgotten. */
  #frames: (Uint8Array | undefined)[] = [];
  #head = 0;
  /** How much of the first frame has been taken. */
  #offset = 0;
  #sizeBytes = 0;
  #droppedCount = 0;

  constructor(limits: ChannelLimits, whenFull: WhenFull) {
    this.#limits = limits;
    this.#whenFull = whenFull;
  }

  /** Frames that wait, the one that is partly taken included. */
  get count(): number {
    return this.#frames.length - this.#head;
  }

  /** Bytes that wait. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Frames that were forgotten since the start. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Adds a frame; false if there is no room. */
  push(frame: Uint8Array): boolean {
    while (!this.#hasRoom(frame.length)) {
      if (this.#whenFull === 'refuse' || !this.#dropOldest()) return false;
    }
    this.#frames.push(frame);
    this.#sizeBytes += frame.length;
    return true;
  }

  /**
   * Takes the next bytes, at most `sizeMax`; undefined if there are none.
   *
   * Small frames come out together in one copy, a part of a large one as a view.
   */
  takeSlice(sizeMax: number): Uint8Array | undefined {
    const first = this.#frames[this.#head];
    if (first === undefined) return undefined;
    if (this.count === 1 || first.length - this.#offset >= sizeMax) return this.#takePart(sizeMax);
    const parts: Uint8Array[] = [];
    let size = 0;
    while (this.count > 0 && size < sizeMax) {
      const part = this.#takePart(sizeMax - size);
      parts.push(part);
      size += part.length;
    }
    const slice = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      slice.set(part, at);
      at += part.length;
    }
    return slice;
  }

  #hasRoom(size: number): boolean {
    const { queueMessagesMax, queueBytesMax } = this.#limits;
    // An empty queue takes any message that the channel admits.
    return (
      this.count === 0 || (this.count < queueMessagesMax && this.#sizeBytes + size <= queueBytesMax)
    );
  }

  #dropOldest(): boolean {
    const place = this.#offset === 0 ? this.#head : this.#head + 1;
    const frame = this.#frames[place];
    if (frame === undefined) return false;
    // The partly taken frame moves into the place of the forgotten one.
    this.#frames[place] = this.#frames[this.#head];
    this.#advance();
    this.#sizeBytes -= frame.length;
    this.#droppedCount += 1;
    return true;
  }

  #takePart(sizeMax: number): Uint8Array {
    const first = this.#frames[this.#head] ?? new Uint8Array(0);
    const part = first.subarray(this.#offset, this.#offset + sizeMax);
    this.#offset += part.length;
    this.#sizeBytes -= part.length;
    if (this.#offset === first.length) {
      this.#advance();
      this.#offset = 0;
    }
    return part;
  }

  #advance(): void {
    this.#frames[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > this.#limits.queueMessagesMax) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
  }
}
