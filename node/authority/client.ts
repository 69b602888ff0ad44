/**
 * Asks manufacturer authorities.
 *
 * A URL from a certificate makes this node speak to a stranger's choice, so it is held short: only URLs
 * that the registry pins, exactly as they stand there; only public addresses, checked before connecting;
 * no redirect; a limit on size and on the time of the whole. Whatever goes wrong is 'none': only an
 * authority's own verdict ends a submission.
 */
import type { Pool } from 'undici';

import { isUnderEndpoint, parseEndpoint } from '../../chain/authority.ts';
import { systemClock } from '../clock.ts';
import { noVerdict, readAnswer, type Response } from './answer.ts';
import { CONCURRENCY_MAX, QUESTION_TIMEOUT_MS } from './limits.ts';
import { AddressError, Pools, type PoolsPorts, resolveBySystem } from './pools.ts';
import type { Answer, Question } from './question.ts';

/** How questions are asked. */
export interface AuthorityClientOptions {
  /** Time for one question, from resolving to the last byte. Default: 10 s. */
  readonly timeoutMs?: number;
  /** Connections at a time to one origin. Default: 64. */
  readonly connectionCountMax?: number;
  /** PEM of the certificate authorities to trust in place of the system's. */
  readonly ca?: string;
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

/** Asks one question at a time, each once. */
export class AuthorityClient {
  readonly #timeoutMs: number;
  readonly #pools: Pools;
  readonly #brokenOff = new AbortController();

  constructor(options: AuthorityClientOptions = {}, ports: Partial<PoolsPorts> = {}) {
    this.#timeoutMs = options.timeoutMs ?? QUESTION_TIMEOUT_MS;
    this.#pools = new Pools(
      {
        timeoutMs: this.#timeoutMs,
        connectionCountMax: options.connectionCountMax ?? CONCURRENCY_MAX,
        ca: options.ca,
      },
      { clock: systemClock, resolve: resolveBySystem, ...ports },
    );
  }

  /** Resolves to the authority's verdict, or to why there is none. Rejects only by a mistake of ours. */
  async ask(question: Question): Promise<Answer> {
    const url = findTarget(question);
    if (url === undefined) {
      return noVerdict(
        'ERR_ENDPOINT',
        'the URL lies outside the prefixes pinned for its authority',
      );
    }
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), this.#timeoutMs);
    try {
      const pool = await this.#pools.find(url, question.authority.allowPrivate);
      const signal = AbortSignal.any([aborter.signal, this.#brokenOff.signal]);
      const response = await post(pool, { url, body: question.body }, signal);
      return 'type' in response ? response : await readAnswer(response, question);
    } catch (error) {
      if (error instanceof AddressError) return noVerdict('ERR_AUTHORITY_ADDRESS', error.message);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Breaks off all questions under way: what they bring then tells nothing about an authority. */
  breakOff(): void {
    this.#brokenOff.abort();
  }

  /** Whether questions were broken off. */
  get isBrokenOff(): boolean {
    return this.#brokenOff.signal.aborted;
  }

  /** Closes all connections once their questions are answered. Ask nothing afterwards. */
  close(): Promise<void> {
    return this.#pools.close();
  }
}

/** The second look at what intake has checked: a request must not go where no registry sends it. */
function findTarget({ authority, url }: Question): URL | undefined {
  const pinned = url === authority.legacyEndpoint || isUnderEndpoint(authority, url);
  return pinned ? parseEndpoint(url) : undefined;
}

interface Post {
  readonly url: URL;
  readonly body: Question['body'];
}

/** Resolves to the whole response, whatever its status: read to its end, the connection serves again. */
async function post(
  pool: Pool,
  { url, body }: Post,
  signal: AbortSignal,
): Promise<Response | Answer> {
  const request = { path: url.pathname, body: JSON.stringify(body), headers: HEADERS, signal };
  try {
    const response = await pool.request({ ...request, method: 'POST' });
    const encoding = response.headers['content-encoding']?.toString().toLowerCase();
    return { status: response.statusCode, encoding, body: await response.body.bytes() };
  } catch (error) {
    return signal.aborted ? tooSlow() : explainFailure(error);
  }
}

function tooSlow(): Answer {
  return noVerdict('ERR_AUTHORITY_TIMEOUT', 'the authority did not answer in time');
}

/** undici's errors for what is no whole HTTP response within the limits. */
const MALFORMED_ERRORS: ReadonlySet<string> = new Set([
  'HTTPParserError',
  'HeadersOverflowError',
  'ResponseContentLengthMismatchError',
]);

/** Only the code of an error is told: its message may hold addresses, or what the peer sent. */
function explainFailure(error: unknown): Answer {
  const name = error instanceof Error ? error.name : '';
  if (name === 'ConnectTimeoutError') return tooSlow();
  if (name === 'ResponseExceededMaxSizeError') {
    return noVerdict('ERR_AUTHORITY_ANSWER', 'the answer is larger than 64 KiB');
  }
  if (MALFORMED_ERRORS.has(name)) {
    return noVerdict('ERR_AUTHORITY_ANSWER', `the answer is not HTTP/1.1 (${name})`);
  }
  return noVerdict(
    'ERR_AUTHORITY_UNREACHABLE',
    `no connection to the authority (${codeOf(error)})`,
  );
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'no code';
}
