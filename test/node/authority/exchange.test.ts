import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { expect } from 'chai';
import { Pool } from 'undici';

import { Exchange } from '../../../node/authority/exchange.ts';
import { settled } from '../../support/fakeClock.ts';
import { passes, StandInAuthority } from '../../support/standInAuthority.ts';

const POST = { path: '/validate-cert', body: '{}' };
const CUT = {
  type: 'none',
  problem: {
    code: 'ERR_AUTHORITY_TIMEOUT',
    message: 'the authority did not answer in time',
  },
};

describe('an exchange with an authority', () => {
  const authority = new StandInAuthority();
  let pool: Pool;
  let exchange: Exchange;

  before(() => authority.start());
  after(() => authority.stop());
  beforeEach(() => {
    authority.behaviour = passes;
    authority.questions.length = 0;
    pool = new Pool(authority.origin, { connections: 1 });
    exchange = new Exchange();
  });
  afterEach(() => pool.destroy());

  /** Resolves to the response that the authority holds back for the next question. */
  const holdNext = (): Promise<ServerResponse> =>
    new Promise((resolve) => {
      authority.behaviour = (_question, response) => {
        authority.behaviour = passes;
        resolve(response);
      };
    });

  /** Resolves when the exchange has a part of the body. */
  const hasBegun = (): Promise<void> =>
    new Promise((resolve) => {
      const take = exchange.onResponseData.bind(exchange);
      exchange.onResponseData = (controller, chunk) => {
        take(controller, chunk);
        resolve();
      };
    });

  it('brings the response as it was sent', async () => {
    authority.behaviour = (_question, response) => {
      response.writeHead(503, { 'content-encoding': 'X-Unknown' }).end('later');
    };

    expect(await exchange.post(pool, POST)).to.deep.equal({
      status: 503,
      encoding: 'x-unknown',
      body: Buffer.from('later'),
    });
  });

  it('joins the parts of a body', async () => {
    authority.behaviour = (_question, response) => {
      for (const byte of Buffer.from('grün')) response.write(Uint8Array.of(byte));
      response.end();
    };

    const outcome = await exchange.post(pool, POST);

    expect(outcome).to.deep.equal({ status: 200, encoding: undefined, body: Buffer.from('grün') });
  });

  describe('that is cut', () => {
    it('ends, and its connection with it', async () => {
      const held = holdNext();
      const outcome = exchange.post(pool, POST);
      const closed = once(await held, 'close');

      exchange.cut();

      expect(await outcome).to.deep.equal(CUT);
      await closed;
    });

    it('ends in the middle of a body', async () => {
      const held = holdNext();
      const outcome = exchange.post(pool, POST);
      const response = await held;
      response.write('{"valid":');
      await hasBegun();

      exchange.cut();

      expect(await outcome).to.deep.equal(CUT);
    });

    it('before it posts sends nothing', async () => {
      exchange.cut();

      expect(await exchange.post(pool, POST)).to.deep.equal(CUT);
      expect(pool.stats.size).to.equal(0);
    });

    it('before it has a connection ends at once, and sends nothing when its turn comes', async () => {
      const held = holdNext();
      const first = new Exchange().post(pool, POST);
      const response = await held;
      const second = exchange.post(pool, POST);
      const third = new Exchange().post(pool, POST);

      exchange.cut();

      expect(await second).to.deep.equal(CUT);
      response.end('1');
      expect([await first, await third].map((outcome) => 'status' in outcome)).to.deep.equal([
        true,
        true,
      ]);
      expect(authority.questions).to.have.length(2);
    });

    it('after its end keeps its response, and the connection', async () => {
      const before = authority.connectionCount;
      const outcome = exchange.post(pool, POST);
      await outcome;
      exchange.cut();
      await settled();
      await new Exchange().post(pool, POST);

      expect(await outcome).to.include({ status: 200 });
      expect(authority.connectionCount - before).to.equal(1);
    });
  });

  it('tells that the connection broke in the middle of a body', async () => {
    const held = holdNext();
    const outcome = exchange.post(pool, POST);
    const response = await held;
    response.write('{"valid":true}');
    await hasBegun();

    response.socket?.resetAndDestroy();

    expect(await outcome).to.deep.equal({
      type: 'none',
      problem: {
        code: 'ERR_AUTHORITY_UNREACHABLE',
        message: 'no connection to the authority (ECONNRESET)',
      },
    });
  });

  it('tells why there is no connection', async () => {
    await pool.close();

    expect(await exchange.post(pool, POST)).to.deep.equal({
      type: 'none',
      problem: {
        code: 'ERR_AUTHORITY_UNREACHABLE',
        message: 'no connection to the authority (UND_ERR_DESTROYED)',
      },
    });
  });
});
