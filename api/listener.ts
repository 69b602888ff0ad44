/**
 * A listening HTTP or HTTPS server: limits of connections and times, and a stop that lets requests in
 * flight finish.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';

import { ApiError } from './errors.ts';
import {
  CONNECTION_COUNT_MAX,
  HEADER_BYTES_MAX,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  STOP_TIMEOUT_MS,
} from './limits.ts';
import { problemAnswer, problemOf } from './problem.ts';

/** Where and how to listen. */
export interface ListenOptions {
  /** Address or name; the port may be 0 for any free one. */
  readonly host: string;
  readonly port: number;
  /** PEM; without it the server speaks plain HTTP. */
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array };
  /** 2,000 by default. */
  readonly connectionCountMax?: number;
  /** Time in which the headers of a request must arrive; 10 s by default. */
  readonly headersTimeoutMs?: number;
  /** Time in which a whole request must arrive; 30 s by default. */
  readonly requestTimeoutMs?: number;
  /** Time for which a stop waits for requests in flight; 5 s by default. */
  readonly stopTimeoutMs?: number;
}

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A server that can be started once and stopped. */
export interface Listener {
  /** Rejects with the system's error (EADDRINUSE, EACCES) where it cannot listen. */
  start(): Promise<Address>;
  /** Resolves when nothing is open any more; may be called again, and before a start. */
  stop(): Promise<void>;
}

/** Answers one request. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Returns a server that does not listen yet. */
export function createListener(handler: RequestHandler, options: ListenOptions): Listener {
  const server = createHttpServer(handler, options);
  let stopped: Promise<void> | undefined;
  return {
    start: () => listen(server, options),
    stop: () => (stopped ??= close(server, options.stopTimeoutMs ?? STOP_TIMEOUT_MS)),
  };
}

function createHttpServer(handler: RequestHandler, options: ListenOptions): Server {
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const common = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
    requestTimeout,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: Math.ceil(Math.min(requestTimeout, HEADERS_TIMEOUT_MS) / 4),
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? createServer(common)
      : createTlsServer({
          ...common,
          minVersion: 'TLSv1.2',
          cert: Buffer.from(tls.cert),
          key: Buffer.from(tls.key),
        });
  server.maxConnections = options.connectionCountMax ?? CONNECTION_COUNT_MAX;
  server.on('clientError', refuseRequest);
  // A connection that was busy when the server stopped is idle after its answer.
  const closeIdle = (): void => {
    if (!server.listening) server.closeIdleConnections();
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    response.on('close', closeIdle);
    handler(request, response);
  });
  return server;
}

function listen(server: Server, { host, port }: ListenOptions): Promise<Address> {
  const { promise, resolve, reject } = Promise.withResolvers<Address>();
  server.once('error', reject);
  server.listen({ host, port }, () => {
    server.off('error', reject);
    const address = server.address();
    const chosen = typeof address === 'object' && address !== null ? address.port : port;
    resolve({ host, port: chosen });
  });
  return promise;
}

async function close(server: Server, timeoutMs: number): Promise<void> {
  if (!server.listening) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.close(() => resolve(undefined));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await promise;
  clearTimeout(timer);
}

/** Answers what the parser of HTTP refuses: no request comes of it, so the answer is written by hand. */
function refuseRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(refusalOf(error.code), () => undefined);
  const { body, contentType } = problemAnswer(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function refusalOf(code: string | undefined): ApiError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ApiError(
        'ERR_HEADERS_TOO_LARGE',
        `headers must be at most ${HEADER_BYTES_MAX} bytes`,
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError('ERR_TIMEOUT', 'the request did not arrive in time');
    default:
      return new ApiError('ERR_MALFORMED', 'the request is not HTTP/1.1');
  }
}
