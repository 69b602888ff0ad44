import { expect } from 'chai';
import fc from 'fast-check';

import { concatBytes, formatHex, parseHex } from '../../../chain/bytes.ts';
import {
  createQuery,
  decodeQuery,
  encodeQuery,
  type Query,
} from '../../../node/timestamp/query.ts';
import { TimestampRefusal } from '../../../node/timestamp/refusal.ts';
import { Chance, damage } from '../../support/mutations.ts';

const DIGEST = new Uint8Array(32).fill(0xab);
const SHA256 = '300d06096086480165030402010500';
const IMPRINT = `3031${SHA256}0420${'ab'.repeat(32)}`;

/** The query of these fields, in hex. */
function queryOf(...fields: readonly string[]): Uint8Array {
  const content = parseHex(fields.join(''));
  const length = content.length < 128 ? [content.length] : [0x81, content.length];
  return concatBytes(Uint8Array.of(0x30, ...length), content);
}

/** The reason for which bytes are refused. */
function failureOf(bytes: Uint8Array): string {
  try {
    decodeQuery(bytes);
    return 'taken';
  } catch (error) {
    if (error instanceof TimestampRefusal) return error.failure;
    throw error;
  }
}

describe('a time-stamp query', () => {
  it('is read as it was written', () => {
    const query: Query = { ...createQuery(DIGEST, Uint8Array.of(1, 2)), policy: '1.2.3.4' };

    expect(decodeQuery(encodeQuery(query))).to.deep.equal(query);
  });

  it('is what openssl ts -query writes', () => {
    // openssl ts -query -digest ab…ab -sha256 -no_nonce -cert
    const bytes = queryOf('020101', IMPRINT, '0101ff');

    expect(formatHex(encodeQuery(createQuery(DIGEST)))).to.equal(formatHex(bytes));
  });

  it('may leave out what is optional, the parameters of the hash too', () => {
    const imprint = `302f300b06096086480165030402010420${'ab'.repeat(32)}`;

    expect(decodeQuery(queryOf('020101', imprint))).to.deep.equal({
      digest: DIGEST,
      imprint: parseHex(imprint),
      policy: undefined,
      nonce: undefined,
      certReq: false,
    });
  });

  it('keeps the bytes of its imprint and of a negative nonce', () => {
    const { imprint, nonce } = decodeQuery(queryOf('020101', IMPRINT, '0201f0'));

    expect(formatHex(imprint)).to.equal(IMPRINT);
    expect(nonce).to.deep.equal(Uint8Array.of(0xf0));
  });

  const longNonce = (bytes: number): string =>
    `02${bytes.toString(16).padStart(2, '0')}${'11'.repeat(bytes)}`;
  const sha1 = `3021300906052b0e03021a05000414${'ab'.repeat(20)}`;
  const sha512 = `3051300d06096086480165030402030500` + `0440${'ab'.repeat(64)}`;
  const refused: readonly (readonly [string, string, Uint8Array])[] = [
    ['SHA-1', 'badAlg', queryOf('020101', sha1)],
    ['SHA-512', 'badAlg', queryOf('020101', sha512)],
    [
      'parameters of SHA-256',
      'badAlg',
      queryOf('020101', `3032300e060960864801650304020102010004` + `20${'ab'.repeat(32)}`),
    ],
    [
      'a digest that is too short',
      'badDataFormat',
      queryOf('020101', `3030${SHA256}041f${'ab'.repeat(31)}`),
    ],
    [
      'a digest that is too long',
      'badDataFormat',
      queryOf('020101', `3032${SHA256}0421${'ab'.repeat(33)}`),
    ],
    [
      'a digest of no algorithm',
      'badDataFormat',
      queryOf('020101', `30240420${'ab'.repeat(32)}3000`),
    ],
    [
      'an algorithm without a name',
      'badDataFormat',
      queryOf('020101', `302430000420${'ab'.repeat(32)}`),
    ],
    [
      'a third part of its imprint',
      'badDataFormat',
      queryOf('020101', `3033${IMPRINT.slice(4)}0500`),
    ],
    [
      'an algorithm of three parts',
      'badDataFormat',
      queryOf('020101', `3033300f060960864801650304020105000500${IMPRINT.slice(34)}`),
    ],
    ['version 0', 'badRequest', queryOf('020100', IMPRINT)],
    ['version 2', 'badRequest', queryOf('020102', IMPRINT)],
    ['a version in two bytes', 'badRequest', queryOf('02020001', IMPRINT)],
    [
      'an extension',
      'unacceptedExtension',
      queryOf('020101', IMPRINT, 'a00d300b06032a0304040430020500'),
    ],
    ['no extensions in their field', 'unacceptedExtension', queryOf('020101', IMPRINT, 'a000')],
    ['a nonce of no byte', 'badDataFormat', queryOf('020101', IMPRINT, '0200')],
    ['a nonce with a zero before it', 'badDataFormat', queryOf('020101', IMPRINT, '0202007f')],
    [
      'a negative nonce with ones before it',
      'badDataFormat',
      queryOf('020101', IMPRINT, '0202ff80'),
    ],
    ['a nonce of 33 bytes', 'badRequest', queryOf('020101', IMPRINT, longNonce(33))],
    ['certReq FALSE, which is the default', 'badDataFormat', queryOf('020101', IMPRINT, '010100')],
    ['certReq that is neither', 'badDataFormat', queryOf('020101', IMPRINT, '010101')],
    [
      'its fields in another order',
      'badDataFormat',
      queryOf('020101', IMPRINT, '0101ff', '020105'),
    ],
    ['two nonces', 'badDataFormat', queryOf('020101', IMPRINT, '020105', '020105')],
    ['a field that no query has', 'badDataFormat', queryOf('020101', IMPRINT, '0500')],
    ['a policy that is cut off', 'badDataFormat', queryOf('020101', IMPRINT, '06022a86')],
    ['nothing but a version', 'badDataFormat', queryOf('020101')],
    ['no field', 'badDataFormat', queryOf()],
    ['no byte', 'badDataFormat', new Uint8Array()],
    [
      'a byte behind its end',
      'badDataFormat',
      concatBytes(queryOf('020101', IMPRINT), Uint8Array.of(0)),
    ],
    ['a set in place of a sequence', 'badDataFormat', queryOf('020101', IMPRINT).with(0, 0x31)],
    ['an indefinite length', 'badDataFormat', parseHex(`3080020101${IMPRINT}0000`)],
    ['a length that is longer than need be', 'badDataFormat', parseHex(`308136020101${IMPRINT}`)],
  ];
  for (const [what, failure, bytes] of refused) {
    it(`is refused with ${what}: ${failure}`, () => {
      expect(failureOf(bytes)).to.equal(failure);
    });
  }

  it('may have a nonce of 32 bytes', () => {
    expect(failureOf(queryOf('020101', IMPRINT, longNonce(32)))).to.equal('taken');
  });

  it('is refused one byte short at every place', () => {
    const bytes = queryOf('020101', IMPRINT, '020105', '0101ff');

    for (let size = 0; size < bytes.length; size++) {
      expect(failureOf(bytes.slice(0, size)), `${size} bytes`).to.equal('badDataFormat');
    }
  });

  it('of any bytes is refused, or written again as it was', () => {
    const whole = encodeQuery({ ...createQuery(DIGEST, Uint8Array.of(7)), policy: '1.2.3.4' });
    const damaged = fc.integer().map((seed) => damage(whole, new Chance(seed)));

    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        if (failureOf(bytes) !== 'taken') return;
        expect(encodeQuery(decodeQuery(bytes))).to.deep.equal(Uint8Array.from(bytes));
      }),
      { numRuns: 5_000 },
    );
  });
});
