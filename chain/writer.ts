/**
 * Writes values as MessagePack, each in its shortest form.
 *
 * Source: the MessagePack specification, https://github.com/msgpack/msgpack/blob/master/spec.md
 */
import { invariant } from './invariant.ts';

const START_BYTES = 1_024;
/** Most bytes of UTF-8 for a UTF-16 code unit. */
const UTF8_BYTES_MAX = 3;
const TWO_32 = 2 ** 32;

const utf8 = new TextEncoder();
const SCRATCH = new Uint8Array(START_BYTES);

/** Form bytes of a kind of value that says its length, by the size of the length. */
interface SizedForms {
  readonly one: number | undefined;
  readonly two: number;
  readonly four: number;
}

const BYTES: SizedForms = { one: 0xc4, two: 0xc5, four: 0xc6 };
const TEXT: SizedForms = { one: 0xd9, two: 0xda, four: 0xdb };
const ARRAY: SizedForms = { one: undefined, two: 0xdc, four: 0xdd };

/** Writes one value after another into a buffer that grows. */
export class Writer {
  #bytes = new Uint8Array(START_BYTES);
  #at = 0;

  /** Returns a copy of what was written since the last call, and begins anew. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return taken;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#at = 0;
  }

  nil(): void {
    this.#form(0xc0);
  }

  bool(value: boolean): void {
    this.#form(value ? 0xc3 : 0xc2);
  }

  /** Writes an integer, 0 to 2^53-1; from 2^32 on as int64. */
  uint(value: number): void {
    if (value < 0x80) {
      this.#form(value);
    } else if (value < 0x100) {
      this.#form(0xcc);
      this.#number(value, 1);
    } else if (value < 0x10000) {
      this.#form(0xcd);
      this.#number(value, 2);
    } else if (value < TWO_32) {
      this.#form(0xce);
      this.#number(value, 4);
    } else {
      this.#form(0xd3);
      this.#number(Math.floor(value / TWO_32), 4);
      this.#number(value % TWO_32, 4);
    }
  }

  bytes(value: Uint8Array): void {
    this.#length(value.length, BYTES);
    this.encoded(value);
  }

  text(value: string): void {
    if (!this.#ascii(value)) this.#utf8(value);
  }

  /** Opens an array of `count` values, which are written next. */
  array(count: number): void {
    if (count < 16) this.#form(0x90 | count);
    else this.#length(count, ARRAY);
  }

  /** Writes bytes as they stand: a value that was encoded before. */
  encoded(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Writes short text of ASCII, as nearly all text here is; returns false where it is other text. */
  #ascii(value: string): boolean {
    const { length } = value;
    if (length >= 32) return false;
    this.#reserve(1 + length);
    const bytes = this.#bytes;
    const start = this.#at + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[start + i] = code;
    }
    bytes[this.#at] = 0xa0 | length;
    this.#at = start + length;
    return true;
  }

  #utf8(value: string): void {
    const encoded =
      value.length * UTF8_BYTES_MAX < START_BYTES
        ? SCRATCH.subarray(0, utf8.encodeInto(value, SCRATCH).written)
        : utf8.encode(value);
    if (encoded.length < 32) this.#form(0xa0 | encoded.length);
    else this.#length(encoded.length, TEXT);
    this.encoded(encoded);
  }

  #length(length: number, { one, two, four }: SizedForms): void {
    if (length < 0x100 && one !== undefined) {
      this.#form(one);
      this.#number(length, 1);
    } else if (length < 0x10000) {
      this.#form(two);
      this.#number(length, 2);
    } else {
      invariant(length < TWO_32, 'a length is below 2^32');
      this.#form(four);
      this.#number(length, 4);
    }
  }

  #form(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = byte;
  }

  /** Big-endian. */
  #number(value: number, size: 1 | 2 | 4): void {
    this.#reserve(size);
    const bytes = this.#bytes;
    if (size === 4) {
      bytes[this.#at++] = value >>> 24;
      bytes[this.#at++] = value >>> 16;
    }
    if (size !== 1) bytes[this.#at++] = value >>> 8;
    bytes[this.#at++] = value;
  }

  #reserve(size: number): void {
    const needed = this.#at + size;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, needed));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}
