/** How the demonstration asks several nodes; they are servers of this test, which say what it wants. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { DemoError, type Json } from '../../../scripts/demo/children.ts';
import { agree, type DemoNode, heightOf, waitUntilDown } from '../../../scripts/demo/network.ts';

const HASH = 'ab'.repeat(32);
const FOUND = { verified: true, verdict: 'registered_original', image_hash: HASH, block_height: 2 };

describe('the nodes of the demonstration', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** Starts a node that gives these answers in turn, and then the last one for ever. */
  const nodeThatSays = async (...answers: readonly Json[]): Promise<DemoNode> => {
    let asked = 0;
    const server = createServer((_request, response) => {
      response.end(JSON.stringify(answers[Math.min(asked++, answers.length - 1)]));
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { name: `v${servers.length}`, dir: '', api: `http://127.0.0.1:${port}`, pid: 0 };
  };

  it('agree where all say the same', async () => {
    const nodes = [await nodeThatSays(FOUND), await nodeThatSays(FOUND)];

    expect(await agree(nodes, HASH)).to.deep.equal(FOUND);
  });

  it('agree where they differ in what tells of the node only', async () => {
    const nodes = [
      await nodeThatSays({ ...FOUND, as_of: { height: 2 } }),
      await nodeThatSays({ ...FOUND, as_of: { height: 3 } }),
    ];

    expect(await agree(nodes, HASH)).to.include({ block_height: 2 });
  });

  it('are waited for where one does not know a photograph yet', async () => {
    const pending = { verified: false, verdict: 'not_found', image_hash: HASH };
    const nodes = [await nodeThatSays(FOUND), await nodeThatSays(pending, pending, FOUND)];

    expect(await agree(nodes, HASH)).to.deep.equal(FOUND);
  });

  for (const [name, value] of [
    ['block_height', 3],
    ['verdict', 'declared_edit'],
    ['tx_hash', 'cd'.repeat(32)],
  ] as const) {
    it(`contradict each other where one says another ${name}`, async () => {
      const nodes = [await nodeThatSays(FOUND), await nodeThatSays({ ...FOUND, [name]: value })];
      const refusal: unknown = await agree(nodes, HASH).catch((error: unknown) => error);

      expect(refusal).to.be.instanceOf(DemoError);
      expect(String(refusal)).to.match(new RegExp(`v1, v2 contradict .* v2 differs in ${name}$`));
    });
  }

  it('do not agree on another photograph than was asked for', async () => {
    const nodes = [await nodeThatSays(FOUND)];
    const refusal: unknown = await agree(nodes, 'cd'.repeat(32)).catch((error: unknown) => error);

    expect(String(refusal)).to.match(/no answer is about cdcd/);
  });

  it('are down when they do not answer', async () => {
    const node = await nodeThatSays({ status: 'ok' });
    const [server] = servers;
    server?.closeAllConnections();
    server?.close();
    await waitUntilDown(node);

    expect(await heightOf(node)).to.be.NaN;
  });

  it('tell their height', async () => {
    expect(await heightOf(await nodeThatSays({ block_height: 7 }))).to.equal(7);
  });
});
