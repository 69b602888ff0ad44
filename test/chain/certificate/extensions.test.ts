import { expect } from 'chai';

import { formatUtf8, parseHex } from '../../../chain/bytes.ts';
import { EXTENSION_OID, parseExtensions } from '../../../chain/certificate/extensions.ts';
import { bytesOf, codeOf } from '../../support/chainValues.ts';
import {
  birthmarkExtensions,
  DEVICE_VALUES,
  dialectBExtensions,
  type ExtensionValue,
} from '../../support/certificates.ts';

type Name = keyof typeof EXTENSION_OID;

function mapOf(extensions: readonly ExtensionValue[]): Map<string, Uint8Array> {
  return new Map(extensions.map(({ oid, value }) => [oid, value]));
}

/** The values of a usual certificate with one replaced, or left out. */
function valuesWith(name: Name, value: Uint8Array | undefined): Map<string, Uint8Array> {
  const values = mapOf(birthmarkExtensions());
  values.delete(EXTENSION_OID[name]);
  if (value !== undefined) values.set(EXTENSION_OID[name], value);
  return values;
}

function codeWith(name: Name, value: Uint8Array | undefined): string {
  return codeOf(() => parseExtensions(valuesWith(name, value)));
}

/** A DER value with a short length. */
function der(tag: number, content: Uint8Array): Uint8Array {
  return Uint8Array.of(tag, content.length, ...content);
}

const SIX = [
  'manufacturerId',
  'endpoint',
  'encryptedNuc',
  'keyTableId',
  'keyIndex',
  'deviceFamily',
];
const TEXTS = ['manufacturerId', 'endpoint', 'deviceFamily'] as const;
const NUMBERS = [
  ['keyTableId', 2_499, 'ERR_KEY_TABLE_RANGE'],
  ['keyIndex', 999, 'ERR_KEY_INDEX_RANGE'],
] as const;

describe('the six extensions', () => {
  for (const form of ['raw', 'der'] as const) {
    it(`have the same values in ${form} form`, () => {
      const values = mapOf(birthmarkExtensions(DEVICE_VALUES, form));

      expect(parseExtensions(values)).to.deep.equal(DEVICE_VALUES);
    });
  }

  it('may mix the forms', () => {
    const raw = mapOf(birthmarkExtensions(DEVICE_VALUES, 'raw'));
    for (const { oid, value } of birthmarkExtensions(DEVICE_VALUES, 'der').slice(0, 3)) {
      raw.set(oid, value);
    }

    expect(parseExtensions(raw)).to.deep.equal(DEVICE_VALUES);
  });

  it('are all there', () => {
    for (const name of SIX)
      expect(codeWith(name as Name, undefined), name).to.equal('ERR_EXTENSION_MISSING');
    expect(codeOf(() => parseExtensions(new Map()))).to.equal('ERR_EXTENSION_MISSING');
  });
});

describe('text in an extension', () => {
  it('is UTF-8 without control characters, and not empty', () => {
    const cases: readonly [string, Uint8Array][] = [
      ['not UTF-8', Uint8Array.of(0x41, 0xff)],
      ['not UTF-8, in DER', der(0x0c, Uint8Array.of(0x41, 0xff))],
      ['empty', new Uint8Array()],
      ['empty, in DER', der(0x0c, new Uint8Array())],
      ['a line', formatUtf8('a\n')],
      ['a zero byte', formatUtf8('a\0b')],
      ['a delete character', formatUtf8('a\u{7f}')],
      ['DER cut off', parseHex('0c0541')],
      ['DER with a byte behind', parseHex('0c014100')],
      ['another type of text, in DER', der(0x13, formatUtf8('a'))],
      ['DER in DER', der(0x0c, der(0x0c, formatUtf8('a')))],
    ];
    for (const name of TEXTS) {
      for (const [what, value] of cases) {
        expect(codeWith(name, value), `${name}: ${what}`).to.equal('ERR_EXTENSION_ENCODING');
      }
    }
  });

  it('may hold any letters', () => {
    const values = valuesWith('deviceFamily', formatUtf8('カメラ É'));

    expect(parseExtensions(values)).to.include({ deviceFamily: 'カメラ É' });
  });

  it('has a limit in bytes', () => {
    const limits = { manufacturerId: 64, endpoint: 512, deviceFamily: 128 } as const;
    for (const [name, limit] of Object.entries(limits) as [Name, number][]) {
      expect(codeWith(name, bytesOf(limit, 0x61)), name).to.equal('accepted');
      expect(codeWith(name, bytesOf(limit + 1, 0x61)), name).to.equal('ERR_EXTENSION_ENCODING');
    }
  });
});

