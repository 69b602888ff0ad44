import { once } from 'node:events';
import { connect } from 'node:net';

import { expect } from 'chai';

import { createClientAddress } from '../../api/clientAddress.ts';
import { formatHex } from '../../chain/bytes.ts';
import { bytesOf, recordWith } from '../support/memoryLedger.ts';
import { exchangeRaw, expectProblem, jsonOf, startApi, stopAll, submissionWith } from './client.ts';

const VERIFY = `/api/v1/verify/${formatHex(bytesOf(1))}`;
const SUBMIT = '/api/v1/submit-cert';

describe('every answer', () => {
  afterEach(stopAll);

  it('forbids scripts, sniffing, framing and referrers', async () => {
    const { get, post } = await startApi();
    const answers = await Promise.all([
      get('/health'),
      get('/docs'),
      get('/nowhere'),
      get(VERIFY),
      post(SUBMIT, 'no JSON'),
      get(SUBMIT, { method: 'OPTIONS' }),
    ]);

    for (const { headers, url } of answers) {
      expect(headers.get('content-security-policy'), url)
        .to.include("default-src 'none'")
        .and.to.include("style-src 'self'")
        .and.to.include("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).to.equal('nosniff', url);
      expect(headers.get('referrer-policy')).to.equal('no-referrer', url);
    }
  });

  it('is counted by route and status', async () => {
    const { ports, get, post } = await startApi();

    await get(VERIFY);
    await get('/api/v1/blocks/0');
    await post(SUBMIT, submissionWith());
    await get('/nowhere/at/all');
    await get('/health', { method: 'DELETE' });

    expect(ports.responses).to.deep.equal([
      ['GET /api/v1/verify/{image_hash}', 404],
      ['GET /api/v1/blocks/{block}', 200],
      ['POST /api/v1/submit-cert', 202],
      ['unknown', 404],
      ['unknown', 405],
    ]);
  });
});

describe('an unknown route', () => {
  afterEach(stopAll);

  for (const path of ['/', '/nowhere', '/api/v2/status', '/api/v1/verify/a/b', '/%ff']) {
    it(`${path} is ERR_NOT_FOUND`, async () => {
      const { get } = await startApi();

      const detail = await expectProblem(await get(path), 404, 'ERR_NOT_FOUND');

      expect(detail).to.equal('no such route; /docs lists them');
    });
  }
});

describe('methods', () => {
  afterEach(stopAll);

  const others = [
    ['DELETE', '/health', 'GET, HEAD, OPTIONS'],
    ['GET', SUBMIT, 'POST, OPTIONS'],
    ['HEAD', SUBMIT, 'POST, OPTIONS'],
    ['POST', VERIFY, 'GET, HEAD, OPTIONS'],
    ['PUT', '/api/v1/verify', 'POST, OPTIONS'],
    ['GET', '/api/v1/verify', 'POST, OPTIONS'],
    ['PATCH', '/api/v1/blocks/latest', 'GET, HEAD, OPTIONS'],
  ] as const;
  for (const [method, path, allow] of others) {
    it(`${method} ${path.slice(0, 20)} is 405 and names what there is`, async () => {
      const { get } = await startApi();

      const response = await get(path, { method });

      expect(response.headers.get('allow')).to.equal(allow);
      expect(response.status).to.equal(405);
      if (method !== 'HEAD') await expectProblem(response, 405, 'ERR_METHOD');
    });
  }

  it('HEAD answers as GET does, without the body', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);

    for (const path of [VERIFY, '/health', '/api/v1/blocks/1', '/docs', '/openapi.json']) {
      const whole = await get(path);
      const head = await get(path, { method: 'HEAD' });

      const { length } = new Uint8Array(await whole.arrayBuffer());
      expect(head.status).to.equal(whole.status, path);
      expect(head.headers.get('etag')).to.equal(whole.headers.get('etag'), path);
      expect(head.headers.get('content-length')).to.equal(String(length), path);
      expect(await head.text()).to.equal('', path);
    }
  });
});

