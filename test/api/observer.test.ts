/** The interface of a node that takes nothing in. */
import { expect } from 'chai';

import { createApi } from '../../api/server.ts';
import { statusSchema } from '../../api/schemas/node.ts';
import { createMemoryPorts } from '../support/memoryPorts.ts';
import { expectProblem, submissionWith } from './client.ts';

describe('the interface of an observer', () => {
  const ports = createMemoryPorts();
  ports.node.status = { ...ports.node.status, observer: true, following: ['alpha'] };
  const api = createApi({ host: '127.0.0.1', port: 0 }, { ...ports, intake: undefined });
  let url: URL;

  before(async () => {
    const { port } = await api.start();
    url = new URL(`http://127.0.0.1:${port}/api/v1/`);
  });
  after(() => api.stop());

  const post = (path: string, body: string): Promise<Response> =>
    fetch(new URL(path, url), { method: 'POST', body });

  for (const [what, path, body] of [
    ['a submission', 'submit-cert', JSON.stringify(submissionWith())],
    ['a list', 'submit-cert', JSON.stringify([submissionWith()])],
    ['what is no JSON, which it does not read', 'submit-cert', '{'],
    ['the legacy form, whatever the chain says of it', 'submit', '{}'],
  ] as const) {
    it(`refuses ${what}, naming the validators`, async () => {
      const detail = await expectProblem(await post(path, body), 403, 'ERR_OBSERVER');

      expect(detail).to.match(/takes no submissions .* ask the node of a validator: alpha/);
    });
  }

  it('has no receipts', async () => {
    const answer = await fetch(new URL('receipts/00000000-0000-4000-8000-000000000000', url));

    await expectProblem(answer, 403, 'ERR_OBSERVER');
  });

  it('answers about photographs; none is pending', async () => {
    const answer = await fetch(new URL(`verify/${'ab'.repeat(32)}`, url));

    expect(await answer.json()).to.include({ verified: false, verdict: 'not_found' });
  });

  it('names whom the node follows', async () => {
    const status = statusSchema.parse(await (await fetch(new URL('status', url))).json());

    expect(status).to.deep.include({ observer: true, following: ['alpha'] });
  });
});
