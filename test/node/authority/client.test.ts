import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { AuthorityClient } from '../../../node/authority/client.ts';
import type { Answer } from '../../../node/authority/question.ts';
import {
  answersJson,
  answersPacked,
  answersText,
  type Behaviour,
  isSilent,
  passes,
  redirectsTo,
  refuses,
  resets,
  StandInAuthority,
  trickles,
} from '../../support/standInAuthority.ts';
import { authorityOf, codeOf, questionTo } from './fixtures.ts';

describe('a question to an authority', () => {
  const authority = new StandInAuthority();
  let client: AuthorityClient;

  before(() => authority.start());
  after(() => authority.stop());
  beforeEach(() => {
    client = new AuthorityClient({ timeoutMs: 5_000 });
    authority.behaviour = passes;
    authority.questions.length = 0;
  });
  afterEach(() => client.close());

  const askWhile = async (behaviour: Behaviour): Promise<Answer> => {
    authority.behaviour = behaviour;
    return client.ask(questionTo(authority.url));
  };

  describe('is sent', () => {
    it('with POST to exactly the URL', async () => {
      await client.ask(questionTo(authority.url));

      const [{ method, path }] = authority.questions as [(typeof authority.questions)[0]];
      expect([method, path]).to.deep.equal(['POST', '/validate-cert']);
    });

    it('to the root where the URL has no path', async () => {
      await client.ask(questionTo(authority.origin));

      expect(authority.questions[0]?.path).to.equal('/');
    });

    it('as JSON that asks for JSON', async () => {
      await client.ask(questionTo(authority.url));

      const { headers, body } = authority.questions[0] ?? { headers: {}, body: {} };
      expect(headers).to.include({
        accept: 'application/json',
        'content-type': 'application/json',
      });
      expect(body).to.deep.equal(questionTo(authority.url).body);
    });

    it('to a path below the pinned prefix', async () => {
      const question = questionTo(authority.url, { endpoints: [authority.origin] });

      expect(codeOf(await client.ask(question))).to.equal('passed');
    });

    it('to the legacy endpoint, which is under no prefix', async () => {
      const entry = { endpoints: ['https://authority.example/'], legacyEndpoint: authority.url };

      expect(codeOf(await client.ask(questionTo(authority.url, entry)))).to.equal('passed');
    });

    it('over a connection that was used before', async () => {
      const before = authority.connectionCount;
      for (let i = 0; i < 20; i++) await client.ask(questionTo(authority.url));

      // The pool may open a second one before the first is handed back.
      expect(authority.connectionCount - before).to.be.at.most(2);
    });

    it('over no more connections than allowed', async () => {
      const narrow = new AuthorityClient({ connectionCountMax: 3 });
      const before = authority.connectionCount;
      await Promise.all(Array.from({ length: 50 }, () => narrow.ask(questionTo(authority.url))));

      expect(authority.connectionCount - before).to.equal(3);
      await narrow.close();
    });
  });

  describe('is not sent', () => {
    const outside = [
      ['another host', (url: string) => url.replace('127.0.0.1', 'localhost')],
      ['another port', (url: string) => url.replace(/:\d+/, ':1')],
      ['another scheme', (url: string) => url.replace('http:', 'https:')],
      ['a path that only begins alike', (url: string) => `${url}-of-mallory`],
      ['a path above', (url: string) => url.replace('/validate-cert', '/')],
      ['dot segments', (url: string) => `${url}/../admin`],
      ['escaped segments', (url: string) => `${url}/%2e%2e/admin`],
      ['a query', (url: string) => `${url}?a=b`],
      ['a fragment', (url: string) => `${url}#a`],
      ['credentials', (url: string) => url.replace('//', '//user:secret@')],
      ['no URL', () => 'validate-cert'],
      ['another protocol', () => 'file:///etc/passwd'],
    ] as const;

    for (const [because, change] of outside) {
      it(`to a URL outside the pinned prefixes: ${because}`, async () => {
        const url = change(authority.url);

        const answer = await client.ask(questionTo(url, { endpoints: [authority.url] }));

        expect(codeOf(answer)).to.equal('ERR_ENDPOINT');
        expect(authority.questions).to.have.length(0);
      });
    }

    it('to a URL that is pinned no more', async () => {
      const before = await client.ask(questionTo(authority.url));
      const moved = authorityOf({ endpoints: ['https://authority.example/'] });

      const after = await client.ask({ ...questionTo(authority.url), authority: moved });

      expect([before, after].map(codeOf)).to.deep.equal(['passed', 'ERR_ENDPOINT']);
    });

    it('to a URL that another authority pins', async () => {
      const other = authorityOf({ id: 'NIKON_001', endpoints: ['https://nikon.example/'] });
      const question = questionTo(authority.url);

      const answers = [
        await client.ask(question),
        await client.ask({ ...question, authority: other }),
        await client.ask(question),
      ];

      expect(answers.map(codeOf)).to.deep.equal(['passed', 'ERR_ENDPOINT', 'passed']);
    });

    it('to a URL below the legacy endpoint', async () => {
      const entry = { endpoints: ['https://a.example/'], legacyEndpoint: authority.origin };

      const answer = await client.ask(questionTo(authority.url, entry));

      expect(codeOf(answer)).to.equal('ERR_ENDPOINT');
    });
  });

  describe('is passed by', () => {
    const valid = { valid: true, message: 'authenticated' };
    const cases: readonly (readonly [string, Behaviour])[] = [
      ['valid: true', passes],
      ['valid: true without a message', answersJson({ valid: true })],
      ['a message that is null', answersJson({ valid: true, message: null })],
      ['fields that are not known', answersJson({ ...valid, device: { a: [1] } })],
      ['a verdict that no registry asks for', answersJson({ ...valid, verdict: 'none' })],
      ['JSON that calls itself text', answersText('{"valid":true}', { type: 'text/plain' })],
      ['JSON packed with gzip', answersPacked('gzip', gzipSync)],
      ['JSON packed with gzip, in capitals', answersPacked('GZIP', gzipSync)],
      ['JSON packed with deflate', answersPacked('deflate', deflateSync)],
      ['JSON packed with brotli', answersPacked('br', brotliCompressSync)],
      [
        'an answer of just 64 KiB',
        answersText(JSON.stringify({ valid: true, message: 'a'.repeat(65_536 - 27) })),
      ],
      [
        'an answer byte by byte',
        (_question, response) => {
          for (const byte of Buffer.from('{"valid":true}')) response.write(Uint8Array.of(byte));
          response.end();
        },
      ],
      [
        'an answer that ends with its connection',
        (_question, response) =>
          response.socket?.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"valid":true}'),
      ],
      [
        'an answer after an early hint',
        (question, response) => {
          response.writeEarlyHints({ link: '</a>; rel=preload' });
          passes(question, response);
        },
      ],
    ];

    for (const [title, behaviour] of cases) {
      it(title, async () => {
        expect(await askWhile(behaviour)).to.deep.equal({ type: 'passed', proof: undefined });
      });
    }
  });

  describe('is refused by', () => {
    it('valid: false, with the text of the authority', async () => {
      const answer = await askWhile(refuses('camera was reported stolen'));

      expect(answer).to.deep.equal({ type: 'refused', message: 'camera was reported stolen' });
    });

    it('valid: false without a message', async () => {
      const answer = await askWhile(answersJson({ valid: false }));

      expect(answer).to.deep.equal({ type: 'refused', message: 'the authority gave no reason' });
    });
  });

  describe('brings no verdict by', () => {
    const ok = JSON.stringify({ valid: true, message: 'ok' });
    const statuses = [201, 202, 204, 206, 301, 302, 400, 401, 404, 409, 422, 429, 500, 502, 503];
    const bodies: readonly (readonly [string, Behaviour])[] = [
      ...statuses.map(
        (status) => [`status ${status}`, answersJson({ valid: true }, status)] as const,
      ),
      ['status 400 that says valid: false', answersJson({ valid: false }, 400)],
      ['HTML', answersText('<html>captive portal</html>')],
      ['HTML around a verdict', answersText(`<pre>${ok}</pre>`)],
      ['nothing', answersText('')],
      ['half of an object', answersText(ok.slice(0, 20))],
      ['something behind the object', answersText(`${ok}{}`)],
      [
        'bytes that are not UTF-8',
        (_, response) => response.end(Buffer.from('{"valid":true,"message":"\xff"}', 'latin1')),
      ],
      ['"valid":"true"', answersJson({ valid: 'true' })],
      ['"valid":1', answersJson({ valid: 1 })],
      ['"valid":null', answersJson({ valid: null })],
      ['no "valid"', answersJson({ message: 'ok' })],
      ['"Valid":true', answersJson({ Valid: true })],
      ['"valid" of a prototype', answersText('{"__proto__":{"valid":true}}')],
      ['a message that is a number', answersJson({ valid: true, message: 5 })],
      ['an array', answersJson([{ valid: true }])],
      ['true itself', answersJson(true)],
      ['null', answersJson(null)],
      ['an encoding that is not known', answersPacked('zstd')],
      ['two encodings', answersPacked('gzip, gzip')],
      ['gzip that is none', answersPacked('gzip', deflateSync)],
      ['gzip cut short', answersPacked('gzip', (text) => gzipSync(text).subarray(0, -9))],
      ['a small packet that unpacks to 10 MB', answersPacked('gzip', gzipSync, ok.padEnd(1e7))],
      ['one byte over 64 KiB', answersText(ok.padEnd(65_537))],
      ['megabytes', answersText(ok.padEnd(5_000_000))],
      [
        'parts that are together over 64 KiB',
        (_question, response) => {
          response.write(ok);
          for (let i = 0; i < 66; i++) response.write(' '.repeat(1_000));
          response.end();
        },
      ],
    ];

    for (const [title, behaviour] of bodies) {
      it(title, async () => {
        expect(codeOf(await askWhile(behaviour))).to.equal('ERR_AUTHORITY_ANSWER');
      });
    }

    it('a header that says more than comes', async () => {
      const answer = await askWhile((_question, response) => {
        response.writeHead(200, { 'content-length': 100 }).flushHeaders();
        response.write(ok, () => response.socket?.end());
      });

      expect(codeOf(answer)).to.equal('ERR_AUTHORITY_UNREACHABLE');
    });

    it('bytes that are not HTTP', async () => {
      const answer = await askWhile((_question, response) => response.socket?.end('SSH-2.0-x\r\n'));

      expect(codeOf(answer)).to.equal('ERR_AUTHORITY_ANSWER');
    });

    it('headers without an end', async () => {
      const answer = await askWhile((_question, response) => {
        response.socket?.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}`);
      });

      expect(codeOf(answer)).to.equal('ERR_AUTHORITY_ANSWER');
    });

    it('a connection that breaks', async () => {
      expect(codeOf(await askWhile(resets))).to.equal('ERR_AUTHORITY_UNREACHABLE');
    });

    it('a redirect, which is not followed', async () => {
      const answer = await askWhile(redirectsTo(`${authority.url}/elsewhere`));

      expect(codeOf(answer)).to.equal('ERR_AUTHORITY_ANSWER');
      expect(authority.questions).to.have.length(1);
    });
  });

  describe('is given up', () => {
    beforeEach(() => {
      client = new AuthorityClient({ timeoutMs: 60 });
    });

    it('when nothing comes in time', async () => {
      expect(codeOf(await askWhile(isSilent))).to.equal('ERR_AUTHORITY_TIMEOUT');
    });

    it('when the answer only trickles', async () => {
      expect(codeOf(await askWhile(trickles))).to.equal('ERR_AUTHORITY_TIMEOUT');
    });

    it('before its connection stands', async () => {
      // TCP alone: the handshake of TLS never comes.
      const mute = createServer().listen(0, '127.0.0.1');
      const sockets: Socket[] = [];
      mute.on('connection', (socket) => sockets.push(socket));
      await once(mute, 'listening');
      const url = `https://127.0.0.1:${(mute.address() as AddressInfo).port}/`;

      expect(codeOf(await client.ask(questionTo(url)))).to.equal('ERR_AUTHORITY_TIMEOUT');
      for (const socket of sockets) socket.destroy();
      mute.close();
    });

    it('when the name does not resolve in time', async () => {
      const late = new AuthorityClient({ timeoutMs: 60 }, { resolve: () => new Promise(() => 0) });

      expect(codeOf(await late.ask(questionTo(authority.url)))).to.equal('ERR_AUTHORITY_ADDRESS');
    });

    it('when all connections are busy until its time is over', async () => {
      const narrow = new AuthorityClient({ timeoutMs: 60, connectionCountMax: 1 });
      authority.behaviour = isSilent;

      const answers = await Promise.all([1, 2].map(() => narrow.ask(questionTo(authority.url))));

      expect(answers.map(codeOf)).to.deep.equal(Array(2).fill('ERR_AUTHORITY_TIMEOUT'));
    });
  });

  describe('after the authority went away', () => {
    it('brings no verdict', async () => {
      await authority.stop();

      const answer = await client.ask(questionTo(authority.url));

      expect(codeOf(answer)).to.equal('ERR_AUTHORITY_UNREACHABLE');
      await authority.start();
    });

    it('is answered again once it is back', async () => {
      await client.ask(questionTo(authority.url));
      await authority.stop();
      await client.ask(questionTo(authority.url));
      await authority.start();

      expect(codeOf(await client.ask(questionTo(authority.url)))).to.equal('passed');
    });
  });

  it('tells of a failure neither addresses nor what was sent', async () => {
    const answers = [
      await askWhile(answersJson({ valid: 'SECRET' }, 500)),
      await askWhile(resets),
      await client.ask(questionTo('http://127.0.0.1:1/SECRET')),
      await client.ask(questionTo('http://127.0.0.1:1/SECRET', { allowPrivate: false })),
      await client.ask(questionTo(`${authority.url}?SECRET`)),
    ];

    expect(JSON.stringify(answers)).not.to.match(/SECRET|127\.0\.0\.1|AQID/);
  });
});