describe('pages of other sites', () => {
  afterEach(stopAll);

  it('may read', async () => {
    const { get, post } = await startApi();
    const answers = [
      await get(VERIFY),
      await get('/api/v1/status'),
      await get('/api/v1/blocks/99'),
      await post('/api/v1/verify', { image_hashes: ['x'] }),
    ];

    for (const { headers, url } of answers) {
      expect(headers.get('access-control-allow-origin')).to.equal('*', url);
    }
  });

  it('may ask about many hashes, after a preflight', async () => {
    const { get } = await startApi();
    const headers = { Origin: 'https://example.org', 'Access-Control-Request-Method': 'POST' };

    const response = await get('/api/v1/verify', { method: 'OPTIONS', headers });

    expect(response.status).to.equal(204);
    expect(response.headers.get('access-control-allow-origin')).to.equal('*');
    expect(response.headers.get('access-control-allow-methods')).to.include('POST');
    expect(response.headers.get('access-control-allow-headers')).to.include('Content-Type');
  });

  it('may not submit', async () => {
    const { get, post } = await startApi();

    const preflight = await get(SUBMIT, { method: 'OPTIONS' });
    const answer = await post(SUBMIT, submissionWith());

    expect(preflight.headers.get('access-control-allow-origin')).to.equal(null);
    expect(preflight.headers.get('access-control-allow-methods')).to.equal(null);
    expect(answer.headers.get('access-control-allow-origin')).to.equal(null);
  });
});

describe('caching', () => {
  afterEach(stopAll);

  it('answers 304 until a block changes what is known', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);
    const etag = (await get(VERIFY)).headers.get('etag')!;
    const headers = { 'If-None-Match': etag };

    const same = await get(VERIFY, { headers });
    ports.ledger.commit([recordWith({ imageHash: bytesOf(9) })]);
    const changed = await get(VERIFY, { headers });

    expect(same.status).to.equal(304);
    expect(await same.text()).to.equal('');
    expect(same.headers.get('etag')).to.equal(etag);
    expect(changed.status).to.equal(200);
  });

  for (const named of ['*', 'W/"x", "y"', '"x"']) {
    it(`reads If-None-Match: ${named}`, async () => {
      const { get } = await startApi();

      const response = await get('/api/v1/genesis', { headers: { 'If-None-Match': named } });

      expect(response.status).to.equal(named === '*' ? 304 : 200);
    });
  }

  it('reads lists and weak tags', async () => {
    const { get } = await startApi();
    const etag = (await get('/api/v1/state')).headers.get('etag')!;

    const response = await get('/api/v1/state', { headers: { 'If-None-Match': `"x", W/${etag}` } });

    expect(response.status).to.equal(304);
  });

  it('is off for what may change without a block', async () => {
    const { get } = await startApi();

    for (const path of [VERIFY, '/api/v1/status', '/health', '/nowhere']) {
      const { headers } = await get(path);

      expect(headers.get('etag')).to.equal(null, path);
      expect(headers.get('cache-control')).to.equal('no-store', path);
    }
  });
});

describe('a mistake of the node', () => {
  afterEach(stopAll);

  it('is ERR_INTERNAL, told to the node and not to the client', async () => {
    const { ports, get } = await startApi();
    const mistake = new Error('secret detail');
    ports.ledger.findRegistrations = () => {
      throw mistake;
    };

    const detail = await expectProblem(await get(VERIFY), 500, 'ERR_INTERNAL');

    expect(detail).not.to.include('secret');
    expect(ports.faults).to.deep.equal([mistake]);
  });
});

describe('rates', () => {
  afterEach(stopAll);

  it('are limited for each client', async () => {
    const options = { requestsPerSecond: 5, trustedProxies: ['127.0.0.1'] };
    const { get } = await startApi({ options });
    const ask = (client: string): Promise<Response> =>
      get('/health', { headers: { 'X-Forwarded-For': client } });

    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('192.0.2.1')));
    const other = await ask('192.0.2.2');

    const limited = answers.filter(({ status }) => status === 429);
    expect(limited.length).to.be.within(1, 15);
    expect(limited[0]!.headers.get('retry-after')).to.equal('1');
    await expectProblem(limited[0]!, 429, 'ERR_RATE');
    expect(other.status).to.equal(200);
  });

  it('count clients of one IPv6 network as one', async () => {
    const options = { requestsPerSecond: 5, trustedProxies: ['127.0.0.1'] };
    const { get } = await startApi({ options });
    const ask = (client: string): Promise<Response> =>
      get('/health', { headers: { 'X-Forwarded-For': client } });

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ask(`2001:db8:0:1::${i}`)),
    );
    const other = await ask('2001:db8:0:2::1');

    expect(answers.map(({ status }) => status)).to.include(429);
    expect(other.status).to.equal(200);
  });
});

