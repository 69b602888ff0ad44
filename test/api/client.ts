/** Starts an interface on a free loopback port, asks it over real HTTP, and stops it after each test. */
import { once } from 'node:events';
import { connect } from 'node:net';

import { expect } from 'chai';

import { problemSchema } from '../../api/schemas/problem.ts';
import { type ApiOptions, createAdminApi, createApi } from '../../api/server.ts';
import { createMemoryPorts, type MemoryPorts } from '../support/memoryPorts.ts';

/** A JSON object of which nothing is known yet. */
export type Json = Readonly<Record<string, unknown>>;

/** An interface under test. */
export interface Running {
  readonly ports: MemoryPorts;
  readonly url: string;
  readonly port: number;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  readonly post: (path: string, body: unknown, init?: RequestInit) => Promise<Response>;
  readonly stop: () => Promise<void>;
}

/** What a test sets of an interface. */
export interface Setting {
  readonly ports?: MemoryPorts;
  readonly options?: Partial<ApiOptions>;
  readonly create?: typeof createApi;
}

const running: Running[] = [];

/** Starts an interface for cameras, journalists and institutions. */
export async function startApi(setting: Setting = {}): Promise<Running> {
  const ports = setting.ports ?? createMemoryPorts();
  const options = { host: '127.0.0.1', port: 0, ...setting.options };
  const api = (setting.create ?? createApi)(options, ports);
  const { port } = await api.start();
  const url = `http://127.0.0.1:${port}`;
  const get: Running['get'] = (path, init) => fetch(url + path, init);
  const post: Running['post'] = (path, body, init) => {
    const text =
      typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    const headers = { 'Content-Type': 'application/json' };
    return fetch(url + path, { method: 'POST', body: text, headers, ...init });
  };
  const started = { ports, url, port, get, post, stop: () => api.stop() };
  running.push(started);
  return started;
}

/** Starts an interface for operators. */
export function startAdminApi(setting: Setting = {}): Promise<Running> {
  return startApi({ ...setting, create: createAdminApi });
}

/** Stops all that a test started. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((each) => each.stop()));
}

/** Resolves to an answer's body as an object. */
export async function jsonOf(response: Response): Promise<Json> {
  return (await response.json()) as Json;
}

/** Checks that an answer is a problem with this status and code, and resolves to its detail. */
export async function expectProblem(
  response: Response,
  status: number,
  code: string,
): Promise<string> {
  const body = problemSchema.parse(await response.json());
  expect(body).to.include({ status, code, type: `/docs#${code}` }, body.detail);
  expect(response.status).to.equal(status);
  expect(response.headers.get('content-type')).to.equal('application/problem+json');
  return body.detail;
}

/** Sends bytes as they are and resolves to all that comes back until the other side closes. */
export async function exchangeRaw(port: number, text: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.setEncoding('latin1');
  let received = '';
  socket.on('data', (chunk: string) => (received += chunk));
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return received;
}

/** A camera's submission that is well formed, with some fields set. */
export function submissionWith(fields: Json = {}): Json {
  return {
    image_hash: 'ab'.repeat(32),
    camera_cert: Buffer.from('a certificate').toString('base64'),
    software_cert: null,
    timestamp: 1_760_000_000,
    bundle_signature: DER_SIGNATURE,
    ...fields,
  };
}

/** A signature of the reference camera: strict DER of 71 bytes. */
export const DER_SIGNATURE =
  'MEUCIQCdFcFzU33uu1Uzp2SbfFCprrS895sAENU2e6s/eJ0vXAIgUyOJPTA7b4ZcWaDXX8wo/HUcWOnNRfgKzOHqAFHCiZk=';
