/** What the doctor says of a node that follows without voting. */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';

import { expect } from 'chai';

import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { formatGenesis } from '../../../genesis/document.ts';
import { generateKeys, generateObserverKeys, type Keys, writeKeys } from '../../../node/keys.ts';
import { createGenesis } from '../../../scripts/cli/newGenesis.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { WholeNode } from '../../support/wholeNode.ts';
import { checksWith, examineFolder, saidOf } from './rig.ts';

const SETTINGS = 'OBSERVER=true\nAPI_LISTEN=127.0.0.1:0\nADMIN_LISTEN=127.0.0.1:0\n';

describe('birthmark doctor, of an observer', () => {
  const dir = temporaryFolder();
  const validators: readonly Keys[] = [generateKeys(), generateKeys()];
  const server = createServer();
  let address = '';

  const write = (settings = ''): void =>
    writeFileSync(path.join(dir, 'node.env'), SETTINGS + settings);

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`;
    const signed = createGenesis({
      network: 'birthmark.test',
      timestampMs: 0,
      params: DEFAULT_PARAMS,
      validators: validators.map((keys, i) => ({
        name: `v${i}`,
        keys: { ...keys, publisher: validators[0]!.publisher },
        addresses: [`/ip4/127.0.0.1/tcp/${i + 1}`],
      })),
      authorities: [],
    });
    writeFileSync(path.join(dir, 'genesis.json'), JSON.stringify(formatGenesis(signed)));
    await writeKeys(path.join(dir, 'keys'), generateObserverKeys());
  });
  beforeEach(() => {
    write(`P2P_PEERS=v0=${address}\n`);
  });
  after(() => server.close());

  it('finds nothing in the way, and names what validators must be told', async () => {
    const examination = await examineFolder(dir);

    expect([examination.code, examination.wouldStart]).to.deep.equal([0, true]);
    expect(saidOf(examination, 'identity')).to.match(
      /^ok observer 12D3KooW\w+, which validators name in their P2P_OBSERVERS/,
    );
    expect(saidOf(examination, 'keys')).to.match(/^ok 1 key files/);
    expect(saidOf(examination, 'ports')).to.not.include('P2P_LISTEN');
    expect(saidOf(examination, 'peers')).to.match(/^ok v0 is reachable .*\nnote v1 refuses/);
  });

  it('says that there is nobody to follow', async () => {
    write();
    const examination = await examineFolder(dir);

    expect(examination.wouldStart).to.equal(true);
    expect(saidOf(examination, 'peers')).to.include('no validator can be reached');
  });

  it('looks for a chain in its data folder, and for nothing else', async () => {
    const node = new WholeNode(dir, { environment: { OBSERVER: 'true' } });
    await node.start();
    await node.stop();
    const examination = await examineFolder(dir);

    expect(checksWith(examination, 'ok')).to.include('chain');
    for (const check of ['work', 'log', 'audit']) expect(saidOf(examination, check)).to.equal('');
  });

  it('names a setting that is for validators', async () => {
    write('NODE_ID=v0\n');
    const examination = await examineFolder(dir);

    expect(examination.code).to.equal(1);
    expect(saidOf(examination, 'settings')).to.match(/NODE_ID and OBSERVER=true contradict/);
  });

  it('says that a validator’s network key is not for an observer', async () => {
    const keys = path.join(dir, 'keys');
    rmSync(keys, { recursive: true });
    await writeKeys(keys, { network: validators[1]!.network });
    const examination = await examineFolder(dir);

    expect(examination.wouldStart).to.equal(false);
    expect(saidOf(examination, 'identity')).to.match(/is that of validator v1/);
  });

  it('names the key that is not there', async () => {
    rmSync(path.join(dir, 'keys', 'network.pem'));
    const examination = await examineFolder(dir);

    expect(saidOf(examination, 'keys')).to.match(/^problem .*network\.pem is not there/);
    expect(saidOf(examination, 'keys')).to.not.include('consensus.pem');
  });
});
