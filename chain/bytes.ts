/**
 * Bytes as text and back, and comparison.
 *
 * Hex is lower case and base64 is RFC 4648, section 4, with padding. Both parsers are strict: text that
 * does not format back to itself is refused, so that two texts never mean the same bytes.
 */
import { fromBase64, fromHex, toBase64, toHex } from '#crypto';

import { ChainError } from './errors.ts';

const HEX = /^(?:[0-9a-f]{2})*$/;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returns the lower-case hex of `bytes`. */
export function formatHex(bytes: Uint8Array): string {
  return toHex(bytes);
}

/** Returns the bytes of lower-case hex. Throws ERR_MALFORMED on anything else. */
export function parseHex(text: string): Uint8Array {
  if (!HEX.test(text)) throw new ChainError('ERR_MALFORMED', 'text is not lower-case hex');
  return fromHex(text);
}

/** Returns the padded base64 of `bytes`. */
export function formatBase64(bytes: Uint8Array): string {
  return toBase64(bytes);
}

/** Returns the bytes of strict, padded base64. Throws ERR_MALFORMED on anything else. */
export function parseBase64(text: string): Uint8Array {
  const bytes = fromBase64(text);
  // Whatever the decoder overlooks, it does not write again.
  if (bytes === undefined || toBase64(bytes) !== text) {
    throw new ChainError('ERR_MALFORMED', 'text is not strict, padded base64');
  }
  return bytes;
}

/** Returns the parts one after the other. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Returns -1, 0 or 1, as the bytes sort; a prefix sorts before what it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  if (a.length === b.length) return 0;
  return a.length < b.length ? -1 : 1;
}

/** Returns whether both hold the same bytes. Not in constant time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** Returns the text of UTF-8 bytes. Throws ERR_MALFORMED if they are not UTF-8. */
export function parseUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new ChainError('ERR_MALFORMED', 'bytes are not UTF-8', { cause });
  }
}

/** Returns the UTF-8 bytes of `text`. */
export function formatUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
