import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { createApp } from '../../api/app.ts';
import type { Answer, Route } from '../../api/route.ts';
import { formatHex } from '../../chain/bytes.ts';
import { bytesOf } from '../support/memoryLedger.ts';
import { exchangeRaw, startApi, stopAll } from './client.ts';

const BROKEN: Answer = {
  status: 200,
  contentType: 'text/plain',
  body: 'never sent',
  headers: { 'X-Broken': 'two\nlines' },
};
const ROUTE: Route = { method: 'GET', path: '/broken', open: true, answer: () => BROKEN };

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('an answer that cannot be sent', () => {
  it('is told to the node, and to the client as a status alone', async () => {
    const faults: unknown[] = [];
    const app = createApp(
      [ROUTE],
      {},
      {
        stopping: new AbortController().signal,
        onResponse: () => undefined,
        onFault: (error) => faults.push(error),
      },
    );
    const answer = app.callback();
    const server = createServer((request, response) => void answer(request, response));
    const url = await listen(server);

    const response = await fetch(`${url}/broken`);

    expect(response.status).to.equal(500);
    expect(await response.text()).to.equal('Internal Server Error');
    expect(faults).to.have.lengthOf(1);
    server.close();
    server.closeAllConnections();
  });
});

describe('requests that arrive together', () => {
  afterEach(stopAll);

  it('are answered in their order', async () => {
    const { port } = await startApi();
    const names = [1, 2, 3].map((n) => formatHex(bytesOf(n)));
    const requests = names.map(
      (name, i) =>
        `GET /api/v1/verify/${name} HTTP/1.1\r\nHost: a\r\n` +
        (i === names.length - 1 ? 'Connection: close\r\n\r\n' : '\r\n'),
    );

    const answers = await exchangeRaw(port, requests.join(''));

    expect(answers.match(/"image_hash":"\w+"/g)).to.deep.equal(
      names.map((name) => `"image_hash":"${name}"`),
    );
  });

  it('are each counted', async () => {
    const { ports, get } = await startApi();

    await Promise.all(Array.from({ length: 20 }, () => get('/health')));

    expect(ports.responses).to.have.lengthOf(20);
  });
});
