/**
 * Reading JSON that people wrote: every problem is reported with its path, all of them at once.
 *
 * A field that cannot be read yields an empty value, so that reading goes on; `finish` throws if anything
 * was reported. Nothing read before `finish` may be used.
 */
import { parseBase64, parseHex } from '../chain/bytes.ts';
import { ChainError } from '../chain/errors.ts';

/** Returns whether a value is a JSON object. */
export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** Returns the fields of a JSON object; none for anything else. */
export function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return isObject(json) ? json : {};
}

/** Problems of one document that are named; the others are counted. */
const PROBLEM_COUNT_MAX = 100;
const NAME_CHARACTERS_MAX = 64;

/** What a list holds: how one element is read, and how many there may be. */
export interface Elements<T> {
  read(json: unknown, path: string, reader: JsonReader): T;
  readonly countMax: number;
}

/** Collects problems while a document is read. */
export class JsonReader {
  readonly #problems: string[] = [];

  /** Notes a problem at a path. */
  report(path: string, problem: string): void {
    this.#problems.push(`${path} ${problem}`);
  }

  /** Throws ERR_GENESIS with all problems, the first hundred named, if there are any. */
  finish(what: string): void {
    if (this.#problems.length === 0) return;
    const named = this.#problems.slice(0, PROBLEM_COUNT_MAX);
    const rest = this.#problems.length - named.length;
    if (rest > 0) named.push(`and ${rest} more`);
    throw new ChainError('ERR_GENESIS', `${what} is not valid:\n  ${named.join('\n  ')}`);
  }

  /**
   * The fields of an object that has no others than these: one that nobody reads may mean what its
   * writer believes to be in force.
   *
   * @param path - empty for the document itself.
   */
  fields(json: unknown, path: string, names: readonly string[]): Readonly<Record<string, unknown>> {
    if (!isObject(json)) this.report(path === '' ? 'it' : path, 'must be a JSON object');
    const fields = fieldsOf(json);
    for (const name of Object.keys(fields).filter((each) => !names.includes(each))) {
      const at = path === '' ? printable(name) : `${path}.${printable(name)}`;
      this.report(at, `is no field; there are ${names.join(', ')}`);
    }
    return fields;
  }

  /** Text that matches a pattern. */
  text(json: unknown, path: string, pattern: RegExp): string {
    if (typeof json === 'string' && pattern.test(json)) return json;
    this.report(path, `must be text like ${pattern.source}`);
    return '';
  }

  /** An integer within bounds, both inclusive. */
  integer(json: unknown, path: string, [min, max]: readonly [number, number]): number {
    if (Number.isSafeInteger(json) && Number(json) >= min && Number(json) <= max)
      return Number(json);
    this.report(path, `must be an integer from ${min} to ${max}`);
    return min;
  }

  /** True or false. */
  boolean(json: unknown, path: string): boolean {
    if (typeof json === 'boolean') return json;
    this.report(path, 'must be true or false');
    return false;
  }

  /** Lower-case hex of a number of bytes. */
  hex(json: unknown, path: string, sizeBytes: number): Uint8Array {
    return this.#bytes(path, `must be ${sizeBytes * 2} lower-case hex digits`, () => {
      const bytes = parseHex(String(json));
      return bytes.length === sizeBytes ? bytes : undefined;
    });
  }

  /** Padded base64 of a number of bytes. */
  base64(json: unknown, path: string, sizeBytes: number): Uint8Array {
    return this.#bytes(path, `must be base64 of ${sizeBytes} bytes`, () => {
      const bytes = parseBase64(String(json));
      return bytes.length === sizeBytes ? bytes : undefined;
    });
  }

  /** A time like 2026-11-21T03:00:00.000Z, as Unix milliseconds. */
  time(json: unknown, path: string): number {
    const ms = typeof json === 'string' ? Date.parse(json) : Number.NaN;
    if (Number.isSafeInteger(ms) && ms >= 0 && new Date(ms).toISOString() === json) return ms;
    this.report(path, 'must be a time like 2026-01-31T12:00:00.000Z');
    return 0;
  }

  /** A list; of one that is too long no element is read. */
  list<T>(json: unknown, path: string, elements: Elements<T>): readonly T[] {
    const { countMax } = elements;
    if (Array.isArray(json) && json.length <= countMax) {
      return json.map((each, i) => elements.read(each, `${path}[${i}]`, this));
    }
    this.report(
      path,
      Array.isArray(json) ? `has more than ${countMax} elements` : 'must be a list',
    );
    return [];
  }

  #bytes(path: string, problem: string, parse: () => Uint8Array | undefined): Uint8Array {
    try {
      const bytes = parse();
      if (bytes !== undefined) return bytes;
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
    }
    this.report(path, problem);
    return new Uint8Array();
  }
}

/** A stranger's text as it may stand on a terminal. */
function printable(text: string): string {
  const escaped = text
    .slice(0, NAME_CHARACTERS_MAX)
    .replaceAll(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character.toWellFormed()));
  return text.length > NAME_CHARACTERS_MAX ? `${escaped}…` : escaped;
}
