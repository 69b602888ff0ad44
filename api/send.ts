/** Sends an answer, with the headers that every answer has. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Answer } from './route.ts';

/** How an answer is sent. */
export interface Sending {
  /** Whether pages of any site may read it. */
  readonly open: boolean;
  /** Whether the connection closes after it. */
  readonly last: boolean;
}

/** For every answer, in the flat form that costs `writeHead` least. */
const SECURITY_HEADERS: readonly string[] = [
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'no-referrer',
];
/** For an answer without a policy of its own: nothing runs in it. */
const STRICTEST_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const OPEN_HEADERS: readonly string[] = [
  'Access-Control-Allow-Origin',
  '*',
  'Access-Control-Expose-Headers',
  'ETag, Retry-After',
];
const NOT_CACHED = { 'Cache-Control': 'no-store' };

/** Sends the answer; returns the status that was sent: 304 where the client has it already. */
export function sendAnswer(
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
  answer: Answer,
  { open, last }: Sending,
): number {
  const known = answer.etag !== undefined && hasTag(req.headers['if-none-match'], answer.etag);
  const status = known ? 304 : answer.status;
  const body = known ? '' : answer.body;
  const headers = ['Content-Security-Policy', answer.policy ?? STRICTEST_POLICY];
  headers.push(...SECURITY_HEADERS);
  if (open) headers.push(...OPEN_HEADERS);
  if (last) headers.push('Connection', 'close');
  pushOwnHeaders(headers, answer);
  if (answer.stream !== undefined) {
    res.writeHead(status, [...headers, 'Content-Type', answer.contentType]);
    if (req.method === 'HEAD') res.end();
    answer.stream(res);
  } else if (body === '') {
    res.writeHead(status, headers).end();
  } else {
    headers.push('Content-Type', answer.contentType);
    headers.push('Content-Length', String(Buffer.byteLength(body)));
    res.writeHead(status, headers).end(body);
  }
  return status;
}

function pushOwnHeaders(headers: string[], answer: Answer): void {
  if (answer.etag !== undefined) headers.push('ETag', `"${answer.etag}"`);
  for (const [name, value] of Object.entries(answer.headers ?? NOT_CACHED))
    headers.push(name, value);
}

function hasTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(`"${etag}"`);
}
