import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import type { Authority } from '../../../chain/authority.ts';
import { examineAuthorities } from '../../../scripts/doctor/authorities.ts';
import { authorityOf, createCa } from '../../support/certificates.ts';
import { saidOf } from './rig.ts';

describe('the doctor about authorities', () => {
  const servers: Server[] = [];
  const asked: string[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    asked.length = 0;
  });

  /** A server whose clock is ahead by so much; returns its endpoint. */
  const serve = async (aheadMs = 0): Promise<string> => {
    const server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString());
      response.writeHead(405).end();
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/validate`;
  };
  const authority = (endpoints: readonly string[], allowPrivate = true): Authority => ({
    ...authorityOf([createCa()]),
    endpoints,
    allowPrivate,
  });

  it('takes any answer for one, and asks each server once', async () => {
    const endpoint = await serve();
    const { findings } = await examineAuthorities([authority([endpoint, `${endpoint}/2`])]);

    expect(saidOf({ findings }, 'authorities')).to.match(/^ok acme_imaging answers at http:/);
    expect(asked).to.deep.equal(['HEAD /validate/2']);
  });

  it('brings back what time it is there', async () => {
    const { offsetsMs } = await examineAuthorities([authority([await serve(60_000)])]);

    expect(offsetsMs).to.have.length(1);
    expect(offsetsMs[0]).to.be.within(55_000, 65_000);
  });

  it('says which does not answer, and that the node starts', async () => {
    const { findings, offsetsMs } = await examineAuthorities([authority(['http://127.0.0.1:1/'])]);

    expect(saidOf({ findings }, 'authorities')).to.match(
      /^note acme_imaging cannot be asked at http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.* -> the node starts, and asks again/,
    );
    expect(offsetsMs).to.deep.equal([]);
  });

  it('goes to no private address that the registry does not allow', async () => {
    const { findings } = await examineAuthorities([authority([await serve()], false)]);

    expect(saidOf({ findings }, 'authorities')).to.match(/address that may not be asked/);
    expect(asked).to.deep.equal([]);
  });

  it('says that there are none', async () => {
    const { findings } = await examineAuthorities([]);

    expect(saidOf({ findings }, 'authorities')).to.equal('note the genesis names none -> ');
  });
});
