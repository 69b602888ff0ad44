/**
 * From unknown JSON to typed values, or a refusal that says which field should be how.
 *
 * A schema is written once: it parses requests and describes them in the OpenAPI document. What it says of a
 * field never repeats what was sent.
 */
import { z } from 'zod';

import { parseBase64, parseHex } from '../../chain/bytes.ts';
import { ApiError, type ErrorCode } from '../errors.ts';
import { HTTP_STATUS, isErrorCode } from '../httpStatus.ts';

const HASH_BYTES = 32;

/** Returns what the schema makes of `value`. Throws an ApiError about the first field that is wrong. */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const found = result.error.issues.map((issue) => ({ issue, code: codeOf(issue) }));
  // What is malformed is said before what is only out of range.
  const first = found.find(({ code }) => HTTP_STATUS[code] === 400) ?? found[0];
  if (first === undefined) throw new ApiError('ERR_FIELD', 'the body is not as documented');
  throw new ApiError(first.code, `${formatPath(first.issue.path)}: ${first.issue.message}`);
}

function codeOf(issue: z.core.$ZodIssue): ErrorCode {
  switch (issue.code) {
    case 'custom': {
      const code: unknown = issue.params?.['code'];
      return typeof code === 'string' && isErrorCode(code) ? code : 'ERR_FIELD';
    }
    case 'too_big':
    case 'too_small':
      return issue.exact === true ? 'ERR_FIELD' : 'ERR_RANGE';
    case 'unrecognized_keys':
      return 'ERR_RANGE';
    default:
      return 'ERR_FIELD';
  }
}

/** Names in a path come from schemas, never from the request: no schema here admits names of its own. */
function formatPath(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  return text === '' ? 'the body' : text.replace(/^\./, '');
}

/** Returns a field of 32 bytes in hex. Both cases are read; answers are in lower case. */
export function hashField(
  description: string,
): z.ZodPipe<z.ZodString, z.ZodTransform<Uint8Array, string>> {
  return z
    .string({ error: 'must be text of 64 hex digits' })
    .regex(/^[0-9a-fA-F]{64}$/, { error: 'must be 64 hex digits' })
    .meta({ description, examples: ['9f'.repeat(HASH_BYTES)] })
    .transform((text) => parseHex(text.toLowerCase()));
}

/** Returns a field of strict, padded base64 of `sizeMin` to `sizeMax` bytes. */
export function base64Field(
  description: string,
  [sizeMin, sizeMax]: readonly [number, number],
): z.ZodPipe<z.ZodString, z.ZodTransform<Uint8Array, string>> {
  const size = sizeMin === sizeMax ? `${sizeMax}` : `${sizeMin} to ${sizeMax}`;
  const error = `must be text: padded base64 of ${size} bytes`;
  const lengthMax = 4 * Math.ceil(sizeMax / 3);
  return z
    .string({ error })
    .meta({ description, override: { contentEncoding: 'base64', maxLength: lengthMax } })
    .transform((text, context) => {
      // The length first: matching a long text costs more than refusing it.
      const bytes = text.length <= lengthMax ? tryBase64(text) : undefined;
      if (bytes !== undefined && bytes.length >= sizeMin && bytes.length <= sizeMax) return bytes;
      context.addIssue({ code: 'custom', message: error });
      return z.NEVER;
    });
}

function tryBase64(text: string): Uint8Array | undefined {
  try {
    return parseBase64(text);
  } catch {
    return undefined;
  }
}

/** Returns a field of Unix seconds. */
export function secondsField(description: string): z.ZodInt {
  return z
    .int({ error: 'must be a whole number of Unix seconds' })
    .min(0, { error: 'must not be negative' })
    .meta({ description, examples: [1_760_000_000] });
}

/** Returns whether a field is absent: left out or null. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** Returns the 32 bytes of a part of the path. Throws ERR_FIELD. */
export function parseHashText(text: string, name: string): Uint8Array {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new ApiError('ERR_FIELD', `${name}: must be 64 hex digits`);
  }
  return parseHex(text.toLowerCase());
}

/** Returns a whole number of the query, or `fallback` if absent. Throws ERR_FIELD or ERR_RANGE. */
export function parseCount(
  text: string | undefined,
  name: string,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,15}$/.test(text)) throw new ApiError('ERR_FIELD', `${name}: must be a whole number`);
  const value = Number(text);
  if (value < min || value > max) {
    throw new ApiError('ERR_RANGE', `${name}: must be from ${min} to ${max}`);
  }
  return value;
}
