import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { ed25519PublicKey } from '#crypto';
import { expect } from 'chai';

import { createVerifierKey, formatVerifierKey, KEY_TYPE } from '../../../chain/log/verifierKey.ts';
import { NodeError } from '../../../node/errors.ts';
import { writeKeyFile } from '../../../node/keys.ts';
import {
  type OwnNetwork,
  readAskedWitnesses,
  readWitnessOptions,
} from '../../../node/witness/files.ts';
import { peerIdOf } from '../../../p2p/peerId.ts';
import { CHAIN_ID, hashOfText, validatorOf } from '../../support/chainValues.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { logSigner, witnessSigner } from '../../support/witnessRig.ts';

const SECRET = hashOfText('witness secret');
const LOG_SECRET = hashOfText('log secret');
const NETWORK_SECRET = hashOfText('network secret');
const VALIDATOR = { ...validatorOf('v0'), peerId: peerIdOf(ed25519PublicKey(NETWORK_SECRET)) };
const NETWORK: OwnNetwork = {
  genesis: { network: 'own', logKey: ed25519PublicKey(LOG_SECRET), validators: [VALIDATOR] },
  chainId: CHAIN_ID,
};
const LOG_LINE = `log ${formatVerifierKey(logSigner('log.example/1').key)}\n`;

async function problemOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
    return 'none';
  } catch (error) {
    if (error instanceof NodeError && error.code === 'ERR_WITNESS') return error.message;
    throw error;
  }
}

describe('the files of a witness', () => {
  const folder = temporaryFolder();
  let dir = '';
  let keyPath = '';
  let logsPath = '';
  beforeEach(() => {
    dir = mkdtempSync(path.join(folder, 'w-'));
    keyPath = path.join(dir, 'key.pem');
    logsPath = path.join(dir, 'logs.txt');
    writeFileSync(logsPath, LOG_LINE);
  });

  const readWith = async (
    secret = SECRET,
    passphrase?: string,
  ): ReturnType<typeof readWitnessOptions> => {
    await writeKeyFile(keyPath, { purpose: 'witness', secret }, passphrase);
    return readWitnessOptions({ keyPath, name: 'museum.example/w', logsPath }, passphrase, NETWORK);
  };

  it('hold its key and its logs', async () => {
    const { signer, logs } = await readWith();

    expect(signer.key).to.deep.equal(
      createVerifierKey(KEY_TYPE.cosignature, 'museum.example/w', ed25519PublicKey(SECRET)),
    );
    expect([...logs.keys()]).to.deep.equal(['log.example/1']);
    expect(signer.sign(new Uint8Array(1))).to.have.length(64);
  });

  it('may be encrypted', async () => {
    const { signer } = await readWith(SECRET, 'a passphrase');

    expect(signer.key.publicKey).to.deep.equal(ed25519PublicKey(SECRET));
  });

  it('may name no log yet', async () => {
    writeFileSync(logsPath, '# none\n');

    expect((await readWith()).logs.size).to.equal(0);
  });

  it('are refused where the key is missing, is no key, or is open to others', async () => {
    const files = { keyPath, name: 'w', logsPath };
    const read = (): Promise<unknown> => readWitnessOptions(files, undefined, NETWORK);

    expect(await problemOf(read())).to.include('birthmark witness create');
    writeFileSync(keyPath, 'no key', { mode: 0o600 });
    expect(await problemOf(read())).to.include('does not hold a witness key');
    chmodSync(keyPath, 0o644);
    expect(await problemOf(read())).to.include('chmod 600');
  });

  it('are refused where the key is one of the network', async () => {
    expect(await problemOf(readWith(LOG_SECRET))).to.include('is a key of this network');
  });

  it('are refused where the key is that by which a validator is dialled', async () => {
    expect(await problemOf(readWith(NETWORK_SECRET))).to.include('is a key of this network');
  });

  it('are refused where the key is a cosigner key', async () => {
    expect(await problemOf(readWith(hashOfText('cosigner key of v0')))).to.include(
      'a witness needs one of its own',
    );
  });

  it("are refused where they name this network's own log", async () => {
    const own = logSigner(`own/${Buffer.from(CHAIN_ID).toString('hex').slice(0, 16)}`);
    writeFileSync(logsPath, `${LOG_LINE}log ${formatVerifierKey(own.key)}\n`);

    expect(await problemOf(readWith())).to.include("names this network's own log");
  });

  it('are refused where the list is missing, too large or breaks a rule', async () => {
    writeFileSync(logsPath, 'log x\n');
    expect(await problemOf(readWith())).to.include('line 1');
    const files = { keyPath, name: 'w', logsPath: path.join(dir, 'no') };
    expect(await problemOf(readWitnessOptions(files, undefined, NETWORK))).to.include(
      `cannot read WITNESS_LOGS=${files.logsPath}`,
    );
    writeFileSync(logsPath, '#'.repeat(131_073));
    expect(
      await problemOf(readWitnessOptions({ ...files, logsPath }, undefined, NETWORK)),
    ).to.include('131072 are allowed');
  });
});

describe('the list of outside witnesses', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'witnesses.txt');
  const keyText = formatVerifierKey(witnessSigner('w.example').key);
  const read = (line: string): ReturnType<typeof readAskedWitnesses> => {
    writeFileSync(file, `${line}\n`);
    return readAskedWitnesses(file, NETWORK);
  };

  for (const [url, target] of [
    ['https://w.example', 'https://w.example/add-checkpoint'],
    ['https://w.example/', 'https://w.example/add-checkpoint'],
    ['https://w.example/prefix', 'https://w.example/prefix/add-checkpoint'],
    ['http://w.example:8080/a/b/', 'http://w.example:8080/a/b/add-checkpoint'],
    ['http://[::1]:8080', 'http://[::1]:8080/add-checkpoint'],
  ] as const) {
    it(`asks at ${target} for ${url}`, async () => {
      const [place] = await read(`witness w ${keyText} ${url}`);

      expect(place?.target.href).to.equal(target);
      expect(place?.name).to.equal('w');
    });
  }

  for (const url of [
    'w.example',
    'ftp://w.example',
    'https://user@w.example',
    'https://w.example/?q=1',
    'https://w.example/#x',
    'https://w.example/a/../b',
    'https://w.example/%2e',
    'https://',
  ]) {
    it(`refuses ${url}`, async () => {
      expect(await problemOf(read(`witness w ${keyText} ${url}`))).to.include('cannot be asked');
    });
  }

  it('refuses a key of the network', async () => {
    const key = createVerifierKey(KEY_TYPE.cosignature, 'w', VALIDATOR.cosignerKey);

    expect(
      await problemOf(read(`witness w ${formatVerifierKey(key)} https://w.example`)),
    ).to.include('no outside witness');
  });

  it('refuses what is no list, and says which line', async () => {
    expect(await problemOf(read('witness w x https://w.example'))).to.include('line 1');
    expect(await problemOf(readAskedWitnesses(path.join(folder, 'no'), NETWORK))).to.include(
      'cannot read WITNESSES=',
    );
  });
});
