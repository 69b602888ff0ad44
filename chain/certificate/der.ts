/**
 * A strict scan of DER before anything parses it.
 *
 * Parsers of ASN.1 accept BER: long lengths, indefinite lengths, bytes behind the end. Two of them can
 * read the same bytes differently, and a certificate must mean the same to every validator. So the bytes
 * are walked once: definite lengths in their shortest form, nothing behind, bounded depth and count.
 *
 * Source: X.690, sections 8.1 and 10.1.
 */
import { ChainError } from '../errors.ts';
import { DER_DEPTH_MAX, DER_VALUE_COUNT_MAX } from '../limits.ts';

/** One value: `start` is its tag's place, `content` the first byte of its content, `end` behind it. */
export interface DerValue {
  readonly tag: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Tags of the types that certificates are made of. */
export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  sequence: 0x30,
  set: 0x31,
} as const;

const CONSTRUCTED = 0x20;
const HIGH_TAG = 0x1f;

/** Checks that `bytes` are one DER value with nothing behind. Throws ERR_CERTIFICATE_MALFORMED. */
export function checkDer(bytes: Uint8Array): void {
  const outer = readDer(bytes, 0, bytes.length);
  if (outer.end !== bytes.length)
    throw malformed(`the value ends at ${outer.end} of ${bytes.length}`);
  const open: { readonly value: DerValue; readonly depth: number }[] = [{ value: outer, depth: 0 }];
  let count = 1;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ((next.value.tag & CONSTRUCTED) === 0) continue;
    if (next.depth > DER_DEPTH_MAX)
      throw malformed(`values are nested deeper than ${DER_DEPTH_MAX}`);
    for (const value of readChildren(bytes, next.value)) {
      count += 1;
      if (count > DER_VALUE_COUNT_MAX)
        throw malformed(`there are over ${DER_VALUE_COUNT_MAX} values`);
      open.push({ value, depth: next.depth + 1 });
    }
  }
}

/** Returns the values inside a constructed one. Throws ERR_CERTIFICATE_MALFORMED. */
export function readChildren(bytes: Uint8Array, parent: DerValue): readonly DerValue[] {
  const children: DerValue[] = [];
  for (let at = parent.content; at < parent.end;) {
    const child = readDer(bytes, at, parent.end);
    children.push(child);
    at = child.end;
  }
  return children;
}

/**
 * Returns the values inside `parent`, which must bear these tags, in this order and no others.
 *
 * Throws ERR_CERTIFICATE_MALFORMED.
 */
export function readFields<const T extends readonly number[]>(
  bytes: Uint8Array,
  parent: DerValue,
  tags: T,
): { readonly [K in keyof T]: DerValue } {
  const fields = readChildren(bytes, parent);
  if (fields.length !== tags.length || !fields.every(({ tag }, i) => tag === tags[i])) {
    throw malformed(`the value at ${parent.start} has other fields than its type`);
  }
  return fields as { readonly [K in keyof T]: DerValue };
}

/** Returns the content of a value, as a view. */
export function contentOf(bytes: Uint8Array, { content, end }: DerValue): Uint8Array {
  return bytes.subarray(content, end);
}

/** Returns the value at `start`, which must end at or before `limit`. Throws ERR_CERTIFICATE_MALFORMED. */
export function readDer(bytes: Uint8Array, start: number, limit: number): DerValue {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined || start + 2 > limit) {
    throw malformed(`the bytes end within the value at ${start}`);
  }
  if ((tag & HIGH_TAG) === HIGH_TAG) throw malformed(`a tag of several bytes at ${start}`);
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const content = start + 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : readLength(bytes, start + 2, lengthBytes);
  if (length < 0 || content + length > limit) throw malformed(`a length at ${start} does not fit`);
  return { tag, start, content, end: content + length };
}

const OID_BYTES_MAX = 64;

/** Returns an object identifier's content as dotted decimals. Throws ERR_CERTIFICATE_MALFORMED. */
export function parseObjectIdentifier(content: Uint8Array): string {
  const last = content.at(-1) ?? 0x80;
  if (content.length > OID_BYTES_MAX || last > 0x7f)
    throw malformed('an object identifier is cut off');
  const arcs: bigint[] = [];
  let arc = 0n;
  content.forEach((byte, i) => {
    const opens = i === 0 || (content[i - 1] ?? 0) <= 0x7f;
    if (opens && byte === 0x80) throw malformed('an object identifier is not in its shortest form');
    arc = arc * 128n + BigInt(byte & 0x7f);
    if (byte > 0x7f) return;
    arcs.push(arc);
    arc = 0n;
  });
  // X.690, section 8.19.4: the first two arcs stand in one, and the first is at most 2.
  const [joined = 0n, ...others] = arcs;
  const first = joined < 80n ? joined / 40n : 2n;
  return [first, joined - first * 40n, ...others].join('.');
}

/** A length of one to three bytes in its shortest form, or -1. */
function readLength(bytes: Uint8Array, start: number, size: number): number {
  if (size === 0 || size > 3) return -1;
  let length = 0;
  for (let i = start; i < start + size; i++) length = length * 256 + (bytes[i] ?? 0);
  const shortest = size === 1 ? length > 0x7f : length >= 256 ** (size - 1);
  return shortest ? length : -1;
}

function malformed(message: string): ChainError {
  return new ChainError(
    'ERR_CERTIFICATE_MALFORMED',
    `the certificate is not strict DER: ${message}`,
  );
}
