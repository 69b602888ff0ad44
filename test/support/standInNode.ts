/** A server in a node's place: it answers what a test wants it to, so that liars can be tried. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** An answer. */
export interface StandInAnswer {
  readonly status?: number;
  readonly body: string | Uint8Array;
}

/** What it answers, by the beginning of a path; 404 for others. */
export type StandInRoutes = Readonly<
  Record<string, (body: Uint8Array) => StandInAnswer | Promise<StandInAnswer>>
>;

/** A server that runs until it is stopped. */
export class StandInNode {
  readonly url: string;
  routes: StandInRoutes = {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      void buffer(request).then(async (body) => {
        const path = Object.keys(this.routes).find((each) => request.url?.startsWith(each));
        const answer = path === undefined ? undefined : await this.routes[path]?.(body);
        response.writeHead(answer?.status ?? (answer === undefined ? 404 : 200));
        response.end(answer?.body ?? '{"detail":"nothing has this name here"}');
      });
    });
  }

  /** Starts it on a port that is free. */
  static async start(): Promise<StandInNode> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new StandInNode(server);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
