/**
 * Answers that are made of parts: each with its size before it, so that neither side needs the whole of it
 * decoded.
 *
 * ```
 * answer = ( size of the part, 4 bytes big-endian || part ) …
 * ```
 */
import { concatBytes } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';

/** Bytes of a part's size. */
export const PART_SIZE_BYTES = 4;

/** Returns a part with its size before it. */
export function encodePart(part: Uint8Array): Uint8Array {
  const size = new Uint8Array(PART_SIZE_BYTES);
  new DataView(size.buffer).setUint32(0, part.length);
  return concatBytes(size, part);
}

/**
 * Returns the parts of an answer, not copied.
 *
 * Throws ERR_MALFORMED for sizes that do not lead to the answer's end, ERR_LIMIT for more than `countMax` parts.
 */
export function splitParts(answer: Uint8Array, countMax: number): readonly Uint8Array[] {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < answer.length;) {
    if (parts.length === countMax) {
      throw new ChainError('ERR_LIMIT', `the answer has more than the ${countMax} parts asked for`);
    }
    const start = at + PART_SIZE_BYTES;
    const end = start <= answer.length ? start + view.getUint32(at) : Infinity;
    if (end > answer.length || end === start) {
      throw new ChainError('ERR_MALFORMED', `the answer ends within its part ${parts.length}`);
    }
    parts.push(answer.subarray(start, end));
    at = end;
  }
  return parts;
}
