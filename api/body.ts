/**
 * Bodies of requests. Their cost is bounded before they are parsed: by size, by the number of large ones at
 * the same time, and by the time in which a request must arrive.
 */
import type { IncomingMessage } from 'node:http';

import { getRawBody } from 'raw-body';

import { ApiError } from './errors.ts';
import { JSON_MARK_COUNT_MAX, LARGE_BODY_COUNT_MAX, OBJECT_BODY_BYTES_MAX } from './limits.ts';
import type { JsonBody } from './route.ts';

const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Reads bodies of requests. */
export interface BodyReader {
  /** Resolves to the bytes. Rejects with ERR_FIELD, ERR_BODY_TOO_LARGE, ERR_NOT_READY or ERR_TIMEOUT. */
  bytes(request: IncomingMessage, bytesMax: number): Promise<Uint8Array>;
  /** Resolves to the body as JSON. Rejects as `bytes` does, or with ERR_JSON. */
  json(request: IncomingMessage, bytesMax: number): Promise<JsonBody>;
}

/** Returns a reader that reads a bounded number of large bodies at the same time. */
export function createBodyReader(): BodyReader {
  let largeCount = 0;
  const bytes: BodyReader['bytes'] = async (request, bytesMax) => {
    checkEncoding(request);
    const length = request.headers['content-length'];
    // A body that does not say its length may become large.
    const large =
      bytesMax > OBJECT_BODY_BYTES_MAX && Number(length ?? Infinity) > OBJECT_BODY_BYTES_MAX;
    if (large && largeCount >= LARGE_BODY_COUNT_MAX) {
      throw new ApiError('ERR_NOT_READY', 'too many large bodies at the same time', {
        retryAfterS: 1,
      });
    }
    if (large) largeCount++;
    try {
      return await readBytes(request, { length, limit: bytesMax });
    } finally {
      if (large) largeCount--;
    }
  };
  const json: BodyReader['json'] = async (request, bytesMax) => {
    const body = await bytes(request, bytesMax);
    checkMarks(body);
    return { value: parseJson(body), sizeBytes: body.length };
  };
  return { bytes, json };
}

/** Checks that one object is not larger than one may be. Throws ERR_BODY_TOO_LARGE. */
export function checkObjectSize({ sizeBytes }: JsonBody): void {
  if (sizeBytes > OBJECT_BODY_BYTES_MAX) throw tooLarge(OBJECT_BODY_BYTES_MAX);
}

function checkEncoding({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new ApiError('ERR_FIELD', 'header Content-Encoding: must be absent or identity');
  }
}

async function readBytes(
  request: IncomingMessage,
  options: { readonly length: string | undefined; readonly limit: number },
): Promise<Uint8Array> {
  try {
    const body = await getRawBody(request, {
      length: options.length ?? null,
      limit: options.limit,
    });
    return new Uint8Array(body.buffer, body.byteOffset, body.length);
  } catch (error) {
    // The rest is thrown away, so that the client can finish sending and read the answer.
    request.resume();
    const type = error instanceof Error && 'type' in error ? error.type : undefined;
    if (type === 'entity.too.large') throw tooLarge(options.limit);
    if (type === 'request.aborted' || type === 'request.size.invalid') {
      throw new ApiError('ERR_TIMEOUT', 'the request ended before its body did', { cause: error });
    }
    throw error;
  }
}

function tooLarge(bytesMax: number): ApiError {
  return new ApiError('ERR_BODY_TOO_LARGE', `the body must be at most ${bytesMax} bytes`);
}

/** Those inside of texts count too: telling them apart would be parsing. Throws ERR_BODY_TOO_LARGE. */
function checkMarks(bytes: Uint8Array): void {
  if (bytes.length <= JSON_MARK_COUNT_MAX) return;
  let count = 0;
  for (const byte of bytes) if (byte === COMMA || byte === BRACKET || byte === BRACE) count++;
  if (count > JSON_MARK_COUNT_MAX) {
    throw new ApiError(
      'ERR_BODY_TOO_LARGE',
      `the body must have at most ${JSON_MARK_COUNT_MAX} braces, brackets and commas`,
    );
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes));
  } catch (cause) {
    // The parser's own message quotes the body, so it stays inside.
    throw new ApiError('ERR_JSON', 'the body must be one JSON value (RFC 8259) in UTF-8', {
      cause,
    });
  }
}
