/**
 * Grants of window, few and large.
 *
 * Yamux of libp2p answers each data frame with a frame that grants its bytes anew: for a vote of 150 bytes one
 * more encrypted write, and one more read at the peer. A grant may wait until it is worth a frame. What waits is
 * always less than a quarter of the smallest window, so that a peer never stands still for it.
 *
 * ```
 * grant = version | type 1 | flags 0 0 | stream id, 4 bytes | bytes, 4 bytes
 * ```
 *
 * Source: https://github.com/hashicorp/yamux/blob/master/spec.md, "Flow Control"
 */
const HEADER_BYTES = 12;
const WINDOW_UPDATE = 1;
/** FIN and RST. */
const ENDING_FLAGS = 0x0c;

/** Collects the grants of one connection. */
export class WindowGrants {
  readonly #bytesMin: number;
  /** Bytes that wait, by stream. */
  readonly #waiting = new Map<number, number>();

  /**
   * Returns a collector.
   *
   * @param bytesMin - a grant of fewer bytes waits for others; at most a quarter of yamux's first window of 256 KiB.
   */
  constructor(bytesMin: number) {
    this.#bytesMin = bytesMin;
  }

  /** Returns the frame that is to be sent in place of one; undefined for a grant that waits. */
  pass<T extends { readonly byteLength: number }>(frame: T): T | Uint8Array | undefined {
    if (!(frame instanceof Uint8Array) || frame.byteLength !== HEADER_BYTES) return frame;
    const view = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES);
    if (view.getUint8(1) !== WINDOW_UPDATE) return frame;
    const stream = view.getUint32(4);
    const flags = view.getUint16(2);
    // The end of the stream: nobody sends on it any more.
    if ((flags & ENDING_FLAGS) !== 0) this.#waiting.delete(stream);
    if (flags !== 0) return frame;
    const bytes = view.getUint32(8) + (this.#waiting.get(stream) ?? 0);
    if (bytes < this.#bytesMin) {
      this.#waiting.set(stream, bytes);
      return undefined;
    }
    this.#waiting.delete(stream);
    const grant = new Uint8Array(frame);
    new DataView(grant.buffer).setUint32(8, bytes);
    return grant;
  }
}
