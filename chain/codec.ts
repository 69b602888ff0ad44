/**
 * Canonical bytes: a restricted MessagePack that has exactly one encoding for each value.
 *
 * Admitted are unsigned integers up to 2^53-1, byte strings, UTF-8 text, booleans, nil and arrays of
 * fixed order. There are no maps, floats, extensions or negative numbers. Every length and every integer
 * below 2^32 takes its shortest form; integers from 2^32 are int64 (`d3`). A short message that announces
 * a huge array allocates nothing for it.
 *
 * A `Schema` gives the shape, and goes from value to bytes and back without anything between. `tuple` maps the
 * fields of an object, in the order in which they are written there, to an array: the order of the fields is
 * part of the format.
 *
 * Source: the MessagePack specification, https://github.com/msgpack/msgpack/blob/master/spec.md
 */
import { formatUtf8 } from './bytes.ts';
import { invariant } from './invariant.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** The shape of a value: how it is written, and how it is read back and checked. */
export interface Schema<T> {
  /** Writes a value. Throws an InvariantError if our own value breaks the schema. */
  write(value: T, writer: Writer): void;
  /** Reads a value. Throws ERR_MALFORMED where the bytes break the schema. */
  read(reader: Reader): T;
}

/** The value type of a schema. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

/** Writers that nobody uses now: a value's schema may encode a part of it by itself. */
const idle: Writer[] = [];

/** Returns the canonical bytes of `value`. */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array {
  const writer = idle.pop() ?? new Writer();
  try {
    schema.write(value, writer);
    return writer.take();
  } finally {
    writer.clear();
    idle.push(writer);
  }
}

/** Returns the value of canonical bytes. Throws ERR_MALFORMED if they are not canonical or not of `schema`. */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = schema.read(reader);
  reader.end();
  return value;
}

/** An unsigned integer, `min` to `max`, both inclusive. */
export function uint(max = Number.MAX_SAFE_INTEGER, min = 0): Schema<number> {
  return {
    write(value, writer) {
      invariant(
        Number.isSafeInteger(value) && value >= min && value <= max,
        `an integer is in ${min}..${max}`,
      );
      writer.uint(value);
    },
    read(reader) {
      const value = reader.uint();
      return value >= min && value <= max ? value : reader.refuse(`in ${min}..${max}`);
    },
  };
}

/** Bytes, `sizeMin` to `sizeMax` of them. */
export function bin(sizeMax: number, sizeMin = sizeMax): Schema<Uint8Array> {
  return {
    write(value, writer) {
      const { length } = value;
      invariant(length >= sizeMin && length <= sizeMax, `bytes number ${sizeMin}..${sizeMax}`);
      writer.bytes(value);
    },
    read(reader) {
      const value = reader.bytes();
      if (value.length >= sizeMin && value.length <= sizeMax) return value;
      return reader.refuse(`${sizeMin}..${sizeMax} bytes`);
    },
  };
}

/** Text of at most `sizeMax` bytes in UTF-8. */
export function str(sizeMax: number): Schema<string> {
  const admits = (text: string): boolean =>
    text.length * UTF8_BYTES_MAX <= sizeMax ||
    (text.length <= sizeMax && formatUtf8(text).length <= sizeMax);
  return {
    write(value, writer) {
      invariant(admits(value), `text is at most ${sizeMax} bytes`);
      invariant(value.isWellFormed(), 'text is well formed');
      writer.text(value);
    },
    read(reader) {
      const value = reader.text();
      return admits(value) ? value : reader.refuse(`text of at most ${sizeMax} bytes`);
    },
  };
}

/** Most bytes of UTF-8 for a UTF-16 code unit. */
const UTF8_BYTES_MAX = 3;

/** True or false. */
export function bool(): Schema<boolean> {
  return {
    write: (value, writer) => writer.bool(value),
    read: (reader) => reader.bool(),
  };
}

