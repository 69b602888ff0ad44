import { expect } from 'chai';

import { expectProblem, jsonOf, startAdminApi, startApi, stopAll } from './client.ts';

const RETRY = '/admin/v1/authorities/maker/retry';
const LEVEL = '/admin/v1/log-level';

describe('the admin address', () => {
  afterEach(stopAll);

  it('asks an authority again', async () => {
    const { post } = await startAdminApi();

    const body = await jsonOf(await post(RETRY, ''));

    expect(body).to.deep.equal({ authority: 'maker', asked: 3 });
  });

  it('knows no authority that is not in the registry', async () => {
    const { post } = await startAdminApi();

    const response = await post('/admin/v1/authorities/%3Cscript%3E/retry', '');

    const detail = await expectProblem(response, 404, 'ERR_NOT_FOUND');
    expect(detail).not.to.include('script');
  });

  for (const level of ['error', 'warn', 'info', 'debug']) {
    it(`sets the log level ${level}`, async () => {
      const { ports, get } = await startAdminApi();
      const body = JSON.stringify({ level });

      const response = await get(LEVEL, { method: 'PUT', body });

      expect(await jsonOf(response)).to.deep.equal({ level });
      expect(ports.logLevels).to.deep.equal([level]);
    });
  }

  const refused = [
    ['{"level":"trace"}', 'ERR_FIELD'],
    ['{"level":null}', 'ERR_FIELD'],
    ['[]', 'ERR_FIELD'],
    ['level', 'ERR_JSON'],
  ] as const;
  for (const [body, code] of refused) {
    it(`refuses ${body} as ${code}`, async () => {
      const { ports, get } = await startAdminApi();

      await expectProblem(await get(LEVEL, { method: 'PUT', body }), 400, code);

      expect(ports.logLevels).to.deep.equal([]);
    });
  }

  it('refuses whatever a page in a browser asks', async () => {
    const { ports, get, post } = await startAdminApi();
    const headers = { Origin: 'http://localhost:3000' };

    await expectProblem(await post(RETRY, '', { headers }), 403, 'ERR_ORIGIN');
    const put = await get(LEVEL, { method: 'PUT', body: '{"level":"debug"}', headers });
    await expectProblem(put, 403, 'ERR_ORIGIN');

    expect(ports.logLevels).to.deep.equal([]);
  });

  it('grants no page a preflight', async () => {
    const { get } = await startAdminApi();

    const response = await get(LEVEL, { method: 'OPTIONS' });

    expect(response.status).to.equal(204);
    expect(response.headers.get('access-control-allow-origin')).to.equal(null);
    expect(response.headers.get('access-control-allow-methods')).to.equal(null);
  });

  it('has none of the other routes, nor have they any of its own', async () => {
    const admin = await startAdminApi();
    const api = await startApi();

    await expectProblem(await admin.get('/api/v1/status'), 404, 'ERR_NOT_FOUND');
    await expectProblem(await api.post(RETRY, ''), 404, 'ERR_NOT_FOUND');
  });
});
