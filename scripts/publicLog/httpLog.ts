/**
 * A log over HTTP, of a node or of a server of an export's files.
 *
 * Whoever answers is a stranger: an answer has a limit of bytes and of time, redirections are not followed, and what
 * asks for patience gets some.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { request } from 'undici';

import { concatBytes } from '../../chain/bytes.ts';
import { NOTE_BYTES_MAX, POLICY_BYTES_MAX } from '../../chain/log/limits.ts';
import { formatTilePath, type TileName } from '../../chain/log/tilePath.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import { LogError } from './errors.ts';
import { bundleBytesMax, VERIFIER_KEY_LINE_BYTES_MAX } from './limits.ts';
import type { PublicLog } from './publicLog.ts';

/** How long a log over HTTP is waited for. */
export interface Patience {
  /** From the question to the last byte. */
  readonly answerMsMax: number;
  /** Questions for one file, where there is no answer or only one that asks for patience. */
  readonly attemptCountMax: number;
  /** Time before the second question; doubled before each further one. */
  readonly retryMs: number;
}

const PATIENCE: Patience = { answerMsMax: 60_000, attemptCountMax: 4, retryMs: 250 };
const RETRY_MS_MAX = 10_000;
const SECOND_MS = 1_000;
const OK = 200;
/** Too many requests; unavailable. */
const LATER = new Set([429, 503]);

interface Answered {
  readonly body: Uint8Array;
}

/** To be asked again. */
interface Refused {
  readonly error: LogError;
  readonly retryAfterMs: number;
}

/** Returns the log at a URL: that of a node, or of the folder of its files. Throws ERR_ANSWER for what is no URL. */
export function createHttpLog(url: string, patience: Patience = PATIENCE): PublicLog {
  const base = parseBase(url);
  const read = (path: string, bytesMax: number): Promise<Uint8Array> =>
    readFile(new URL(path, base), bytesMax, patience);
  return {
    place: url,
    readCheckpoint: () => read('checkpoint', NOTE_BYTES_MAX),
    readPolicy: (treeSize) => read(`policy?size=${treeSize}`, POLICY_BYTES_MAX),
    readVerifierKey: () => read('log.vkey', VERIFIER_KEY_LINE_BYTES_MAX),
    readTile: (name) => read(formatTilePath(name), tileBytesMax(name)),
  };
}

function parseBase(url: string): string {
  const base = url.endsWith('/') ? url : `${url}/`;
  if (URL.canParse(base) && /^https?:/.test(base)) return base;
  throw new LogError('ERR_ANSWER', `${url} is not a URL such as http://127.0.0.1:8545`);
}

function tileBytesMax({ kind, width }: TileName): number {
  return kind === 'hashes' ? width * HASH_BYTES : bundleBytesMax(width);
}

async function readFile(url: URL, bytesMax: number, patience: Patience): Promise<Uint8Array> {
  const { attemptCountMax, retryMs } = patience;
  for (let attempt = 1; ; attempt++) {
    const outcome = await ask(url, bytesMax, patience).catch((cause: unknown) =>
      refuse(url, cause),
    );
    if ('body' in outcome) return outcome.body;
    if (attempt === attemptCountMax) throw outcome.error;
    const ownMs = retryMs * 2 ** (attempt - 1);
    await delay(Math.min(Math.max(ownMs, outcome.retryAfterMs), RETRY_MS_MAX));
  }
}

/** Nobody answered; a wrong answer would be the same again. */
function refuse(url: URL, cause: unknown): Refused {
  if (cause instanceof LogError) throw cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `no answer from ${url.href}: ${reason}`;
  return { error: new LogError('ERR_NO_ANSWER', message, { cause }), retryAfterMs: 0 };
}

async function ask(
  url: URL,
  bytesMax: number,
  { answerMsMax }: Patience,
): Promise<Answered | Refused> {
  const { statusCode, headers, body } = await request(url, {
    headers: { 'accept-encoding': 'identity' },
    signal: AbortSignal.timeout(answerMsMax),
  });
  if (statusCode !== OK) {
    await body.dump();
    const code = LATER.has(statusCode) ? 'ERR_NO_ANSWER' : 'ERR_ANSWER';
    const error = new LogError(code, `${url.href} answers ${statusCode}`);
    if (code === 'ERR_ANSWER') throw error;
    return { error, retryAfterMs: (Number(headers['retry-after'] ?? 0) || 0) * SECOND_MS };
  }
  if (headers['content-encoding'] !== undefined) {
    throw new LogError('ERR_ANSWER', `${url.href} answers compressed, which was not asked for`);
  }
  return { body: await collect(body, url, bytesMax) };
}

async function collect(
  body: AsyncIterable<Uint8Array>,
  url: URL,
  bytesMax: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > bytesMax) {
      throw new LogError('ERR_ANSWER', `${url.href} answers more than ${bytesMax} bytes`);
    }
    parts.push(part);
  }
  return concatBytes(...parts);
}
