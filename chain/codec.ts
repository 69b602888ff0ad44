/**
 * Canonical bytes: a restricted MessagePack that has exactly one encoding for each value.
 *
 * Admitted are unsigned integers up to 2^53-1, byte strings, UTF-8 text, booleans, nil and arrays of
 * fixed order. There are no maps, floats, extensions or negative numbers. Every length and every integer
 * below 2^32 takes its shortest form; integers from 2^32 are int64 (`d3`). A short message that announces
 * a huge array allocates nothing for it.
 *
 * msgpackr writes; what is read is read here. Its reader admits more than one form, and reads text that
 * opens with a byte order mark differently with and without its native addon.
 *
 * A `Schema` gives the shape. `tuple` maps the fields of an object, in the order in which they are
 * written there, to an array: the order of the fields is part of the format.
 *
 * Source: the MessagePack specification, https://github.com/msgpack/msgpack/blob/master/spec.md
 */
import { Packr } from 'msgpackr';

import { parseUtf8 } from './bytes.ts';
import { ChainError } from './errors.ts';
import { invariant } from './invariant.ts';

/** A value in the form that the codec writes: what stands in the bytes, before a schema names it. */
export type Plain = number | bigint | string | boolean | null | Uint8Array | readonly Plain[];

/** The shape of a value: how it becomes plain, and how it is read back and checked. */
export interface Schema<T> {
  /** Returns the plain form. Throws an InvariantError if our own value breaks the schema. */
  toPlain(value: T): Plain;
  /** Returns the value. Throws ERR_MALFORMED naming `path` where the plain value breaks the schema. */
  fromPlain(plain: Plain, path: string): T;
}

/** The value type of a schema. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

const DEPTH_MAX = 16;
const INT64_FROM = 2 ** 32;

const packr = new Packr({ useRecords: false });

/** Returns the canonical bytes of `value`. */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array {
  const packed = packr.pack(schema.toPlain(value));
  return new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
}

/** Returns the value of canonical bytes. Throws ERR_MALFORMED if they are not canonical or not of `schema`. */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array): T {
  const cursor: Cursor = { bytes, at: 0 };
  const plain = readValue(cursor, 0);
  if (cursor.at !== bytes.length) {
    throw malformed(`the value ends at byte ${cursor.at} of ${bytes.length}`);
  }
  return schema.fromPlain(plain, 'value');
}

