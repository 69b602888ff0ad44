/**
 * DER, written; it is read by `chain/certificate/der.ts`, which refuses everything else.
 *
 * Each function returns a whole value: tag, length in its shortest form, content. Source: X.690, sections 8 and 10
 * to 11.
 */
import { compareBytes, concatBytes } from '../../chain/bytes.ts';
import { DER_TAG } from '../../chain/certificate/der.ts';

/** NULL, as parameters of an algorithm have it. */
export const DER_NULL: Uint8Array = Uint8Array.of(0x05, 0x00);

/** Returns a value of any tag of one byte. */
export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  return concatBytes(Uint8Array.of(tag), encodeLength(content.length), content);
}

/** Returns a SEQUENCE. */
export function encodeSequence(...parts: readonly Uint8Array[]): Uint8Array {
  return encodeDer(DER_TAG.sequence, ...parts);
}

/** Returns a SET OF, whose members DER sorts (X.690, section 11.6). */
export function encodeSetOf(...members: readonly Uint8Array[]): Uint8Array {
  return encodeDer(DER_TAG.set, ...members.toSorted(compareBytes));
}

/** Returns a small INTEGER, 0 to 127. */
export function encodeSmallInteger(value: number): Uint8Array {
  return encodeDer(DER_TAG.integer, Uint8Array.of(value));
}

/** Returns an OCTET STRING. */
export function encodeOctetString(...parts: readonly Uint8Array[]): Uint8Array {
  return encodeDer(DER_TAG.octetString, ...parts);
}

/** Returns a BIT STRING with one named bit set: without zeros behind it (X.690, section 11.2.2). */
export function encodeNamedBit(position: number): Uint8Array {
  const bits = new Uint8Array(Math.floor(position / 8) + 1);
  bits[bits.length - 1] = 0x80 >> (position % 8);
  return encodeDer(DER_TAG.bitString, Uint8Array.of(7 - (position % 8)), bits);
}

/** Returns an OBJECT IDENTIFIER of dotted decimals that are one. */
export function encodeObjectIdentifier(text: string): Uint8Array {
  const [first = 0n, second = 0n, ...others] = text.split('.').map(BigInt);
  // X.690, section 8.19.4: the first two arcs stand in one.
  const arcs = [first * 40n + second, ...others].map(encodeArc);
  return encodeDer(DER_TAG.objectIdentifier, ...arcs);
}

function encodeArc(arc: bigint): Uint8Array {
  const digits = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) digits.unshift(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from(digits);
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Uint8Array.of(0x80 | digits.length, ...digits);
}
