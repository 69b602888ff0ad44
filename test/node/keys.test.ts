import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { armor, Decrypter, Encrypter } from 'age-encryption';
import { expect } from 'chai';

import { ed25519PublicKey } from '#crypto';
import { formatHex } from '../../chain/bytes.ts';
import {
  generateKeys,
  generateObserverKeys,
  KEY_FILES,
  KeyError,
  type KeyPurpose,
  type Keys,
  publicKeysOf,
  readKeyFile,
  readKeys,
  readObserverKeys,
  replaceKey,
  writeKeys,
} from '../../node/keys.ts';
import { hashOfText } from '../support/chainValues.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const PURPOSES = Object.keys(KEY_FILES) as KeyPurpose[];
const WORK_FACTOR = 10;

/** Resolves to the message with which keys are refused, or 'accepted'. */
async function refusalOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'accepted';
  } catch (error) {
    if (error instanceof KeyError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

function hexOf(keys: Keys): readonly string[] {
  return PURPOSES.map((purpose) => formatHex(keys[purpose]));
}

describe('key files', () => {
  const folder = temporaryFolder();
  let count = 0;
  let dir = '';

  beforeEach(() => {
    dir = path.join(folder, `keys-${count++}`);
  });

  const fileOf = (purpose: KeyPurpose): string => path.join(dir, KEY_FILES[purpose]);

  /** Puts an age file, made by the age library with little work, in the place of one that is there. */
  const encrypt = async (purpose: KeyPurpose, passphrase: string): Promise<void> => {
    const encrypter = new Encrypter();
    encrypter.setPassphrase(passphrase);
    encrypter.setScryptWorkFactor(WORK_FACTOR);
    const text = readFileSync(fileOf(purpose), 'utf8');
    writeFileSync(fileOf(purpose), armor.encode(await encrypter.encrypt(text)));
  };

  it('are read back as they were written', async () => {
    const keys = generateKeys();
    await writeKeys(dir, keys);

    expect(hexOf(await readKeys(dir))).to.deep.equal(hexOf(keys));
  });

  it('hold five different secrets of 32 bytes', () => {
    const keys = generateKeys();

    expect(new Set(hexOf(keys)).size).to.equal(5);
    expect(PURPOSES.map((purpose) => keys[purpose].length)).to.deep.equal([32, 32, 32, 32, 32]);
  });

  it('have the public halves of their seeds', () => {
    const keys = generateKeys();

    expect(publicKeysOf(keys)).to.deep.equal({
      consensus: ed25519PublicKey(keys.consensus),
      cosigner: ed25519PublicKey(keys.cosigner),
      network: ed25519PublicKey(keys.network),
      publisher: ed25519PublicKey(keys.publisher),
    });
  });

  it('are readable by their owner alone, in a folder that is too', async () => {
    await writeKeys(dir, generateKeys());

    expect(PURPOSES.map((each) => statSync(fileOf(each)).mode & 0o777)).to.deep.equal(
      PURPOSES.map(() => 0o600),
    );
    expect(statSync(dir).mode & 0o777).to.equal(0o700);
  });

  for (const mode of [0o604, 0o602, 0o640, 0o660, 0o644]) {
    it(`are refused with mode ${mode.toString(8)}, with what to do`, async () => {
      await writeKeys(dir, generateKeys());
      chmodSync(fileOf('network'), mode);

      expect(await refusalOf(readKeys(dir))).to.match(/^ERR_KEYS: .*network\.pem.*chmod 600/);
    });
  }

  it('are never overwritten', async () => {
    const keys = generateKeys();
    await writeKeys(dir, keys);

    expect(await refusalOf(writeKeys(dir, generateKeys()))).to.match(/^ERR_KEYS: .*overwritten/);
    expect(hexOf(await readKeys(dir))).to.deep.equal(hexOf(keys));
  });

  it('are not written at all where one of them is there', async () => {
    mkdirSync(dir);
    writeFileSync(fileOf('commitment'), 'kept');

    expect(await refusalOf(writeKeys(dir, generateKeys()))).to.match(/^ERR_KEYS: /);
    expect(readFileSync(fileOf('commitment'), 'utf8')).to.equal('kept');
    expect(() => statSync(fileOf('consensus'))).to.throw('ENOENT');
  });

  describe('of an observer', () => {
    it('are a network key alone, which is read back as it was written', async () => {
      const keys = generateObserverKeys();
      await writeKeys(dir, keys, 'seven secret words');

      expect(readdirSync(dir)).to.deep.equal(['network.pem']);
      expect(await readObserverKeys(dir, 'seven secret words')).to.deep.equal(keys);
    });

    it('are no keys of a validator', async () => {
      await writeKeys(dir, generateObserverKeys());

      expect(await refusalOf(readKeys(dir))).to.match(/^ERR_KEYS: cannot read .*consensus\.pem/);
    });

    for (const purpose of PURPOSES) {
      it(`are not written where there is a ${purpose} key`, async () => {
        mkdirSync(dir);
        writeFileSync(fileOf(purpose), 'kept');

        expect(await refusalOf(writeKeys(dir, generateObserverKeys()))).to.match(/overwritten/);
        expect(readdirSync(dir)).to.have.length(1);
      });
    }
  });

  describe('of which one is replaced', () => {
    let keys: Keys;
    const next = hashOfText('next');

    beforeEach(async () => {
      keys = generateKeys();
      await writeKeys(dir, keys);
    });

    it('hold the other in its place, and all else as it was', async () => {
      await replaceKey(dir, { purpose: 'publisher', secret: next });

      expect(hexOf(await readKeys(dir))).to.deep.equal(hexOf({ ...keys, publisher: next }));
      expect(statSync(fileOf('publisher')).mode & 0o777).to.equal(0o600);
    });

    it('keep the one that stood there under its public key', async () => {
      await replaceKey(dir, { purpose: 'publisher', secret: next });
      const id = formatHex(publicKeysOf(keys).publisher).slice(0, 16);
      const kept = path.join(dir, `publisher-${id}.pem`);

      expect(await readKeyFile(kept, 'publisher')).to.deep.equal(keys.publisher);
      expect(readdirSync(dir)).to.have.length(6);
    });

    it('are replaced too where an earlier attempt was cut off', async () => {
      writeFileSync(`${fileOf('publisher')}.next`, 'half a k');
      await replaceKey(dir, { purpose: 'publisher', secret: next });

      expect(hexOf(await readKeys(dir))).to.deep.equal(hexOf({ ...keys, publisher: next }));
    });

    it('stay as they are where the one to be replaced cannot be read', async () => {
      writeFileSync(fileOf('publisher'), 'damaged');

      expect(await refusalOf(replaceKey(dir, { purpose: 'publisher', secret: next }))).to.match(
        /^ERR_KEYS: .*does not hold a publisher key$/,
      );
      expect(readFileSync(fileOf('publisher'), 'utf8')).to.equal('damaged');
    });
  });

  it('are missed by name, with what to do', async () => {
    expect(await refusalOf(readKeys(dir))).to.match(
      /^ERR_KEYS: cannot read .*consensus\.pem.*birthmark keys create/,
    );
  });

  it('are written as age files under a passphrase', async function () {
    this.timeout(30_000);
    const keys = generateKeys();
    await writeKeys(dir, keys, 'seven secret words');
    const decrypter = new Decrypter();
    decrypter.addPassphrase('seven secret words');
    const text = readFileSync(fileOf('commitment'), 'utf8');

    expect(await decrypter.decrypt(armor.decode(text), 'text')).to.equal(
      `${formatHex(keys.commitment)}\n`,
    );
    expect(PURPOSES.map((each) => readFileSync(fileOf(each), 'utf8').split('\n')[0])).to.deep.equal(
      PURPOSES.map(() => '-----BEGIN AGE ENCRYPTED FILE-----'),
    );
  });

  describe('under a passphrase', () => {
    let keys: Keys;

    beforeEach(async () => {
      keys = generateKeys();
      await writeKeys(dir, keys);
      for (const purpose of PURPOSES) await encrypt(purpose, 'seven secret words');
    });

    it('are read with it', async () => {
      expect(hexOf(await readKeys(dir, 'seven secret words'))).to.deep.equal(hexOf(keys));
    });

    it('are refused with another', async () => {
      expect(await refusalOf(readKeys(dir, 'seven other words'))).to.match(
        /^ERR_KEYS: .*consensus\.pem cannot be decrypted: the passphrase is another one$/,
      );
    });

    it('are refused without one, naming the setting', async () => {
      expect(await refusalOf(readKeys(dir))).to.match(/^ERR_KEYS: .*KEYS_PASSPHRASE_FILE$/);
    });

    it('are refused where the file is damaged', async () => {
      const text = readFileSync(fileOf('consensus'), 'utf8');
      writeFileSync(fileOf('consensus'), text.slice(0, -80));

      expect(await refusalOf(readKeys(dir, 'seven secret words'))).to.match(/^ERR_KEYS: /);
    });
  });

  const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const x25519Key = generateKeyPairSync('x25519').privateKey;
  const wrong: readonly (readonly [string, KeyPurpose, string])[] = [
    ['a P-256 key', 'consensus', ecKey.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['an X25519 key', 'consensus', x25519Key.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['text', 'network', 'not a key'],
    ['nothing', 'cosigner', ''],
    ['31 bytes', 'commitment', 'ab'.repeat(31)],
    ['33 bytes', 'commitment', 'ab'.repeat(33)],
    ['hex in upper case', 'commitment', 'AB'.repeat(32)],
  ];
  for (const [what, purpose, text] of wrong) {
    it(`are refused where ${KEY_FILES[purpose]} holds ${what}`, async () => {
      await writeKeys(dir, generateKeys());
      writeFileSync(fileOf(purpose), text);

      expect(await refusalOf(readKeys(dir))).to.match(
        new RegExp(`^ERR_KEYS: .*does not hold a ${purpose} key$`),
      );
    });
  }

  it('take a key that OpenSSL wrote', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeKeys(dir, generateKeys());
    writeFileSync(fileOf('consensus'), privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const { d = '' } = privateKey.export({ format: 'jwk' });

    const { consensus } = await readKeys(dir);

    expect(formatHex(consensus)).to.equal(Buffer.from(d, 'base64url').toString('hex'));
  });
});
