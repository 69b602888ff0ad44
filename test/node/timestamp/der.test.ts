import { expect } from 'chai';
import * as asn1js from 'asn1js';

import { formatHex } from '../../../chain/bytes.ts';
import {
  checkDer,
  contentOf,
  parseObjectIdentifier,
  readDer,
} from '../../../chain/certificate/der.ts';
import {
  encodeNamedBit,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSetOf,
  encodeSmallInteger,
} from '../../../node/timestamp/der.ts';

describe('DER that is written', () => {
  for (const size of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    it(`has the shortest length for ${size} bytes`, () => {
      const bytes = encodeOctetString(new Uint8Array(size));

      checkDer(bytes);
      const value = readDer(bytes, 0, bytes.length);
      expect(value.end - value.content).to.equal(size);
      expect(formatHex(bytes)).to.equal(
        Buffer.from(new asn1js.OctetString({ valueHex: new ArrayBuffer(size) }).toBER()).toString(
          'hex',
        ),
      );
    });
  }

  for (const [text, hex] of [
    ['1.2.840.113549.1.7.2', '06092a864886f70d010702'],
    ['2.999.3161.1', '060588379859' + '01'],
    ['0.4.0.2023.1.1', '060604008f670101'],
    ['2.5.29.37', '0603551d25'],
    ['1.3.127.128.16383.16384', '06092b7f8100ff7f818000'],
    // A UUID as one arc.
    [
      '2.25.340282366920938463463374607431768211455',
      '06146983ffffffffffffffffffffffffffffffffff7f',
    ],
  ] as const) {
    it(`writes the object identifier ${text} as it is read`, () => {
      const bytes = encodeObjectIdentifier(text);

      expect(formatHex(bytes)).to.equal(hex);
      expect(parseObjectIdentifier(contentOf(bytes, readDer(bytes, 0, bytes.length)))).to.equal(
        text,
      );
    });
  }

  it('sorts the members of a set', () => {
    const members = [encodeSmallInteger(2), encodeSequence(), encodeSmallInteger(1)];

    expect(formatHex(encodeSetOf(...members))).to.equal('3108' + '020101' + '020102' + '3000');
  });

  for (const [position, hex] of [
    [0, '03020780'],
    [2, '03020520'],
    [7, '03020001'],
    [14, '0303010002'],
    [25, '03050600000040'],
  ] as const) {
    it(`writes bit ${position} without zeros behind it`, () => {
      expect(formatHex(encodeNamedBit(position))).to.equal(hex);
    });
  }
});
