/** The folder of a development network of several validators; `test/e2e/devnet.test.ts` runs one. */
import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { parseEnv } from 'node:util';

import { expect } from 'chai';
import { clearLockedPorts } from 'get-port';

import { formatVerifierKey } from '../../../chain/log/verifierKey.ts';
import { chainIdOf, parseGenesis, type SignedGenesis } from '../../../genesis/document.ts';
import { judgeSignatures } from '../../../genesis/signatures.ts';
import { readConfig } from '../../../node/config.ts';
import { readValidator } from '../../../node/identity.ts';
import { openLevelLog } from '../../../node/sigstore/levelLogStore.ts';
import { readSigstoreKeys } from '../../../node/sigstore/sigstoreFiles.ts';
import { readTimestampKey } from '../../../node/timestamp/tsaFiles.ts';
import { readWitnessOptions } from '../../../node/witness/files.ts';
import { type Devnet, type DevnetOptions, prepareDevnet } from '../../../scripts/devnet/folder.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

type Settings = Readonly<Record<string, string | undefined>>;

describe('the folder of a development network', () => {
  const folder = temporaryFolder();
  let count = 0;
  let dir = '';

  beforeEach(() => {
    dir = path.join(folder, `network-${count++}`);
  });

  const prepare = (options: Partial<DevnetOptions> = {}): Promise<Devnet> =>
    prepareDevnet({ dir, apiPort: 0, authority: [], param: [], ...options });
  const genesisOf = (place = dir): SignedGenesis =>
    parseGenesis(JSON.parse(readFileSync(path.join(place, 'genesis.json'), 'utf8')));
  const envOf = (name: string): string => path.join(dir, name, 'node.env');
  const settingsOf = (name: string): Settings => parseEnv(readFileSync(envOf(name), 'utf8'));
  const portOf = (listen: string | undefined): number => Number(listen?.split(':').at(-1));

  it('holds four institutions of one genesis that all have signed', async () => {
    const { dirs } = await prepare({ validators: 4 });
    const signed = genesisOf();

    expect(dirs.map((each) => path.basename(each))).to.deep.equal(['v1', 'v2', 'v3', 'v4']);
    expect(judgeSignatures(signed)).to.deep.include({
      signed: ['v1', 'v2', 'v3', 'v4'],
      problems: [],
    });
    for (const each of dirs) expect(genesisOf(each)).to.deep.equal(signed);
  });

  it('makes each node another validator, with keys of its own and the key of the one log', async () => {
    const { dirs } = await prepare({ validators: 4 });
    const identities = await Promise.all(
      dirs.map((each) =>
        readValidator(
          readConfig(parseEnv(readFileSync(path.join(each, 'node.env'), 'utf8')), each),
        ),
      ),
    );

    expect(identities.map(({ validator }) => validator.name)).to.deep.equal([
      'v1',
      'v2',
      'v3',
      'v4',
    ]);
    const secrets = identities.map(({ commitmentKey }) =>
      Buffer.from(commitmentKey).toString('hex'),
    );
    expect(new Set(secrets).size).to.equal(4);
  });

  it('has each node listen where the genesis says that it is dialled', async () => {
    await prepare({ validators: 3 });
    const { validators } = genesisOf().genesis;

    for (const { name, addresses } of validators) {
      const { P2P_LISTEN, P2P_PEERS } = settingsOf(name);
      expect(addresses).to.deep.equal([`/ip4/127.0.0.1/tcp/${portOf(P2P_LISTEN)}`]);
      expect(P2P_PEERS).to.equal(undefined);
    }
  });

  it('gives every address a port of its own', async () => {
    await prepare({ validators: 16, apiPort: 20_000 });
    const names = Array.from({ length: 16 }, (_each, i) => `v${i + 1}`);
    const ports = names.flatMap((name) => {
      const { API_LISTEN, ADMIN_LISTEN, P2P_LISTEN } = settingsOf(name);
      return [API_LISTEN, ADMIN_LISTEN, P2P_LISTEN].map(portOf);
    });

    expect(new Set(ports).size).to.equal(48);
    expect(names.map((name) => portOf(settingsOf(name)['API_LISTEN']))).to.deep.equal(
      names.map((_name, i) => 20_000 + i),
    );
  });

  it('is found again as it was, by its own number of validators', async () => {
    const before = await prepare({ validators: 4 });
    const settings = settingsOf('v3');
    clearLockedPorts(); // As in another process.
    const after = await prepare();

    expect(after).to.deep.equal(before);
    expect(settingsOf('v3')).to.deep.equal(settings);
  });

  it('is one of one validator where nothing is asked for', async () => {
    const { dirs } = await prepare();

    expect(dirs.map((each) => path.basename(each))).to.deep.equal(['v1']);
  });

  it('gives each institution a time-stamping authority of its own, which it keeps', async () => {
    const { dirs } = await prepare({ validators: 2 });
    const keyOf = async (place: string): Promise<string> => {
      const settings = parseEnv(readFileSync(path.join(place, 'node.env'), 'utf8'));
      const { tsa } = readConfig(settings, place);
      const { serialNumber, policy } = await readTimestampKey(tsa!, Date.now());
      return `${policy} ${Buffer.from(serialNumber).toString('hex')}`;
    };
    const before = await Promise.all(dirs.map(keyOf));
    await prepare();

    expect(new Set(before).size).to.equal(2);
    expect(before[0]).to.match(/^2\.999\.3161\.1 /);
    expect(await Promise.all(dirs.map(keyOf))).to.deep.equal(before);
  });

  it('leaves another authority that a developer has named', async () => {
    await prepare();
    writeFileSync(envOf('v1'), 'TSA_CERT=/own.pem\nTSA_KEY=/own.key\nTSA_POLICY=1.2.3\n');
    await prepare();

    expect(settingsOf('v1')).to.include({ TSA_CERT: '/own.pem', TSA_POLICY: '1.2.3' });
  });

  it('gives each institution a Sigstore log of its own, which it keeps', async () => {
    const { dirs } = await prepare({ validators: 2 });
    const keyOf = async (place: string): Promise<string> => {
      const settings = parseEnv(readFileSync(path.join(place, 'node.env'), 'utf8'));
      const { tsa, sigstoreDir } = readConfig(settings, place);
      const { certificates } = await readTimestampKey(tsa!, Date.now());
      const facts = { stampCertificates: certificates, nowMs: Date.now() };
      const { logKey } = await readSigstoreKeys(sigstoreDir!, facts);
      const log = await openLevelLog(path.join(sigstoreDir!, 'log'));
      await log!.close();
      expect(log!.logKey).to.deep.equal(logKey);
      return Buffer.from(logKey).toString('hex');
    };
    const before = await Promise.all(dirs.map(keyOf));
    await prepare();

    expect(new Set(before).size).to.equal(2);
    expect(await Promise.all(dirs.map(keyOf))).to.deep.equal(before);
  });

  it('names no Sigstore log beside an authority of the developer’s own, nor one that is switched off', async () => {
    await prepare({ validators: 2 });
    writeFileSync(envOf('v1'), 'TSA_CERT=/own.pem\nTSA_KEY=/own.key\nTSA_POLICY=1.2.3\n');
    writeFileSync(envOf('v2'), 'SIGSTORE_DIR=\n');
    await prepare();

    expect(settingsOf('v1')).not.to.have.property('SIGSTORE_DIR');
    expect(settingsOf('v2')).to.include({ SIGSTORE_DIR: '', TSA_CERT: 'tsa/tsa.pem' });
  });

  it('makes a Sigstore log whole where that was cut off', async () => {
    await prepare();
    const place = path.join(dir, 'v1', 'sigstore');
    renameSync(place, `${place}.next`);
    rmSync(path.join(`${place}.next`, 'log'), { recursive: true });
    await prepare();

    expect(readdirSync(place).toSorted()).to.deep.equal([
      'log',
      'log.key',
      'signer.key',
      'tsa-ca.pem',
    ]);
  });

  it('makes a time-stamping authority whole where that was cut off', async () => {
    await prepare();
    const place = path.join(dir, 'v1', 'tsa');
    renameSync(place, `${place}.next`);
    rmSync(path.join(`${place}.next`, 'ca.pem'));
    await prepare();

    expect(readdirSync(place).toSorted()).to.deep.equal(['ca.pem', 'tsa.key', 'tsa.pem']);
  });

  it('gives each institution a witness key of its own, which it keeps, and which witnesses nothing', async () => {
    const { dirs } = await prepare({ validators: 2 });
    const witnessOf = async (place: string): Promise<string> => {
      const { witness } = readConfig(settingsOf(path.basename(place)), place);
      const { genesis } = genesisOf();
      const network = { genesis, chainId: chainIdOf(genesis) };
      const { signer, logs } = await readWitnessOptions(witness!, undefined, network);
      return `${logs.size} ${formatVerifierKey(signer.key)}`;
    };
    const before = await Promise.all(dirs.map(witnessOf));
    writeFileSync(envOf('v2'), 'WITNESS_KEY=/own.pem\nWITNESS_NAME=own\nWITNESS_LOGS=/own.txt\n');
    await prepare();

    expect(before[0]).to.match(/^0 birthmark\.devnet\/v1\/witness\+/);
    expect(before[1]).to.match(/^0 birthmark\.devnet\/v2\/witness\+/);
    expect(await witnessOf(dirs[0]!)).to.equal(before[0]);
    expect(settingsOf('v2')).to.include({ WITNESS_KEY: '/own.pem', WITNESS_NAME: 'own' });
  });

  for (const asked of [1, 3, 5]) {
    it(`refuses ${asked} validators where it has four, and changes nothing`, async () => {
      await prepare({ validators: 4 });
      const before = readFileSync(envOf('v1'), 'utf8');
      const refusal = await prepare({ validators: asked, apiPort: 20_000 }).catch(String);

      expect(refusal).to.match(
        new RegExp(
          `genesis\\.json stands, and differs:\\n {2}--validators ${asked}: the genesis names 4`,
        ),
      );
      expect(readFileSync(envOf('v1'), 'utf8')).to.equal(before);
    });
  }

  it('tells the others where a node listens whose port is taken', async () => {
    await prepare({ validators: 3 });
    const port = portOf(settingsOf('v2')['P2P_LISTEN']);
    const holder = createServer().listen(port, '127.0.0.1');
    await once(holder, 'listening');
    clearLockedPorts(); // As in another process.
    await prepare();
    holder.close();
    const moved = portOf(settingsOf('v2')['P2P_LISTEN']);

    expect(moved).to.not.equal(port);
    for (const name of ['v1', 'v3']) {
      expect(settingsOf(name)['P2P_PEERS']).to.equal(`v2=/ip4/127.0.0.1/tcp/${moved}`);
    }
    expect(settingsOf('v2')['P2P_PEERS']).to.equal(undefined);
  });

  it("keeps a developer's own settings", async () => {
    await prepare({ validators: 2 });
    writeFileSync(envOf('v2'), `${readFileSync(envOf('v2'), 'utf8')}LOG_LEVEL=debug\n`);
    await prepare();

    expect(settingsOf('v2')['LOG_LEVEL']).to.equal('debug');
    expect(settingsOf('v1')['LOG_LEVEL']).to.equal(undefined);
  });

  it('is made to its end where making it was cut off', async () => {
    await prepare({ validators: 3 });
    const before = genesisOf().genesis.validators.map(({ consensusKey }) => consensusKey);
    rmSync(path.join(dir, 'genesis.json'));
    rmSync(path.join(dir, 'v3'), { recursive: true });
    for (const name of ['v1', 'v2']) rmSync(path.join(dir, name, 'genesis.json'));
    const { dirs } = await prepare({ validators: 3 });
    const after = genesisOf().genesis.validators.map(({ consensusKey }) => consensusKey);

    expect(after.slice(0, 2)).to.deep.equal(before.slice(0, 2));
    for (const each of dirs) {
      const { validator } = await readValidator(readConfig({}, each));
      expect(validator.name).to.equal(path.basename(each));
    }
  });

  for (const text of ['0', '17', '100', 'four', '1.5', '-1', '']) {
    it(`is not made for ${JSON.stringify(text)} validators: the command was called wrongly`, async () => {
      const { code, notes } = await runCommand('devnet', '--dir', dir, `--validators=${text}`);

      expect(code).to.equal(2);
      expect(notes.join()).to.include('a development network has 1 to 16');
    });
  }
});