describe('the encrypted NUC', () => {
  it('has 60 bytes, raw or in an OCTET STRING', () => {
    for (const size of [0, 1, 57, 59, 61, 62, 63, 120]) {
      expect(codeWith('encryptedNuc', bytesOf(size, 7)), `raw ${size}`).to.equal('ERR_NUC_LENGTH');
    }
    for (const size of [0, 57, 59, 61, 64]) {
      const value = der(0x04, bytesOf(size, 7));
      expect(codeWith('encryptedNuc', value), `DER ${size}`).to.equal('ERR_NUC_LENGTH');
    }
    expect(codeWith('encryptedNuc', bytesOf(60, 7))).to.equal('accepted');
    expect(codeWith('encryptedNuc', der(0x04, bytesOf(60, 7)))).to.equal('accepted');
  });

  it('of 60 raw bytes may look like DER', () => {
    const value = der(0x04, bytesOf(58, 7));

    expect(parseExtensions(valuesWith('encryptedNuc', value))).to.deep.include({
      encryptedNuc: value,
    });
  });

  it('of 62 bytes with another tag is refused', () => {
    expect(codeWith('encryptedNuc', der(0x05, bytesOf(60, 7)))).to.equal('ERR_NUC_LENGTH');
  });
});

for (const [name, max, code] of NUMBERS) {
  describe(`the number ${name}`, () => {
    const parsed = (value: Uint8Array): unknown => {
      const values = parseExtensions(valuesWith(name, value));
      return values.dialect === 'A' ? values[name] : undefined;
    };

    it(`is 0 to ${max} in two raw bytes`, () => {
      for (let number = 0; number <= 0xffff; number += number < 3_000 ? 1 : 97) {
        const value = Uint8Array.of(number >> 8, number & 0xff);
        if (number <= max) expect(parsed(value)).to.equal(number);
        else expect(codeWith(name, value), `${number}`).to.equal(code);
      }
    });

    it(`is 0 to ${max} in a DER INTEGER`, () => {
      const table: readonly [string, number | string][] = [
        ['020100', 0],
        ['02017f', 127],
        ['02020080', 128],
        ['020203e7', 999],
        ['020203e8', name === 'keyIndex' ? code : 1_000],
        ['020209c3', name === 'keyIndex' ? code : 2_499],
        ['020209c4', code],
        ['0203010000', code],
        ['02047fffffff', code],
        ['0201ff', code],
        ['020180', code],
        ['0202ff7f', code],
      ];
      for (const [hex, expected] of table) {
        const value = parseHex(hex);
        if (typeof expected === 'number') expect(parsed(value), hex).to.equal(expected);
        else expect(codeWith(name, value), hex).to.equal(expected);
      }
    });

    it('is refused in any other form', () => {
      const values = [
        '',
        '00',
        '000001',
        '02020001',
        '0202ff80',
        '02050000000001',
        '02050100000000',
        '0401ff',
        '02010000',
        '020201',
        '0a0101',
      ];
      for (const hex of values) {
        expect(codeWith(name, parseHex(hex)), hex).to.equal('ERR_EXTENSION_ENCODING');
      }
    });
  });
}

describe('dialect B', () => {
  it('has two extensions of text', () => {
    expect(parseExtensions(mapOf(dialectBExtensions()))).to.deep.equal({
      dialect: 'B',
      deviceSecret: '00112233aabb',
      keyReferences: '42,157,891',
    });
  });

  it('needs both', () => {
    const [secret, references] = dialectBExtensions();

    for (const extension of [secret!, references!]) {
      expect(codeOf(() => parseExtensions(mapOf([extension])))).to.equal('ERR_EXTENSION_MISSING');
    }
  });
});
