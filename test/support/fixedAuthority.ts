/** A manufacturer authority at an address that certificates made elsewhere name; it passes everything. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

/** A question as it came. */
export interface FixedQuestion {
  readonly url: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An authority that listens. */
export interface FixedAuthority {
  readonly questions: readonly FixedQuestion[];
  stop(): Promise<void>;
}

/** Listens on a port of this machine; rejects with what to do where it is busy. */
export async function startFixedAuthority(port: number): Promise<FixedAuthority> {
  const questions: FixedQuestion[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const body = (await json(request)) as FixedQuestion['body'];
    questions.push({ url: `${method} http://${headers.host ?? ''}${url}`, body });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ valid: true, message: 'authenticated' }));
  };
  const server = createServer((request, response) => void take(request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((cause: unknown) => {
    const message = `port ${port} is busy: the captured certificate names it, so end what listens there`;
    throw new Error(message, { cause });
  });
  return {
    questions,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
