/**
 * How the camera speaks to a node.
 *
 * It retries what may pass by itself: no connection, no answer in time, 5xx, and 429 after the time that
 * the node names. It never retries another 4xx: the node has read the submission and will refuse it again.
 */
import { z } from 'zod';

import { parseHex } from '../../chain/bytes.ts';
import { CameraError } from './errors.ts';
import type { SubmissionBody } from './sign.ts';
import type { CameraWorld } from './world.ts';

/** Attempts at one request before the camera gives up for now. */
const ATTEMPT_COUNT_MAX = 6;
/** Wait after the first failed attempt; it doubles with each. */
const BACKOFF_MS = 2_000;
/** Longest wait; a node that asks for a longer one with Retry-After is left alone for now. */
const BACKOFF_MS_MAX = 60_000;
/** How long one answer may take. */
const ANSWER_TIMEOUT_MS = 15_000;
/** How long the node is asked to hold a question about a receipt. */
const LONG_POLL_S = 30;
/** Pause before asking again when nothing changed: a node may not hold the question. */
const POLL_PAUSE_MS = 1_000;
/** Size of an answer. */
const ANSWER_BYTES_MAX = 262_144;

/** What became of a submission when it was sent. */
export type SubmitOutcome =
  | { readonly type: 'accepted'; readonly receiptId: string; readonly answer: unknown }
  | { readonly type: 'refused'; readonly problem: unknown };

/** What became of a submission in the end. `lost`: the node knows no such receipt. */
export interface FinalOutcome {
  readonly type: 'committed' | 'rejected' | 'lost';
  readonly answer: unknown;
}

/** A node, as a camera sees it. All reject with ERR_NODE_UNREACHABLE or ERR_NODE_ANSWER. */
export interface NodeClient {
  /** Resolves if the node is alive. */
  checkHealth(): Promise<void>;
  /** Resolves to the 32 bytes that a v2 signature names. */
  fetchChainId(): Promise<Uint8Array>;
  submit(body: SubmissionBody): Promise<SubmitOutcome>;
  /** Resolves when the submission is committed or rejected. `onChange` hears each state. */
  waitForEnd(receiptId: string, onChange: (state: string) => void): Promise<FinalOutcome>;
}

