/**
 * Reads MessagePack, and admits the shortest form of each value alone.
 *
 * Whatever is wrong is refused with ERR_MALFORMED and the place of the value: its path from the outermost one,
 * as whoever reads has said it. What is allocated is in proportion to the bytes that are there, whatever
 * lengths and counts they announce.
 *
 * Source: the MessagePack specification, https://github.com/msgpack/msgpack/blob/master/spec.md
 */
import { parseUtf8 } from './bytes.ts';
import { ChainError } from './errors.ts';

const TWO_32 = 2 ** 32;
const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;

/** Form bytes of a kind of value that says its length, and the least length that needs each size. */
interface SizedForms {
  readonly name: string;
  /** The forms that hold their length themselves, from that of length 0 on. */
  readonly fix: { readonly form: number; readonly lengthMax: number } | undefined;
  readonly one: number | undefined;
  readonly two: number;
  readonly four: number;
}

const BYTES: SizedForms = { name: 'bytes', fix: undefined, one: 0xc4, two: 0xc5, four: 0xc6 };
const TEXT: SizedForms = {
  name: 'text',
  fix: { form: 0xa0, lengthMax: 31 },
  one: 0xd9,
  two: 0xda,
  four: 0xdb,
};
const ARRAY: SizedForms = {
  name: 'an array',
  fix: { form: 0x90, lengthMax: 15 },
  one: undefined,
  two: 0xdc,
  four: 0xdd,
};

/** Reads one value after another, forwards only. The bytes are never changed. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Says that what is read next lies at this name or index of the value before. */
  enter(place: string | number): void {
    this.#path.push(place);
  }

  /** Says that the place entered last is read. */
  leave(): void {
    this.#path.pop();
  }

  /** Throws ERR_MALFORMED: the value at this place is not what `what` says. */
  refuse(what: string): never {
    const path = this.#path.map((place) =>
      typeof place === 'number' ? `[${place}]` : `.${place}`,
    );
    throw malformed(`value${path.join('')} is not ${what}`);
  }

  /** Returns how many bytes are read. */
  place(): number {
    return this.#at;
  }

  /** Returns a copy of what was read from a place on. */
  copyFrom(place: number): Uint8Array {
    return this.#bytes.slice(place, this.#at);
  }

  /** Checks that nothing is left. */
  end(): void {
    if (this.#at === this.#bytes.length) return;
    throw malformed(`the value ends at byte ${this.#at} of ${this.#bytes.length}`);
  }

  /** Reads nil if that is the next value; returns whether it was. */
  nil(): boolean {
    if (this.#bytes[this.#at] !== NIL) return false;
    this.#at += 1;
    return true;
  }

  bool(): boolean {
    const form = this.#form();
    if (form !== TRUE && form !== FALSE) this.refuse('a boolean');
    return form === TRUE;
  }

  /** Reads an integer, 0 to 2^53-1. */
  uint(): number {
    const form = this.#form();
    if (form < 0x80) return form;
    switch (form) {
      case 0xcc:
        return this.#shortest(this.#number(1), 0x80);
      case 0xcd:
        return this.#shortest(this.#number(2), 0x100);
      case 0xce:
        return this.#shortest(this.#number(4), 0x10000);
      case 0xd3: {
        const value = this.#number(4) * TWO_32 + this.#number(4);
        // Beyond 2^53 the sum is inexact, but still beyond 2^53 - 1. Negative numbers lie there too.
        if (value > Number.MAX_SAFE_INTEGER) this.refuse('an integer up to 2^53 - 1');
        return this.#shortest(value, TWO_32);
      }
      default:
        return this.refuse('an integer');
    }
  }

  /** Reads bytes; the result shares no memory with what is read. */
  bytes(): Uint8Array {
    const start = this.#skip(this.#length(BYTES));
    return this.#bytes.slice(start, this.#at);
  }

  text(): string {
    const start = this.#skip(this.#length(TEXT));
    return this.#ascii(start) ?? parseUtf8(this.#bytes.subarray(start, this.#at));
  }

  /** Opens an array; returns the number of its values, which are read next. They need not be there. */
  array(): number {
    return this.#length(ARRAY);
  }

  /** Returns the integer that the array ahead opens with, or undefined; reads nothing. */
  peekKind(): number | undefined {
    const start = this.#at;
    const form = this.#bytes[start] ?? NIL;
    const isArray = (form & 0xf0) === 0x90 || form === ARRAY.two || form === ARRAY.four;
    if (!isArray || this.array() === 0 || (this.#bytes[this.#at] ?? NIL) > 0x7f) {
      this.#at = start;
      return undefined;
    }
    const kind = this.#bytes[this.#at];
    this.#at = start;
    return kind;
  }

  /** Reads the form byte and the length of a value of one kind. */
  #length({ name, fix, one, two, four }: SizedForms): number {
    const form = this.#form();
    if (fix !== undefined && form >= fix.form && form <= fix.form + fix.lengthMax) {
      return form - fix.form;
    }
    const fixMax = fix?.lengthMax ?? -1;
    switch (form) {
      case one:
        return this.#shortest(this.#number(1), fixMax + 1);
      case two:
        return this.#shortest(this.#number(2), one === undefined ? fixMax + 1 : 0x100);
      case four:
        return this.#shortest(this.#number(4), 0x10000);
      default:
        return this.refuse(name);
    }
  }

  #shortest(value: number, min: number): number {
    if (value < min) throw malformed(`what ends at byte ${this.#at} is not in its shortest form`);
    return value;
  }

  /** Short text of ASCII, as nearly all text here is, or undefined where it is other text. */
  #ascii(start: number): string | undefined {
    const end = this.#at;
    if (end - start > 32) return undefined;
    const bytes = this.#bytes;
    let text = '';
    for (let i = start; i < end; i++) {
      const code = bytes[i] ?? 0;
      if (code > 0x7f) return undefined;
      text += String.fromCharCode(code);
    }
    return text;
  }

  #form(): number {
    return this.#bytes[this.#skip(1)] ?? 0;
  }

  /** Big-endian. */
  #number(size: 1 | 2 | 4): number {
    const start = this.#skip(size);
    let value = 0;
    for (let i = start; i < this.#at; i++) value = value * 256 + (this.#bytes[i] ?? 0);
    return value;
  }

  /** Moves on; returns where it stood. */
  #skip(size: number): number {
    const start = this.#at;
    if (size > this.#bytes.length - start) {
      throw malformed(`the bytes end at ${this.#bytes.length}, within a value`);
    }
    this.#at = start + size;
    return start;
  }
}

function malformed(message: string): ChainError {
  return new ChainError('ERR_MALFORMED', message);
}
