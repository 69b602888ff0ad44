import { expect } from 'chai';

import { createAddressRanges } from '../../p2p/addressRanges.ts';

describe('address ranges', () => {
  const cases = [
    ['10.0.0.0', true],
    ['10.255.255.255', true],
    ['9.255.255.255', false],
    ['11.0.0.0', false],
    ['::ffff:10.1.2.3', true],
    ['::ffff:11.1.2.3', false],
    ['fd00::1', true],
    ['fe80::1', false],
    ['node.example.org', false],
    ['', false],
  ] as const;
  const ranges = createAddressRanges(['10.0.0.0/8', 'fd00::/8']);

  for (const [address, isIn] of cases) {
    it(`${isIn ? 'hold' : 'do not hold'} ${address || 'nothing'}`, () => {
      expect(ranges(address)).to.equal(isIn);
    });
  }

  it('hold every address if there is none', () => {
    expect(createAddressRanges([])('203.0.113.7')).to.be.true;
  });

  it('hold no text that is no address, even then', () => {
    expect(createAddressRanges([])('example')).to.be.false;
  });

  it('are refused if one is no range', () => {
    expect(() => createAddressRanges(['10.0.0.0'])).to.throw('10.0.0.0 is no range like');
  });
});
