import { expect } from 'chai';

import { formatUtf8 } from '../../chain/bytes.ts';
import { signOnce } from '../../node/signOnce.ts';
import { signLog } from '../support/cosigners.ts';

describe('a signer that remembers', () => {
  it('signs the same bytes once in a row, and others each time', () => {
    const signed: string[] = [];
    const sign = signOnce((message) => {
      signed.push(new TextDecoder().decode(message));
      return signLog(message);
    });
    for (const text of ['a', 'a', 'b', 'a', 'a']) {
      expect(sign(formatUtf8(text))).to.deep.equal(signLog(formatUtf8(text)));
    }

    expect(signed).to.deep.equal(['a', 'b', 'a']);
  });
});
