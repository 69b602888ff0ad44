/**
 * One request to an authority and what came of it, as a handler of undici's dispatch.
 *
 * undici's `request` makes a stream, an abort signal and an async resource for each, which cost more than
 * the rest of a question. An answer is small: its parts are kept as they come, and joined at its end.
 */
import type { Dispatcher } from 'undici';

import { noVerdict, type Response } from './answer.ts';
import type { Answer } from './question.ts';

type Controller = Dispatcher.DispatchController;
type Headers = Parameters<Required<Dispatcher.DispatchHandler>['onResponseStart']>[2];

/** What is posted. */
export interface Post {
  readonly path: string;
  readonly body: string;
}

const HEADERS = ['content-type', 'application/json', 'accept', 'application/json'];

/** A post under way. What comes first ends it: a response, a failure, or a cut. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #outcome = Promise.withResolvers<Response | Answer>();
  readonly #chunks: Uint8Array[] = [];
  #status = 0;
  #encoding: string | undefined;
  /** Undefined while the post waits for a connection. */
  #controller: Controller | undefined;
  #isCut = false;

  /** Posts, once. Resolves to the whole response, whatever its status, or to why there is none. */
  post(dispatcher: Dispatcher, { path, body }: Post): Promise<Response | Answer> {
    if (!this.#isCut) dispatcher.dispatch({ method: 'POST', path, headers: HEADERS, body }, this);
    return this.#outcome.promise;
  }

  /** Ends the exchange at once, wherever it stands. Its connection is closed, if it has one. */
  cut(): void {
    this.#isCut = true;
    this.#outcome.resolve(tooSlow());
    this.#controller?.abort(new Error('the exchange is cut'));
  }

  /** Called when a connection has taken the post. */
  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    // Nobody waits for its answer any more.
    if (this.#isCut) this.cut();
  }

  /** Called for the head of the response, and before it for each that only announces it (1xx). */
  onResponseStart(_controller: Controller, status: number, headers: Headers): void {
    this.#status = status;
    this.#encoding = headers['content-encoding']?.toString().toLowerCase();
  }

  /** Called for each part of the body. The pool limits the size of the whole. */
  onResponseData(_controller: Controller, chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  /** Called at the end of the response: read to there, the connection serves again. */
  onResponseEnd(): void {
    const body = joined(this.#chunks);
    this.#outcome.resolve({ status: this.#status, encoding: this.#encoding, body });
  }

  /** Called in place of an end. */
  onResponseError(_controller: Controller, error: Error): void {
    this.#outcome.resolve(explainFailure(error));
  }
}

/** Most answers are one chunk, which need not be copied. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
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
