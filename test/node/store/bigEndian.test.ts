import { expect } from 'chai';

import { compareBytes, formatHex } from '../../../chain/bytes.ts';
import { formatBigEndian, parseBigEndian } from '../../../node/store/bigEndian.ts';

const NUMBERS = [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 1, 2 ** 48 - 1];

describe('a number in a key', () => {
  it('is six bytes, the highest first', () => {
    expect(formatHex(formatBigEndian(2 ** 32 + 258))).to.equal('000100000102');
  });

  it('is read back as it was written', () => {
    for (const number of NUMBERS) {
      expect(parseBigEndian(formatBigEndian(number), 0)).to.equal(number);
    }
  });

  it('sorts as the numbers do', () => {
    const sorted = NUMBERS.map(formatBigEndian).sort(compareBytes);

    expect(sorted.map((bytes) => parseBigEndian(bytes, 0))).to.deep.equal(NUMBERS);
  });

  for (const number of [-1, 0.5, 2 ** 48, Number.NaN]) {
    it(`is not ${number}`, () => {
      expect(() => formatBigEndian(number)).to.throw('a number in a key');
    });
  }
});
