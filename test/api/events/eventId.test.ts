import { expect } from 'chai';

import { formatEventId, startAfter } from '../../../api/events/eventId.ts';

describe('the id of an event', () => {
  const place = { chain: '65b1a2c3', height: 1_500, baseHeight: 0 };

  it('names the chain and a height', () => {
    expect(formatEventId('65b1a2c3', 12)).to.equal('65b1a2c3-12');
  });

  for (const after of [500, 1_499, 1_500]) {
    it(`of block ${after} is continued after it`, () => {
      const start = startAfter(`65b1a2c3-${after}`, place);

      expect(start).to.deep.equal({ type: 'continued', after });
    });
  }

  for (const id of [undefined, '']) {
    it(`that is ${id === undefined ? 'absent' : 'empty'} begins anew, and nothing is amiss`, () => {
      expect(startAfter(id, place)).to.deep.equal({ type: 'new', why: undefined });
    });
  }

  const wrong: readonly (readonly [what: string, id: string, why: RegExp])[] = [
    ['of another chain', '65b1a2c4-12', /another chain/],
    [
      'of a block that is not here yet',
      '65b1a2c3-1501',
      /block 1501, and this node has come to 1500/,
    ],
    ['of a block too long ago', '65b1a2c3-499', /more than 1000 blocks/],
    ['without a chain', '1499', /not one of this interface/],
    ['without a height', '65b1a2c3-', /not one of this interface/],
    ['with a chain in upper case', '65B1A2C3-1499', /not one of this interface/],
    ['with a negative height', '65b1a2c3--1', /not one of this interface/],
    [
      'with a height beyond what is safe',
      `65b1a2c3-${'9'.repeat(16)}`,
      /not one of this interface/,
    ],
    ['with something behind it', '65b1a2c3-1499 ', /not one of this interface/],
  ];
  for (const [what, id, why] of wrong) {
    it(`${what} begins anew and says why`, () => {
      const start = startAfter(id, place);

      expect(start.type).to.equal('new');
      expect((start as { readonly why: string }).why).to.match(why);
    });
  }

  it('of a block before those that are held begins anew', () => {
    const later = { ...place, baseHeight: 1_400 };

    expect(startAfter('65b1a2c3-1398', later).type).to.equal('new');
    expect(startAfter('65b1a2c3-1399', later)).to.deep.equal({ type: 'continued', after: 1_399 });
  });
});
