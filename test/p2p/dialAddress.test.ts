import { expect } from 'chai';

import { createAddressRanges } from '../../p2p/addressRanges.ts';
import { findDialAddresses, parseTcpAddress } from '../../p2p/dialAddress.ts';
import { codeOf, idOf } from './rig.ts';

const PEER = idOf('b');
const HOSTS: Readonly<Record<string, readonly string[]>> = {
  'b.example': ['10.0.0.1', 'fd00::1', '192.0.2.1'],
  'gone.example': [],
};

async function find(...addresses: string[]): Promise<string[]> {
  const found = await findDialAddresses(
    { peerId: PEER, addresses },
    {
      ranges: createAddressRanges(['10.0.0.0/8', 'fd00::/8']),
      lookup: async (host) => {
        const known = HOSTS[host];
        if (known === undefined) throw new Error(`${host} is unknown`);
        return known;
      },
    },
  );
  return found.map(String);
}

describe('addresses to dial', () => {
  it('name the peer that must answer', async () => {
    expect(await find('/ip4/10.0.0.1/tcp/1')).to.deep.equal([`/ip4/10.0.0.1/tcp/1/p2p/${PEER}`]);
    expect(await find(`/ip6/fd00::2/tcp/2/p2p/${PEER}`)).to.deep.equal([
      `/ip6/fd00::2/tcp/2/p2p/${PEER}`,
    ]);
  });

  it('stand in the order given, without those out of range', async () => {
    expect(
      await find('/ip4/10.0.0.2/tcp/1', '/ip4/192.0.2.1/tcp/1', '/ip4/10.0.0.1/tcp/1'),
    ).to.deep.equal([`/ip4/10.0.0.2/tcp/1/p2p/${PEER}`, `/ip4/10.0.0.1/tcp/1/p2p/${PEER}`]);
  });

  const names = [
    ['/dns4/b.example/tcp/1', ['/ip4/10.0.0.1/tcp/1']],
    ['/dns6/b.example/tcp/1', ['/ip6/fd00::1/tcp/1']],
    ['/dns/b.example/tcp/1', ['/ip4/10.0.0.1/tcp/1', '/ip6/fd00::1/tcp/1']],
  ] as const;
  for (const [address, expected] of names) {
    it(`resolve ${address} within the ranges`, async () => {
      expect(await find(address)).to.deep.equal(expected.map((each) => `${each}/p2p/${PEER}`));
    });
  }

  const wrong = [
    ['nothing at all', undefined],
    ['of another peer', `/ip4/10.0.0.1/tcp/1/p2p/${idOf('c')}`],
    ['out of range', '/ip4/192.0.2.1/tcp/1'],
    ['of a name that is unknown', '/dns4/nowhere.example/tcp/1'],
    ['of a name without addresses', '/dns4/gone.example/tcp/1'],
    ['over UDP', '/ip4/10.0.0.1/udp/1'],
    ['through a relay', `/ip4/10.0.0.1/tcp/1/p2p/${PEER}/p2p-circuit`],
    ['of a DNS record that is fetched', '/dnsaddr/bootstrap.example'],
    ['without a port', '/ip4/10.0.0.1'],
    ['of a Unix socket', '/unix/tmp%2Fsocket'],
    ['that is no multiaddr', '/ip4/10.0.0.999/tcp/1'],
    ['that is no text of this kind', 'http://10.0.0.1'],
  ] as const;
  for (const [what, address] of wrong) {
    it(`are none ${what}`, async () => {
      const code = await codeOf(find(...(address === undefined ? [] : [address])));

      expect(code).to.equal('ERR_ADDRESS');
    });
  }

  it('survive one that is wrong among others', async () => {
    expect(
      await find('nonsense', '/dns4/nowhere.example/tcp/1', '/ip4/10.0.0.1/tcp/1'),
    ).to.have.length(1);
  });

  it('come apart into host, port and peer', () => {
    expect(parseTcpAddress(`/dns4/b.example/tcp/26656/p2p/${PEER}`)).to.deep.equal({
      kind: 'dns4',
      host: 'b.example',
      port: '26656',
      peerId: PEER,
    });
  });
});
