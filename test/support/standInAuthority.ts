/**
 * A manufacturer authority for tests: a real HTTP server on loopback that answers as it is told, well or
 * badly, and keeps what it was asked.
 */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

import { formatBase64, parseBase64, parseHex } from '../../chain/bytes.ts';
import { parseCertificateBytes } from '../../chain/certificate/certificate.ts';
import { createSigner } from '../../chain/signature.ts';
import { type Verdict, signVerdict } from '../../chain/verdict.ts';
import { sha256 } from '#crypto';

/** What the authority was asked. */
export interface ReceivedQuestion {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How the authority answers one question. */
export type Behaviour = (question: ReceivedQuestion, response: http.ServerResponse) => void;

/** Answers with JSON, whatever it says. */
export function answersJson(body: unknown, status = 200): Behaviour {
  return answersText(JSON.stringify(body), { status, type: 'application/json' });
}

/** Answers with any text. */
export function answersText(
  text: string,
  { status = 200, type = 'text/html' }: { readonly status?: number; readonly type?: string } = {},
): Behaviour {
  return (_question, response) => {
    response.writeHead(status, { 'content-type': type }).end(text);
  };
}

/** Says that the camera is valid. */
export const passes: Behaviour = answersJson({ valid: true, message: 'authenticated' });

/** Says that the camera is not valid. */
export function refuses(message = 'camera is not known'): Behaviour {
  return answersJson({ valid: false, message });
}

/** Sends the asker elsewhere. */
export function redirectsTo(location: string, status = 307): Behaviour {
  return (_question, response) => {
    response.writeHead(status, { location }).end();
  };
}

/** Passes, in bytes that are packed in the encoding. */
export function answersPacked(encoding: string, pack = gzipSync, text?: string): Behaviour {
  return (_question, response) => {
    const body = pack(text ?? JSON.stringify({ valid: true, message: 'authenticated' }));
    response.writeHead(200, { 'content-encoding': encoding }).end(body);
  };
}

/** Begins a good answer and sends a byte now and then, without an end. */
export const trickles: Behaviour = (_question, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"valid":true,"message":"');
  const interval = setInterval(() => response.write('.'), 5);
  response.once('close', () => clearInterval(interval));
};

/** Breaks the connection without an answer. */
export const resets: Behaviour = (_question, response) => {
  response.socket?.resetAndDestroy();
};

/** Never answers. */
export const isSilent: Behaviour = () => undefined;

/** Signs what it was asked about, as the reference authority does. */
export interface SigningOptions {
  readonly seed: Uint8Array;
  readonly valid?: boolean;
  /** Replaces fields of what is signed: a verdict about something else. */
  readonly wrong?: Partial<Verdict>;
}

const ISSUED_AT = 1_800_000_000;

/** Answers with a signed verdict on the question. */
export function signs({ seed, valid = true, wrong = {} }: SigningOptions): Behaviour {
  return (question, response) => {
    const issuedAt = ISSUED_AT;
    const verdict = { ...subjectOf(question.body), valid, issuedAt, ...wrong };
    const signature = formatBase64(signVerdict(verdict, createSigner(seed)));
    const answer = { valid, message: 'judged', verdict: { issued_at: issuedAt, signature } };
    answersJson(answer)(question, response);
  };
}

function subjectOf(
  body: Readonly<Record<string, unknown>>,
): Pick<Verdict, 'chainId' | 'subject' | 'imageHash'> {
  const text = (name: string): string => String(body[name]);
  const subject =
    'ciphertext' in body
      ? parseHex(text('ciphertext'))
      : parseCertificateBytes(parseBase64(text('camera_cert')));
  const chainId = parseHex(text('chain_id'));
  return { chainId, subject: sha256(subject), imageHash: parseHex(text('image_hash')) };
}

/** Where and how the server listens. */
export interface StandInOptions {
  readonly host?: string;
  /** Makes it HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A running stand-in; `behaviour` may be changed at any time. */
export class StandInAuthority {
  behaviour: Behaviour = passes;
  readonly questions: ReceivedQuestion[] = [];
  /** Connections taken since the beginning. */
  connectionCount = 0;
  readonly #options: StandInOptions;
  readonly #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  #server: http.Server | undefined;
  #port = 0;

  constructor(options: StandInOptions = {}) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  get origin(): string {
    const host = this.#options.host ?? '127.0.0.1';
    const scheme = this.#options.tls === undefined ? 'http' : 'https';
    return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${this.#port}`;
  }

  /** An endpoint as a certificate would name it. */
  get url(): string {
    return `${this.origin}/validate-cert`;
  }

  /** Listens; after a stop, on the same port again. */
  async start(): Promise<void> {
    const listener: http.RequestListener = (request, response) => {
      void this.#take(request, response);
    };
    const { tls, host = '127.0.0.1' } = this.#options;
    const server =
      tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
    server.on('connection', () => (this.connectionCount += 1));
    server.listen(this.#port, host);
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Breaks every connection and listens no more. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Resolves once it has been asked so many questions. */
  waitForQuestions(count: number): Promise<void> {
    if (this.questions.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ count, resolve });
    });
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const body = (await json(request)) as ReceivedQuestion['body'];
    const question = { method, path, headers, body };
    this.questions.push(question);
    this.behaviour(question, response);
    for (const { count, resolve } of this.#waiters) if (this.questions.length >= count) resolve();
  }
}
