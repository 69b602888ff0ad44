import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import type { Validator } from '../../../chain/validatorSet.ts';
import type { Genesis } from '../../../genesis/document.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { readConfig } from '../../../node/config.ts';
import type { Environment } from '../../../node/settingReader.ts';
import { examinePeers } from '../../../scripts/doctor/peers.ts';
import { type Reach, systemWorld } from '../../../scripts/doctor/world.ts';
import { KEY } from '../../node/audit/rig.ts';
import { validatorsOf } from '../../support/chainValues.ts';
import { saidOf } from './rig.ts';

const PEER_IDS = 'ABCD'
  .split('')
  .map((letter) => `12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXt${letter}`);

describe('the doctor about peers', () => {
  /** Examines four validators; addresses are those of v1, v2 and v3. */
  const examine = async (
    addresses: readonly (readonly string[])[],
    reaches: Readonly<Record<string, Reach>>,
    environment: Environment = {},
  ): Promise<string> => {
    const validators: readonly Validator[] = validatorsOf(4).map((each, i) => ({
      ...each,
      peerId: PEER_IDS[i]!,
      addresses: addresses[i - 1] ?? [],
    }));
    const genesis: Genesis = {
      network: 'birthmark.test',
      timestampMs: 0,
      params: DEFAULT_PARAMS,
      logKey: KEY,
      authorities: [],
      validators,
    };
    const config = readConfig(environment);
    const findings = await examinePeers(
      { config, genesis, self: validators[0]! },
      {
        connect: (host, port) => Promise.resolve(reaches[`${host}:${port}`] ?? 'no answer'),
        lookup: (host) =>
          host === 'v3.example.org'
            ? Promise.resolve(['10.0.0.3', 'fd00::3'])
            : Promise.reject(new Error(`${host} is unknown`)),
      },
    );
    return saidOf({ findings }, 'peers');
  };
  const ADDRESSES = [
    ['/ip4/10.0.0.1/tcp/1'],
    ['/ip4/10.0.0.2/tcp/2'],
    ['/dns/v3.example.org/tcp/3'],
  ];

  it('says of each whether it answers, refuses or is silent, and what to do', async () => {
    const said = await examine(ADDRESSES, { '10.0.0.1:1': 'reachable', '10.0.0.2:2': 'refused' });

    expect(said)
      .to.match(/^ok v1 is reachable \(10\.0\.0\.1 port 1\) -> $/m)
      .and.match(/^note v2 refuses connections \(10\.0\.0\.2 port 2\) -> its node is stopped/m)
      .and.match(/^note v3 does not answer \(10\.0\.0\.3 port 3, fd00::3 port 3\) -> it is down/m);
  });

  it('says how many validators blocks need where too few are there', async () => {
    const few = await examine(ADDRESSES, { '10.0.0.1:1': 'reachable' });
    const enough = await examine(ADDRESSES, {
      '10.0.0.1:1': 'reachable',
      'fd00::3:3': 'reachable',
    });

    expect(few).to.match(/2 of 4 validators can be reached; blocks need 3/);
    expect(enough).to.not.match(/blocks need/);
  });

  it('says which have no address, and which cannot be dialled', async () => {
    const said = await examine([[], ['/dns4/none.example.org/tcp/2'], ['/ip4/10.0.0.3/udp/3']], {});

    expect(said)
      .to.match(/^note v1 has no address -> name one in P2P_PEERS/m)
      .and.match(/^note v2 cannot be dialled: none.example.org is unknown -> correct its address/m)
      .and.match(/^note v3 cannot be dialled: .*udp.* is no address like/m);
  });

  it('holds addresses against the ranges that are allowed', async () => {
    const said = await examine(ADDRESSES, {}, { ALLOWED_IPS: '10.0.0.0/31' });

    expect(said).to.match(/^note v2 cannot be dialled: .*no address within the allowed ranges/m);
  });

  it('takes P2P_PEERS in place of the genesis', async () => {
    const environment = {
      P2P_PEERS: 'v1=/ip4/10.9.9.9/tcp/9,v1=/ip4/10.8.8.8/tcp/8,v9=/ip4/10.0.0.9/tcp/9',
    };
    const said = await examine(ADDRESSES, { '10.8.8.8:8': 'reachable' }, environment);

    expect(said)
      .to.match(/^ok v1 is reachable \(10\.9\.9\.9 port 9, 10\.8\.8\.8 port 8\)/m)
      .and.match(/^problem P2P_PEERS holds v9=.*no validator of the name "v9" -> write NAME=/m);
  });
});

describe('the doctor’s connection', () => {
  it('reaches a port that listens, and is refused by one that does not', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const open = await systemWorld.connect('127.0.0.1', port);
    server.close();
    await once(server, 'close');
    const closed = await systemWorld.connect('127.0.0.1', port);

    expect([open, closed]).to.deep.equal(['reachable', 'refused']);
  });
});
