/** Asking a node's interface from the command line. */
import { type Dispatcher, request } from 'undici';

import { concatBytes, parseUtf8 } from '../../chain/bytes.ts';
import { fieldsOf } from '../../genesis/json.ts';
import { reasonOf } from './files.ts';
import { CommandError } from './output.ts';

const TIMEOUT_MS = 30_000;
const ANSWER_MS_MAX = 120_000;
/** Far above the longest that a node gives. */
const JSON_BYTES_MAX = 33_554_432;
/** Not that of an answer: who asks whether a photograph is registered must be able to tell. */
const EXIT_NO_ANSWER = 3;

/** An answer in JSON. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Bytes to post. */
export interface Posting {
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** A longer answer is none. */
  readonly answerBytesMax: number;
}

/** Bytes that were answered. */
export interface BytesAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Returns a node's answer to a POST, within two minutes. Throws a CommandError that says what to do where there is none. */
export function postBytes(
  node: string,
  path: string,
  { contentType, bytes, answerBytesMax }: Posting,
): Promise<BytesAnswer> {
  const headers = { 'content-type': contentType };
  return ask(urlOf(node, path), { method: 'POST', headers, body: bytes }, answerBytesMax);
}

/**
 * Returns a node's answer to a GET, of at most `answerBytesMax` bytes and two minutes, however it is sent. Throws a
 * CommandError that says what to do where there is none.
 */
export function getBytes(node: string, path: string, answerBytesMax: number): Promise<BytesAnswer> {
  return ask(urlOf(node, path), {}, answerBytesMax);
}

/** Returns a node's answer to a GET. Throws a CommandError that says what to do where there is none. */
export async function getJson(node: string, path: string): Promise<JsonAnswer> {
  const url = urlOf(node, path);
  const headers = { accept: 'application/json' };
  const { status, body } = await ask(url, { headers }, JSON_BYTES_MAX);
  try {
    return { status, body: fieldsOf(JSON.parse(parseUtf8(body))) };
  } catch (cause) {
    throw noAnswer(url, cause);
  }
}

async function ask(
  url: URL,
  options: Pick<Dispatcher.RequestOptions, 'headers' | 'body'> & { readonly method?: 'POST' },
  answerBytesMax: number,
): Promise<BytesAnswer> {
  try {
    const answer = await request(url, {
      ...options,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const body = await readBody(answer.body, answerBytesMax);
    return { status: answer.statusCode, body };
  } catch (cause) {
    throw noAnswer(url, cause);
  }
}

async function readBody(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > bytesMax) throw new Error(`the answer has over ${bytesMax} bytes`);
  }
  return concatBytes(...parts);
}

function noAnswer({ origin }: URL, cause: unknown): CommandError {
  return new CommandError(
    `no answer from ${origin} (${reasonOf(cause)}): is the node running, and is --node right?`,
    EXIT_NO_ANSWER,
    { cause },
  );
}

function urlOf(node: string, path: string): URL {
  if (!URL.canParse(path, node)) {
    throw new CommandError(`--node ${node} is not a URL such as http://127.0.0.1:8545`, 2);
  }
  return new URL(path, node);
}