/** What `schema` says, or nil. Absent is undefined in memory. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return {
    write(value, writer) {
      if (value === undefined) writer.nil();
      else schema.write(value, writer);
    },
    read: (reader) => (reader.nil() ? undefined : schema.read(reader)),
  };
}

/** At most `countMax` values of one schema. */
export function list<T>(schema: Schema<T>, countMax: number, countMin = 0): Schema<readonly T[]> {
  const admits = (count: number): boolean => count >= countMin && count <= countMax;
  return {
    write(values, writer) {
      invariant(admits(values.length), `a list has ${countMin}..${countMax} values`);
      writer.array(values.length);
      for (const value of values) schema.write(value, writer);
    },
    read(reader) {
      const count = reader.array();
      if (!admits(count)) reader.refuse(`a list of ${countMin}..${countMax} values`);
      // Grows as values are read, so that a count alone reserves nothing.
      const values: T[] = [];
      for (let i = 0; i < count; i++) {
        reader.enter(i);
        values.push(schema.read(reader));
        reader.leave();
      }
      return values;
    },
  };
}

/** An array of fixed length and order, as an object with a name for each place. */
export function tuple<T extends object>(fields: {
  readonly [K in keyof T]-?: Schema<T[K]>;
}): Schema<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    write(value, writer) {
      writer.array(names.length);
      for (const name of names) fields[name].write(value[name], writer);
    },
    read(reader) {
      if (reader.array() !== names.length) reader.refuse(`an array of ${names.length}`);
      const value: Partial<T> = {};
      for (const name of names) {
        reader.enter(name);
        value[name] = fields[name].read(reader);
        reader.leave();
      }
      return value as T;
    },
  };
}

/** Exactly this integer: the version of a format, or the kind that opens an array. */
export function literal<N extends number>(expected: N): Schema<N> {
  return {
    write(value, writer) {
      invariant(value === expected, `the constant is ${expected}`);
      writer.uint(value);
    },
    read(reader) {
      if (reader.uint() !== expected) reader.refuse(`${expected}`);
      return expected;
    },
  };
}

/** One of several tuples, told apart by the integer `kind`, below 128, in their first place. */
export function union<T extends { readonly kind: number }>(schemas: {
  readonly [K in T['kind']]: Schema<Extract<T, { readonly kind: K }>>;
}): Schema<T> {
  const byKind: (Schema<T> | undefined)[] = [];
  for (const [kind, schema] of Object.entries(schemas)) byKind[Number(kind)] = schema as Schema<T>;
  return {
    write(value, writer) {
      const schema = byKind[value.kind];
      invariant(schema !== undefined, `kind ${value.kind} has a schema`);
      schema.write(value, writer);
    },
    read(reader) {
      const kind = reader.peekKind();
      const schema = kind === undefined ? undefined : byKind[kind];
      return schema === undefined ? reader.refuse('of a known kind') : schema.read(reader);
    },
  };
}

/**
 * The same schema, for values that never change and are written more than once: the bytes of each are kept for
 * as long as the value itself. Of a value that was read they are those that were read, since no others are canonical.
 */
export function encodedOnce<T extends object>(schema: Schema<T>): Schema<T> {
  const known = new WeakMap<T, Uint8Array>();
  return {
    write(value, writer) {
      const bytes = known.get(value) ?? encode(schema, value);
      known.set(value, bytes);
      writer.encoded(bytes);
    },
    read(reader) {
      const start = reader.place();
      const value = schema.read(reader);
      known.set(value, reader.copyFrom(start));
      return value;
    },
  };
}

/** What stands for a value in the bytes, where the value itself is another type. */
export function mapped<T, P>(
  schema: Schema<P>,
  { format, parse }: { readonly format: (value: T) => P; readonly parse: (plain: P) => T },
): Schema<T> {
  return {
    write: (value, writer) => schema.write(format(value), writer),
    read: (reader) => parse(schema.read(reader)),
  };
}