/** Where the node is. */
export interface NodeOptions {
  /** Base URL. */
  readonly url: string;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

interface Reply {
  readonly status: number;
  readonly json: unknown;
}

const receiptSchema = z.object({ receipt_id: z.string().min(1) });
const stateSchema = z.object({ state: z.string() });
const statusSchema = z.object({ chain_id: z.string().regex(/^[0-9a-f]{64}$/) });

/** Returns a client of the node. Throws ERR_OPTION if the URL is none. */
export function createNodeClient(options: NodeOptions, world: CameraWorld): NodeClient {
  const base = parseBase(options.url);
  const ask = (place: string, init: RequestInit, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Reply> =>
    askPatiently({ url: new URL(place, base), init, timeoutMs, signal: options.signal }, world);
  return {
    async checkHealth() {
      const { status } = await ask('health', {});
      if (status !== 200) throw unexpected(base, `GET /health answered ${status}`);
    },
    async fetchChainId() {
      const { status, json } = await ask('api/v1/status', {});
      const parsed = statusSchema.safeParse(json);
      if (status === 200 && parsed.success) return parseHex(parsed.data.chain_id);
      throw unexpected(base, `GET /api/v1/status answered ${status} without a chain_id`);
    },
    async submit(body) {
      const reply = await ask('api/v1/submit-cert', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return readOutcome(reply, base);
    },
    async waitForEnd(receiptId, onChange) {
      const place = `api/v1/submission/${encodeURIComponent(receiptId)}?wait=${LONG_POLL_S}`;
      const timeoutMs = ANSWER_TIMEOUT_MS + LONG_POLL_S * 1_000;
      let last: string | undefined;
      for (;;) {
        const reply = await ask(place, {}, timeoutMs);
        if (reply.status === 404) return { type: 'lost', answer: reply.json };
        const state = readState(reply, base);
        if (state !== last) onChange(state);
        if (state === 'committed' || state === 'rejected') {
          return { type: state, answer: reply.json };
        }
        if (state === last) await world.delay(POLL_PAUSE_MS, options.signal);
        last = state;
      }
    },
  };
}

function parseBase(url: string): string {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (base?.protocol !== 'http:' && base?.protocol !== 'https:') {
    throw new CameraError('ERR_OPTION', 'the node must be given as http://HOST:PORT');
  }
  return base.href.endsWith('/') ? base.href : `${base.href}/`;
}

function readOutcome({ status, json }: Reply, base: string): SubmitOutcome {
  if (status >= 400) return { type: 'refused', problem: json ?? { status } };
  const receipt = receiptSchema.safeParse(json);
  if ((status === 200 || status === 202) && receipt.success) {
    return { type: 'accepted', receiptId: receipt.data.receipt_id, answer: json };
  }
  throw unexpected(base, `POST /api/v1/submit-cert answered ${status} without a receipt`);
}

function readState({ status, json }: Reply, base: string): string {
  const receipt = stateSchema.safeParse(json);
  if (status === 200 && receipt.success) return receipt.data.state;
  throw unexpected(base, `GET /api/v1/submission answered ${status} without a state`);
}

function unexpected(base: string, what: string): CameraError {
  return new CameraError('ERR_NODE_ANSWER', `${what}; is ${base} a Birthmark node?`);
}

interface Request {
  readonly url: URL;
  readonly init: RequestInit;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Why an attempt brought no answer that counts, and what the node asks to wait. */
interface Failure {
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Asks until there is an answer that counts, or it is time to give up with ERR_NODE_UNREACHABLE. */
async function askPatiently(request: Request, world: CameraWorld): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    const result = await askOnce(request, world);
    if ('status' in result) return result;
    const backoffMs = Math.min(BACKOFF_MS * 2 ** (attempt - 1), BACKOFF_MS_MAX);
    const waitMs = result.retryAfterMs ?? backoffMs;
    if (attempt === ATTEMPT_COUNT_MAX || waitMs > BACKOFF_MS_MAX) {
      throw unreachable(request.url, result, attempt);
    }
    world.out(`${result.reason}; trying again in ${Math.ceil(waitMs / 1_000)} s`);
    await world.delay(waitMs, request.signal);
  }
}

async function askOnce(request: Request, world: CameraWorld): Promise<Reply | Failure> {
  const signal = AbortSignal.any([request.signal, world.timeout(request.timeoutMs)]);
  request.signal.throwIfAborted();
  try {
    const response = await world.fetch(request.url, {
      ...request.init,
      signal,
      redirect: 'manual',
    });
    const text = await readText(response);
    const { status } = response;
    if (status !== 429 && status < 500) return { status, json: parseJson(text) };
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), world.clock());
    return { reason: `the node answered ${status}`, retryAfterMs };
  } catch (cause) {
    request.signal.throwIfAborted();
    if (cause instanceof CameraError) throw cause;
    return { reason: signal.aborted ? 'the node did not answer in time' : 'no connection', cause };
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) {
      throw new CameraError(
        'ERR_NODE_ANSWER',
        `the answer is larger than ${ANSWER_BYTES_MAX} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The JSON of an answer; undefined if it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Retry-After as milliseconds from now: whole seconds or a date (RFC 9110, section 10.2.3). */
function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1_000;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

function unreachable({ origin }: URL, failure: Failure, attemptCount: number): CameraError {
  const { reason, retryAfterMs, cause } = failure;
  const when = retryAfterMs === undefined ? '' : ` in ${Math.ceil(retryAfterMs / 1_000)} s`;
  return new CameraError(
    'ERR_NODE_UNREACHABLE',
    `${reason} at ${origin}, attempts: ${attemptCount}; what is queued stays queued: when the node ` +
      `answers, run this again${when}`,
    { cause },
  );
}