/** An unsigned integer, `min` to `max`, both inclusive. */
export function uint(max = Number.MAX_SAFE_INTEGER, min = 0): Schema<number> {
  const admits = (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
  return {
    toPlain(value) {
      invariant(admits(value), `an integer is in ${min}..${max}`);
      return value < INT64_FROM ? value : BigInt(value);
    },
    fromPlain(plain, path) {
      if (!admits(plain)) throw malformed(`${path} is not an integer in ${min}..${max}`);
      return plain;
    },
  };
}

/** Bytes, `sizeMin` to `sizeMax` of them. */
export function bin(sizeMax: number, sizeMin = sizeMax): Schema<Uint8Array> {
  const admits = (size: number): boolean => size >= sizeMin && size <= sizeMax;
  return {
    toPlain(value) {
      invariant(admits(value.length), `bytes number ${sizeMin}..${sizeMax}, not ${value.length}`);
      return value;
    },
    fromPlain(plain, path) {
      if (!(plain instanceof Uint8Array) || !admits(plain.length)) {
        throw malformed(`${path} is not ${sizeMin}..${sizeMax} bytes`);
      }
      return new Uint8Array(plain);
    },
  };
}

/** Text of at most `sizeMax` bytes in UTF-8. */
export function str(sizeMax: number): Schema<string> {
  const admits = (text: string): boolean =>
    text.length <= sizeMax && new TextEncoder().encode(text).length <= sizeMax;
  return {
    toPlain(value) {
      invariant(admits(value), `text is at most ${sizeMax} bytes`);
      invariant(value.isWellFormed(), 'text is well formed');
      return value;
    },
    fromPlain(plain, path) {
      if (typeof plain !== 'string' || !admits(plain)) {
        throw malformed(`${path} is not text of at most ${sizeMax} bytes`);
      }
      return plain;
    },
  };
}

/** True or false. */
export function bool(): Schema<boolean> {
  return {
    toPlain: (value) => value,
    fromPlain(plain, path) {
      if (typeof plain !== 'boolean') throw malformed(`${path} is not a boolean`);
      return plain;
    },
  };
}

/** What `schema` says, or nil. Absent is undefined in memory. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return {
    toPlain: (value) => (value === undefined ? null : schema.toPlain(value)),
    fromPlain: (plain, path) => (plain === null ? undefined : schema.fromPlain(plain, path)),
  };
}

/** At most `countMax` values of one schema. */
export function list<T>(schema: Schema<T>, countMax: number, countMin = 0): Schema<readonly T[]> {
  const admits = (count: number): boolean => count >= countMin && count <= countMax;
  return {
    toPlain(value) {
      invariant(admits(value.length), `a list has ${countMin}..${countMax} values`);
      return value.map((element) => schema.toPlain(element));
    },
    fromPlain(plain, path) {
      if (!Array.isArray(plain) || !admits(plain.length)) {
        throw malformed(`${path} is not a list of ${countMin}..${countMax} values`);
      }
      return plain.map((element: Plain, i) => schema.fromPlain(element, `${path}[${i}]`));
    },
  };
}

/** An array of fixed length and order, as an object with a name for each place. */
export function tuple<T extends object>(fields: {
  readonly [K in keyof T]-?: Schema<T[K]>;
}): Schema<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    toPlain: (value) => names.map((name) => fields[name].toPlain(value[name])),
    fromPlain(plain, path) {
      if (!Array.isArray(plain) || plain.length !== names.length) {
        throw malformed(`${path} is not an array of ${names.length}`);
      }
      const places = plain as readonly Plain[];
      const value: Partial<T> = {};
      names.forEach((name, i) => {
        value[name] = fields[name].fromPlain(places[i] ?? null, `${path}.${name}`);
      });
      return value as T;
    },
  };
}

/** Exactly this integer: the version of a format, or the kind that opens an array. */
export function literal<N extends number>(expected: N): Schema<N> {
  return {
    toPlain(value) {
      invariant(value === expected, `the constant is ${expected}`);
      return value;
    },
    fromPlain(plain, path) {
      if (plain !== expected) throw malformed(`${path} is not ${expected}`);
      return expected;
    },
  };
}

/** One of several tuples, told apart by the integer `kind` in their first place. */
export function union<T extends { readonly kind: number }>(schemas: {
  readonly [K in T['kind']]: Schema<Extract<T, { readonly kind: K }>>;
}): Schema<T> {
  const byKind = new Map<unknown, Schema<T>>(
    Object.entries(schemas).map(([kind, schema]) => [Number(kind), schema as Schema<T>]),
  );
  return {
    toPlain(value) {
      const schema = byKind.get(value.kind);
      invariant(schema !== undefined, `kind ${value.kind} has a schema`);
      return schema.toPlain(value);
    },
    fromPlain(plain, path) {
      const kind = Array.isArray(plain) ? (plain as readonly Plain[])[0] : undefined;
      const schema = byKind.get(kind);
      if (schema === undefined) throw malformed(`${path} is of no known kind`);
      return schema.fromPlain(plain, path);
    },
  };
}

function malformed(message: string): ChainError {
  return new ChainError('ERR_MALFORMED', message);
}

/** Where reading stands. It moves forward only, and `bytes` never change. */
interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

const CONSTANTS: ReadonlyMap<number, null | boolean> = new Map([
  [0xc0, null],
  [0xc2, false],
  [0xc3, true],
]);