describe('the client address', () => {
  const addressOf = (trusted: readonly string[], from: string, forwarded?: string): string => {
    const request = { socket: { remoteAddress: from }, headers: { 'x-forwarded-for': forwarded } };
    return createClientAddress(trusted)(request as never);
  };
  const cases = [
    ['ignores the header of a stranger', [], '192.0.2.9', '10.0.0.1', '192.0.2.9'],
    ['ignores the header of an untrusted one', ['10.0.0.0/8'], '192.0.2.9', '1.1.1.1', '192.0.2.9'],
    ['reads the header of a trusted proxy', ['10.0.0.0/8'], '10.1.2.3', '192.0.2.1', '192.0.2.1'],
    ['goes past all trusted ones', ['10.0.0.0/8'], '10.1.2.3', '192.0.2.1, 10.9.9.9', '192.0.2.1'],
    ['stops at the first stranger', ['10.0.0.0/8'], '10.1.2.3', '1.1.1.1, 192.0.2.1', '192.0.2.1'],
    ['stays where the header is no address', ['10.0.0.1'], '10.0.0.1', 'evil', '10.0.0.1'],
    ['stays where there is no header', ['10.0.0.1'], '10.0.0.1', undefined, '10.0.0.1'],
    ['reads mapped addresses', ['10.0.0.0/8'], '::ffff:10.0.0.1', '::ffff:192.0.2.1', '192.0.2.1'],
    ['strips the mapping without proxies', [], '::ffff:192.0.2.7', undefined, '192.0.2.7'],
    ['reads IPv6', ['fd00::/8'], 'fd00::1', '2001:db8::7', '2001:db8::7'],
  ] as const;
  for (const [what, trusted, from, forwarded, expected] of cases) {
    it(what, () => {
      expect(addressOf(trusted, from, forwarded)).to.equal(expected);
    });
  }

  it('demands addresses or blocks', () => {
    expect(() => createClientAddress(['proxy.example.org'])).to.throw(RangeError);
  });
});

describe('what is not HTTP as it should be', () => {
  afterEach(stopAll);

  it('is answered with a problem', async () => {
    const { port } = await startApi();

    const answer = await exchangeRaw(port, 'GARBAGE\r\n\r\n');

    expect(answer)
      .to.match(/^HTTP\/1\.1 400 Bad Request\r\n/)
      .and.to.include('"ERR_MALFORMED"');
  });

  it('is ERR_HEADERS_TOO_LARGE above 16 kB of headers', async () => {
    const { port } = await startApi();

    const answer = await exchangeRaw(port, `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);

    expect(answer)
      .to.match(/^HTTP\/1\.1 431 /)
      .and.to.include('"ERR_HEADERS_TOO_LARGE"');
  });

  it('is ERR_TIMEOUT if its headers do not arrive', async () => {
    const { port } = await startApi({ options: { headersTimeoutMs: 50, requestTimeoutMs: 50 } });

    const answer = await exchangeRaw(port, 'GET /health HTTP/1.1\r\nHost: a\r\n');

    expect(answer)
      .to.match(/^HTTP\/1\.1 408 /)
      .and.to.include('"ERR_TIMEOUT"');
  });

  it('is ERR_TIMEOUT if its body does not arrive', async () => {
    const { port } = await startApi({ options: { headersTimeoutMs: 50, requestTimeoutMs: 50 } });
    const head = `POST ${SUBMIT} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{`;

    const answer = await exchangeRaw(port, head);

    expect(answer)
      .to.match(/^HTTP\/1\.1 408 /)
      .and.to.include('"ERR_TIMEOUT"');
  });

  it('leaves nothing behind when a client goes in the middle of a body', async () => {
    const { ports, port, post } = await startApi();
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(
      `POST ${SUBMIT} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n`,
    );
    await once(socket, 'data');

    socket.destroy();
    const body = await jsonOf(await post(SUBMIT, submissionWith()));

    expect(body).to.include({ state: 'received' });
    expect(ports.faults).to.deep.equal([]);
  });
});
