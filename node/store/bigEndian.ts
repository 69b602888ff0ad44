import { invariant } from '../../chain/invariant.ts';

/** Size of a number in a key: heights, log indexes, milliseconds. */
export const NUMBER_BYTES = 6;

const NUMBER_END = 2 ** (8 * NUMBER_BYTES);

/** Returns the number in 6 bytes, which sort as the numbers do. */
export function formatBigEndian(value: number): Uint8Array {
  invariant(Number.isSafeInteger(value), 'a number in a key is an integer');
  invariant(value >= 0 && value < NUMBER_END, 'a number in a key is in 0..2^48-1');
  const bytes = new Uint8Array(NUMBER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(value / 2 ** 32));
  view.setUint32(2, value % 2 ** 32);
  return bytes;
}

/** Returns the number that 6 bytes at `start` hold. */
export function parseBigEndian(bytes: Uint8Array, start: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, NUMBER_BYTES);
  return view.getUint16(0) * 2 ** 32 + view.getUint32(2);
}
