/** A witness on a free port of loopback, whose answers a test gives. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a stand-in answers; what it does not answer stays open. */
export interface StandInReply {
  readonly status: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A question as it came. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
}

/** Listens until it is stopped. */
export class StandInWitness {
  readonly asked: Asked[] = [];
  /** Returns the answer; undefined: none is given. */
  answer: (asked: Asked) => StandInReply | undefined = () => ({ status: 404 });
  readonly #server = createServer((request, response) => {
    void this.#take(request, response);
  });

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = new Uint8Array(
      Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)),
    );
    const asked = { method: request.method ?? '', path: request.url ?? '', body };
    this.asked.push(asked);
    const reply = this.answer(asked);
    if (reply === undefined) return;
    const { status, contentType = 'text/plain', headers } = reply;
    response.writeHead(status, { 'content-type': contentType, ...headers });
    response.end(reply.body ?? '');
  }
}
