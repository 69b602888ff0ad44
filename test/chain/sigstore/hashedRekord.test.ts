import canonicalize from 'canonicalize';
import { expect } from 'chai';
import fc from 'fast-check';

import { formatUtf8, parseUtf8 } from '../../../chain/bytes.ts';
import { ChainError } from '../../../chain/errors.ts';
import {
  decodeHashedRekord,
  encodeHashedRekord,
  type HashedRekord,
} from '../../../chain/sigstore/hashedRekord.ts';

const RECORD: HashedRekord = {
  digest: new Uint8Array(32).fill(0xfb),
  signature: Uint8Array.of(0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x02),
  verifier: { kind: 'publicKey', rawBytes: Uint8Array.of(0xff, 0xfe) },
};
const TEXT =
  '{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256",' +
  '"digest":"+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s="},"signature":{"content":"MAYCAQECAQI=",' +
  '"verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":"//4="}}}}}}';

const bytes = (sizeMin: number, sizeMax = sizeMin): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: sizeMin, maxLength: sizeMax });
const records: fc.Arbitrary<HashedRekord> = fc.record({
  digest: bytes(32),
  signature: bytes(8, 72),
  verifier: fc.record({
    kind: fc.constantFrom('publicKey', 'x509Certificate'),
    rawBytes: bytes(1, 200),
  }),
});

describe('an entry of a Sigstore log', () => {
  it('has one form in bytes', () => {
    expect(parseUtf8(encodeHashedRekord(RECORD))).to.equal(TEXT);
    expect(decodeHashedRekord(formatUtf8(TEXT))).to.deep.equal(RECORD);
  });

  it('is that which RFC 8785 gives its JSON', () => {
    fc.assert(
      fc.property(records, (record) => {
        const text = parseUtf8(encodeHashedRekord(record));
        expect(text).to.equal(canonicalize(JSON.parse(text)));
      }),
    );
  });

  it('decodes to what was encoded', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(decodeHashedRekord(encodeHashedRekord(record))).to.deep.equal(record);
      }),
    );
  });

  it('holds the largest certificate', () => {
    const verifier = { kind: 'x509Certificate', rawBytes: new Uint8Array(8_192) } as const;

    expect(decodeHashedRekord(encodeHashedRekord({ ...RECORD, verifier })).verifier).to.deep.equal(
      verifier,
    );
  });

  const others: Readonly<Record<string, string>> = {
    'with white space': TEXT.replace(',', ', '),
    'with something behind': `${TEXT}\n`,
    'without its last brace': TEXT.slice(0, -1),
    'of another version': TEXT.replace('0.0.2', '0.0.1'),
    'of a version that only looks alike': TEXT.replace('0.0.2', '0x0.2'),
    'of another kind': TEXT.replace('hashedrekord', 'dsse'),
    'with names in another order': TEXT.replace(
      '"apiVersion":"0.0.2","kind":"hashedrekord"',
      '"kind":"hashedrekord","apiVersion":"0.0.2"',
    ),
    'of another key type': TEXT.replace('PKIX_ECDSA_P256_SHA_256', 'PKIX_ED25519'),
    'of another hash': TEXT.replace('SHA2_256', 'SHA2_512'),
    'with a digest that is too short': TEXT.replace('+/v7+/v7', '+/v7'),
    'with base64 that is not strict': TEXT.replace('MAYCAQECAQI=', 'MAYCAQECAQJ='),
    'with an escape': TEXT.replace('//4=', '\\/\\/4='),
    'with an empty signature': TEXT.replace('MAYCAQECAQI=', ''),
    'with a signature of seven bytes': TEXT.replace('MAYCAQECAQI=', 'MAYCAQECAQ=='),
    'with a signature of 73 bytes': TEXT.replace(
      'MAYCAQECAQI=',
      Buffer.alloc(73).toString('base64'),
    ),
    'that is not there': '',
  };
  for (const [what, text] of Object.entries(others)) {
    it(`is none ${what}`, () => {
      expect(() => decodeHashedRekord(formatUtf8(text)))
        .to.throw(ChainError)
        .with.property('code', 'ERR_MALFORMED');
    });
  }

  it('is none that is larger than any', () => {
    const text = TEXT.replace('//4=', '/'.repeat(12_288));

    expect(() => decodeHashedRekord(formatUtf8(text))).to.throw('no hashedrekord');
  });

  it('is none in other bytes than UTF-8', () => {
    expect(() => decodeHashedRekord(Uint8Array.of(0xff))).to.throw(ChainError);
  });

  it('is never made with another digest', () => {
    expect(() => encodeHashedRekord({ ...RECORD, digest: new Uint8Array(31) })).to.throw(
      'an entry has digest, signature, key',
    );
  });
});
