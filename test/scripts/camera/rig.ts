/** A camera's world under control, and a node that answers from a script, for tests. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { createCaPem, openCa } from '../../../scripts/authority/ca.ts';
import { issueDevice } from '../../../scripts/authority/deviceCertificate.ts';
import { formatPem } from '../../../scripts/authority/pem.ts';
import type { CameraWorld } from '../../../scripts/camera/world.ts';

/** The time of every test, Unix milliseconds. */
export const NOW_MS = 1_795_224_915_678;
/** The chain of every test. */
export const CHAIN_ID = 'cd'.repeat(32);

/** What the scripted node does with one request. */
export type Act =
  | {
      readonly status: number;
      readonly json?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'reset'
  | 'hang';

/** A request as the node saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** A node under control. */
export interface ScriptedNode {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** Emitted to whoever waits for the next request that hangs. */
  readonly hung: EventTarget;
  stop(): Promise<void>;
}

/** Starts a node that answers as `act` says. */
export async function startNode(act: (seen: Seen) => Act): Promise<ScriptedNode> {
  const seen: Seen[] = [];
  const hung = new EventTarget();
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    const now = { method, path: url, body: await text(request) };
    seen.push(now);
    const what = act(now);
    if (what === 'reset') request.socket.destroy();
    else if (what === 'hang') hung.dispatchEvent(new Event('hung'));
    else response.writeHead(what.status, what.headers).end(JSON.stringify(what.json ?? {}));
  };
  const server = createServer((request, response) => void respond(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    seen,
    hung,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Returns an act that plays a list, and then answers 500. */
export function play(...acts: readonly Act[]): () => Act {
  const left = [...acts];
  return () => left.shift() ?? { status: 500, json: { code: 'END_OF_SCRIPT' } };
}

/** A world whose delays pass at once and are written down. */
export interface TestWorld extends CameraWorld {
  readonly delays: readonly number[];
  readonly lines: readonly string[];
}

/** Returns such a world; `change` replaces parts of it. */
export function createTestWorld(change: Partial<CameraWorld> = {}): TestWorld {
  const delays: number[] = [];
  const lines: string[] = [];
  let drawn = 0;
  return {
    fetch: globalThis.fetch,
    clock: () => NOW_MS,
    delay: async (ms, signal) => {
      delays.push(ms);
      signal.throwIfAborted();
    },
    timeout: () => new AbortController().signal,
    randomBytes: (size) => new Uint8Array(size).fill(++drawn),
    out: (line) => lines.push(line),
    delays,
    lines,
    ...change,
  };
}

/** A signal that never aborts. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

/** Resolves to a provision answer as JSON text, of a CA made for the occasion. */
export async function createProvisionAnswer(): Promise<string> {
  const nowS = Math.floor(NOW_MS / 1_000);
  const ca = await openCa(await createCaPem({ id: 'maker', name: 'Maker' }, nowS));
  const birthmark = {
    manufacturerId: 'maker',
    endpoint: 'http://localhost:8001/validate-cert',
    encryptedNuc: new Uint8Array(60),
    keyTableId: 1,
    keyIndex: 2,
    deviceFamily: 'F',
  };
  const identity = { serial: 'CAM-SECRET', organization: 'Maker', birthmark };
  const issued = await issueDevice(ca, identity, { nowS, encoding: 'raw' });
  return JSON.stringify({
    device_serial: 'CAM-SECRET',
    device_certificate: formatPem('CERTIFICATE', issued.certificateDer),
    device_private_key: formatPem('PRIVATE KEY', issued.privateKeyDer),
  });
}
