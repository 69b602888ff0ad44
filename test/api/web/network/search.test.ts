import { expect } from 'chai';

import {
  addressOf,
  parseAddress,
  parseQuery,
  type Place,
} from '../../../../api/web/network/search.ts';

const HASH = '9f'.repeat(32);

describe('what is typed into the search field', () => {
  const good: readonly (readonly [text: string, place: Place])[] = [
    ['0', { type: 'block', block: '0' }],
    [' 1,234 ', { type: 'block', block: '1234' }],
    ['007', { type: 'block', block: '7' }],
    ['Latest', { type: 'block', block: 'latest' }],
    [HASH, { type: 'hash', hash: HASH }],
    [HASH.toUpperCase(), { type: 'hash', hash: HASH }],
  ];
  for (const [text, place] of good) {
    it(`names ${JSON.stringify(place)} as ${JSON.stringify(text)}`, () => {
      expect(parseQuery(text)).to.deep.equal({ place });
    });
  }

  for (const [text, problem] of [
    ['', /Type a height or a hash/],
    ['-1', /A height is a number/],
    ['1.5', /A height is a number/],
    [`${HASH}0`, /this has 65/],
    [HASH.slice(1), /this has 63/],
    [`0x${HASH.slice(2)}`, /this has 62/],
    [`${HASH.slice(1)}g`, /A height is a number/],
    ['9'.repeat(16), /this has 16/],
  ] as const) {
    it(`is refused as ${JSON.stringify(text)}`, () => {
      const query = parseQuery(text);

      expect(query).to.have.property('problem').that.matches(problem);
    });
  }
});

describe('the address of what was found', () => {
  const places: readonly Place[] = [
    { type: 'block', block: '12' },
    { type: 'block', block: HASH },
    { type: 'block', block: 'latest' },
    { type: 'blocks', from: 40 },
    { type: 'transaction', hash: HASH, from: 0 },
    { type: 'transaction', hash: HASH, from: 100 },
    { type: 'photograph', hash: HASH },
    { type: 'hash', hash: HASH },
  ];
  for (const place of places) {
    it(`leads back to ${JSON.stringify(place)}`, () => {
      expect(parseAddress(addressOf(place))).to.deep.equal(place);
    });
  }

  for (const fragment of [
    '',
    '#/',
    '#/block',
    '#/block/x',
    '#/block/../status',
    '#/blocks/latest',
    `#/photograph/${HASH}0`,
    `#/photograph/${HASH}/100`,
    `#/transaction/${HASH}/-1`,
    `#/transaction/${HASH}/all`,
    `#/transaction/${HASH}/100/100`,
    `#/blocks/0/20`,
    `#/constructor/${HASH}`,
    `#/toString/1`,
    `/block/12`,
  ]) {
    it(`names nothing as ${JSON.stringify(fragment)}`, () => {
      expect(parseAddress(fragment)).to.equal(undefined);
    });
  }
});