/** Reads one value. What it allocates is in proportion to the bytes that are there. */
function readValue(cursor: Cursor, depth: number): Plain {
  const form = readUint(cursor, 1);
  if (form <= 0x7f) return form;
  const constant = CONSTANTS.get(form);
  if (constant !== undefined) return constant;
  const { type, length } = readLength(cursor, form);
  switch (type) {
    case 'array':
      return readArray(cursor, length, depth);
    case 'text':
      return parseUtf8(take(cursor, length));
    case 'bytes':
      return take(cursor, length);
    case undefined:
      return readInteger(cursor, form);
  }
}

type Sized = 'array' | 'text' | 'bytes';

/** Forms with a length of 1, 2 or 4 bytes behind them, and the least length that needs so many. */
const SIZED: Readonly<
  Record<number, { readonly type: Sized; readonly lengthBytes: 1 | 2 | 4; readonly min: number }>
> = {
  0xc4: { type: 'bytes', lengthBytes: 1, min: 0 },
  0xc5: { type: 'bytes', lengthBytes: 2, min: 0x100 },
  0xc6: { type: 'bytes', lengthBytes: 4, min: 0x10000 },
  0xd9: { type: 'text', lengthBytes: 1, min: 32 },
  0xda: { type: 'text', lengthBytes: 2, min: 0x100 },
  0xdb: { type: 'text', lengthBytes: 4, min: 0x10000 },
  0xdc: { type: 'array', lengthBytes: 2, min: 16 },
  0xdd: { type: 'array', lengthBytes: 4, min: 0x10000 },
};

function readLength(
  cursor: Cursor,
  form: number,
): { readonly type: Sized | undefined; readonly length: number } {
  if (form >= 0x90 && form <= 0x9f) return { type: 'array', length: form & 15 };
  if (form >= 0xa0 && form <= 0xbf) return { type: 'text', length: form & 31 };
  const sized = SIZED[form];
  if (sized === undefined) return { type: undefined, length: 0 };
  const length = readUint(cursor, sized.lengthBytes);
  if (length < sized.min) {
    throw malformed(`a length before byte ${cursor.at} is not in its shortest form`);
  }
  return { type: sized.type, length };
}

/** Grows as values are read, so that a count alone reserves nothing. */
function readArray(cursor: Cursor, count: number, depth: number): Plain {
  if (depth === DEPTH_MAX) throw malformed(`arrays are nested deeper than ${DEPTH_MAX}`);
  const values: Plain[] = [];
  for (let i = 0; i < count; i++) values.push(readValue(cursor, depth + 1));
  return values;
}

const INTEGERS: Readonly<
  Record<number, { readonly sizeBytes: 1 | 2 | 4 | 8; readonly from: number }>
> = {
  0xcc: { sizeBytes: 1, from: 0x80 },
  0xcd: { sizeBytes: 2, from: 0x100 },
  0xce: { sizeBytes: 4, from: 0x10000 },
  0xd3: { sizeBytes: 8, from: INT64_FROM },
};

function readInteger(cursor: Cursor, form: number): number {
  const start = cursor.at - 1;
  const integer = INTEGERS[form];
  if (integer === undefined) throw malformed(`form 0x${form.toString(16)} is not admitted`);
  const value = readUint(cursor, integer.sizeBytes);
  if (value < integer.from) {
    throw malformed(`an integer at byte ${start} is not in its shortest form`);
  }
  if (value > Number.MAX_SAFE_INTEGER) throw malformed(`an integer at byte ${start} is too large`);
  return value;
}

/** Big-endian. Beyond 2^53 the result is inexact, but still beyond 2^53 - 1. */
function readUint(cursor: Cursor, size: number): number {
  const end = advance(cursor, size);
  let value = 0;
  for (let i = end - size; i < end; i++) value = value * 256 + (cursor.bytes[i] ?? 0);
  return value;
}

/** The next `size` bytes, as a view. */
function take(cursor: Cursor, size: number): Uint8Array {
  const end = advance(cursor, size);
  return cursor.bytes.subarray(end - size, end);
}

function advance(cursor: Cursor, size: number): number {
  const { bytes, at } = cursor;
  if (size > bytes.length - at) throw malformed(`the bytes end at ${bytes.length}, within a value`);
  cursor.at = at + size;
  return cursor.at;
}
