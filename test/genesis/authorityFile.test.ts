import { expect } from 'chai';

import { ed25519PublicKey } from '#crypto';
import { generateKeyPairSync } from 'node:crypto';

import type { Authority } from '../../chain/authority.ts';
import { ChainError } from '../../chain/errors.ts';
import { formatAuthority, formatEd25519Key, parseAuthority } from '../../genesis/authorityFile.ts';
import { JsonReader } from '../../genesis/json.ts';
import { createCa, pemOf } from '../support/certificates.ts';
import { hashOfText } from '../support/chainValues.ts';

const CA = createCa();
const VERDICT_KEY = ed25519PublicKey(hashOfText('verdict'));

/** An entry with the names that manufacturers' tools write. */
const FILE = {
  id: 'acme',
  name: 'Acme Imaging',
  ca_certificates: [pemOf(CA.der)],
  endpoints: ['http://localhost:8001/'],
  strict_names: false,
  allow_private: true,
  verdict_key: formatEd25519Key(VERDICT_KEY),
  blind: false,
  legacy_endpoint: null,
  revocation: [],
};

interface Read {
  readonly authority: Authority;
  /** A line each. */
  readonly problems: readonly string[];
}

function read(json: unknown): Read {
  const reader = new JsonReader();
  const authority = parseAuthority(json, 'file', reader);
  try {
    reader.finish('the file');
    return { authority, problems: [] };
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    return {
      authority,
      problems: error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim()),
    };
  }
}

describe('an authority file', () => {
  it('is read by its fixed names', () => {
    expect(read(FILE)).to.deep.equal({
      problems: [],
      authority: {
        id: 'acme',
        name: 'Acme Imaging',
        caCertificates: [CA.der],
        endpoints: ['http://localhost:8001/'],
        strictNames: false,
        allowPrivate: true,
        verdictKey: VERDICT_KEY,
        blind: false,
        legacyEndpoint: undefined,
        revocation: [],
      },
    });
  });

  it('is written by its fixed names', () => {
    expect(formatAuthority(read(FILE).authority)).to.deep.equal(FILE);
  });

  it('may leave out its last four fields', () => {
    const { verdict_key: _k, blind: _b, legacy_endpoint: _l, revocation: _r, ...rest } = FILE;

    expect(read(rest)).to.deep.include({ problems: [] });
    expect(read(rest).authority).to.deep.include({
      verdictKey: undefined,
      blind: false,
      legacyEndpoint: undefined,
      revocation: [],
    });
  });

  for (const name of Object.keys(FILE).slice(0, 6)) {
    it(`may not leave out ${name}`, () => {
      const problems = read({ ...FILE, [name]: undefined }).problems;

      expect(problems[0]).to.match(new RegExp(`^file\\.${name} `));
    });
  }

  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const p521Ca = pemOf(CA.der).replace(/\n[A-Za-z0-9+/]{64}\n/, '\n');
  const refused: readonly (readonly [string, string, unknown])[] = [
    ['id', 'with a space', 'a b'],
    ['id', 'of 65 characters', 'a'.repeat(65)],
    ['name', 'that is empty', ''],
    ['name', 'with a line end', 'Acme\nImaging'],
    ['name', 'of more than 200 bytes', 'é'.repeat(101)],
    ['ca_certificates', 'that is empty', []],
    ['ca_certificates', 'that is no list', pemOf(CA.der)],
    ['ca_certificates', 'with text', ['certificate']],
    ['ca_certificates', 'with a damaged certificate', [p521Ca]],
    ['ca_certificates', 'with 17', Array.from({ length: 17 }, () => pemOf(CA.der))],
    ['endpoints', 'that is empty', []],
    ['endpoints', 'with another scheme', ['ftp://acme.example/']],
    ['endpoints', 'with credentials', ['https://user:pass@acme.example/']],
    ['endpoints', 'with a query', ['https://acme.example/?a']],
    ['endpoints', 'with a fragment', ['https://acme.example/#a']],
    ['endpoints', 'with dots in its path', ['https://acme.example/../']],
    ['endpoints', 'of 513 bytes', [`https://acme.example/${'a'.repeat(492)}`]],
    ['endpoints', 'with 17', Array.from({ length: 17 }, (_, i) => `https://acme.example/${i}/`)],
    ['strict_names', 'that is text', 'false'],
    ['allow_private', 'that is null', null],
    ['verdict_key', 'that is hex', 'ab'.repeat(32)],
    ['verdict_key', 'on P-256', p256.export({ format: 'pem', type: 'spki' })],
    ['verdict_key', 'of small order', formatEd25519Key(new Uint8Array(32))],
    ['blind', 'that is a number', 1],
    ['legacy_endpoint', 'that is no URL', 'validate'],
    ['revocation', 'with a number', [1]],
    ['revocation', 'with 17', Array.from({ length: 17 }, (_, i) => `https://acme.example/${i}/`)],
  ];
  for (const [name, what, value] of refused) {
    it(`is refused with a ${name} ${what}`, () => {
      const { problems } = read({ ...FILE, [name]: value });

      expect(problems.length, problems.join()).to.be.at.least(1);
      expect(
        problems.every((line) => line.startsWith(`file.${name}`)),
        problems.join(),
      ).to.be.true;
    });
  }

  it('is refused with all problems at once', () => {
    const { problems } = read({});

    expect(problems).to.have.length.above(5);
  });

  it('takes a key that OpenSSL wrote', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const { problems, authority } = read({
      ...FILE,
      verdict_key: publicKey.export({ format: 'pem', type: 'spki' }),
    });
    const { x = '' } = publicKey.export({ format: 'jwk' });

    expect(problems).to.deep.equal([]);
    expect(Buffer.from(authority.verdictKey ?? []).toString('base64url')).to.equal(x);
  });
});
