/** Who a node is: what it says where its genesis and its keys do not fit. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { ed25519PublicKey } from '#crypto';

import { DEFAULT_PARAMS } from '../../chain/params.ts';
import { formatGenesis } from '../../genesis/document.ts';
import { readConfig } from '../../node/config.ts';
import { type Identity, readIdentity, readValidator } from '../../node/identity.ts';
import {
  generateKeys,
  generateObserverKeys,
  type Keys,
  publicKeysOf,
  writeKeys,
} from '../../node/keys.ts';
import { formatHex } from '../../chain/bytes.ts';
import { peerIdOf } from '../../p2p/peerId.ts';
import { createGenesis } from '../../scripts/cli/newGenesis.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

describe('the identity of a node', () => {
  const folder = temporaryFolder();
  let count = 0;
  let dir = '';
  let keys: Keys;
  let others: Keys;

  beforeEach(async () => {
    dir = path.join(folder, `node-${count++}`);
    keys = generateKeys();
    // All hold the key of the log.
    others = { ...generateKeys(), publisher: keys.publisher };
    await writeKeys(path.join(dir, 'keys'), keys);
  });

  const writeGenesis = (archive: Keys, museum: Keys): void => {
    const signed = createGenesis({
      network: 'birthmark.test',
      timestampMs: 0,
      params: DEFAULT_PARAMS,
      validators: [
        { name: 'archive', keys: archive, addresses: [] },
        { name: 'museum', keys: museum, addresses: [] },
      ],
      authorities: [],
    });
    writeFileSync(path.join(dir, 'genesis.json'), JSON.stringify(formatGenesis(signed)));
  };

  /** Resolves to the name of the validator that the node is, or to what it says. */
  const outcomeOf = async (nodeId = ''): Promise<string> => {
    try {
      return (await readValidator(readConfig({ NODE_ID: nodeId }, dir))).validator.name;
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error;
      return `${String(error.code)}: ${error.message.replaceAll(dir, 'DIR')}`;
    }
  };

  it('is the validator of its consensus key', async () => {
    writeGenesis(others, keys);

    expect(await outcomeOf()).to.equal('museum');
    expect(await outcomeOf('museum')).to.equal('museum');
  });

  it('signs a checkpoint as the log once, however many cosign it', async () => {
    writeGenesis(others, keys);
    const { signLog } = await readValidator(readConfig({}, dir));
    const text = new Uint8Array(100);

    expect(signLog(text)).to.equal(signLog(text.slice()));
  });

  it('is nobody with keys of which the genesis names none', async () => {
    writeGenesis(others, { ...generateKeys(), publisher: keys.publisher });

    expect(await outcomeOf()).to.equal(
      'ERR_IDENTITY: the consensus key in DIR/keys belongs to no validator of the genesis ' +
        '(archive, museum); a node that follows without voting is started with OBSERVER=true',
    );
  });

  it('says whose the keys are where NODE_ID names another validator', async () => {
    writeGenesis(others, keys);

    const lines = (await outcomeOf('archive')).split('\n');
    expect(lines[0]).to.equal(
      'ERR_IDENTITY: the keys in DIR/keys are not those of validator archive:',
    );
    expect(lines.slice(1, -1).map((line) => line.trim().split(' ')[0])).to.deep.equal([
      'consensus',
      'cosigner',
      'peer',
    ]);
    expect(lines.at(-1)).to.equal(
      '  they are those of validator museum: is NODE_ID archive right?',
    );
  });

  it('says whose the keys are where NODE_ID names nobody', async () => {
    writeGenesis(others, keys);

    expect(await outcomeOf('library')).to.equal(
      'ERR_IDENTITY: NODE_ID library belongs to no validator of the genesis (archive, museum); the keys in DIR/keys are those of museum',
    );
  });

  for (const kept of ['cosigner', 'network'] as const) {
    it(`says that the consensus key differs where only the ${kept} key is known`, async () => {
      const before = { ...others, [kept]: keys[kept] };
      writeGenesis({ ...generateKeys(), publisher: keys.publisher }, before);
      const ours = formatHex(publicKeysOf(keys).consensus);
      const theirs = formatHex(publicKeysOf(before).consensus);

      const outcome = await outcomeOf();
      expect(outcome).to.match(/keys in DIR\/keys are not those of validator museum:\n/);
      expect(outcome).to.include(`consensus key ${ours} here, ${theirs} in the genesis`);
      expect(outcome).to.not.include(kept === 'network' ? 'peer id' : 'cosigner key');
    });
  }

  it('names both peer ids where the network key is another', async () => {
    writeGenesis(others, { ...keys, network: generateKeys().network });
    const outcome = await outcomeOf();

    expect(outcome).to.match(/\n {2}peer id 12D3KooW\w+ here, 12D3KooW\w+ in the genesis$/);
    expect(outcome).to.include(peerIdOf(publicKeysOf(keys).network));
  });

  it("says what to do where only the log's key is missing", async () => {
    const publisher = generateKeys().publisher;
    writeGenesis({ ...others, publisher }, { ...keys, publisher });

    expect(await outcomeOf()).to.match(
      /^ERR_IDENTITY: publisher\.pem in DIR\/keys is not the key of this network's log:\n {2}log key [0-9a-f]{64} here, [0-9a-f]{64} in the genesis\n {2}"birthmark genesis sign" puts it there$/,
    );
  });

  it('names the file of a genesis that is refused', async () => {
    writeFileSync(path.join(dir, 'genesis.json'), '{"format":"birthmark-genesis-v1","more":1}');

    expect(await outcomeOf()).to.match(
      /^ERR_GENESIS: DIR\/genesis\.json: the genesis document is not valid:\n {2}more is no field/,
    );
  });

  it('names the file of a genesis that too few signed, and who did not', async () => {
    const file = path.join(dir, 'genesis.json');
    const document = createGenesis({
      network: 'birthmark.test',
      timestampMs: 0,
      params: DEFAULT_PARAMS,
      validators: [{ name: 'archive', keys, addresses: [] }],
      authorities: [],
    });
    writeFileSync(file, JSON.stringify(formatGenesis({ ...document, signatures: [] })));

    expect(await outcomeOf()).to.equal(
      'ERR_QUORUM: DIR/genesis.json: 0 of 1 validators signed the genesis; 1 must (not signed: archive)',
    );
  });

  describe('that is told to observe', () => {
    const observe = async (): Promise<Identity> =>
      readIdentity(readConfig({ OBSERVER: 'true' }, dir));
    const refusalOf = async (): Promise<string> => {
      const error: unknown = await observe().catch((reason: unknown) => reason);
      if (!(error instanceof Error) || !('code' in error)) throw error;
      return `${String(error.code)}: ${error.message}`;
    };

    it('is an observer by its network key alone', async () => {
      const observer = generateObserverKeys();
      dir = path.join(folder, 'observer');
      await writeKeys(path.join(dir, 'keys'), observer);
      writeGenesis(keys, others);

      expect(await observe()).to.deep.include({
        role: 'observer',
        networkKey: observer.network,
        peerId: peerIdOf(ed25519PublicKey(observer.network)),
      });
    });

    it('has nothing to sign with, though a consensus key lies beside', async () => {
      writeGenesis(others, { ...generateKeys(), publisher: keys.publisher });

      expect(await observe()).to.not.have.any.keys('sign', 'commitmentKey', 'validator');
    });

    it('is refused with the peer id of a validator, whom it would disturb', async () => {
      writeGenesis(others, keys);

      expect(await refusalOf()).to.match(
        /^ERR_IDENTITY: OBSERVER=true, and network\.pem in .* is that of validator museum: /,
      );
    });

    it('is refused without a network key', async () => {
      writeGenesis(others, keys);
      rmSync(path.join(dir, 'keys', 'network.pem'));

      expect(await refusalOf()).to.match(/^ERR_KEYS: cannot read .*network\.pem/);
    });
  });
});
