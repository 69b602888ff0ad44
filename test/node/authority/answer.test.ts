import { expect } from 'chai';

import { cleanMessage } from '../../../node/authority/answer.ts';

describe("an authority's text on a receipt", () => {
  const cases = [
    ['camera stolen on 3 May', 'camera stolen on 3 May', 'stays as it is'],
    ['Kamera gesperrt – 日本', 'Kamera gesperrt – 日本', 'may be in any script'],
    ['a\r\nb\tc\u0000d', 'a b c d', 'has no control characters'],
    ['a\u001b[31mred', 'a [31mred', 'has no terminal colours'],
    ['a\u202eb\u2066c', 'a b c', 'does not change the direction of writing'],
    ['a\u2028b\u200bc', 'a b c', 'has no hidden separators'],
    ['a\ud800b', 'a\ufffdb', 'has no half characters'],
    ['  \n ', 'the authority gave no reason', 'is never blank'],
    [`bad cert ${'MIIB'.repeat(40)}`, 'bad cert …', 'holds no certificate'],
    [`hash ${'ab'.repeat(32)} unknown`, 'hash … unknown', 'holds no hash'],
  ] as const;

  for (const [text, clean, because] of cases) {
    it(because, () => {
      expect(cleanMessage(text)).to.equal(clean);
    });
  }

  it('has at most 200 characters', () => {
    expect(cleanMessage('ab '.repeat(20_000))).to.have.length(200);
  });

  it('is not cut through a character', () => {
    const clean = cleanMessage('😀'.repeat(300));

    expect(Array.from(clean)).to.have.length(200);
    expect(clean.isWellFormed()).to.be.true;
  });

  it('stays whole at just 200 characters', () => {
    const text = 'ab '.repeat(66) + 'cd';

    expect(cleanMessage(text)).to.equal(text);
  });
});
