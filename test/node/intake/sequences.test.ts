import { expect } from 'chai';

import { Sequences } from '../../../node/intake/sequences.ts';

describe('sequences', () => {
  it('are those of the own count while the chain has less', () => {
    const chain: { committed?: number } = {};
    const sequences = new Sequences({ first: 1, committed: () => chain.committed });
    const taken = [sequences.take(), sequences.take()];
    chain.committed = 2;

    expect([...taken, sequences.take()]).to.deep.equal([1, 2, 3]);
  });

  for (const committed of [5, 6, 5_000]) {
    it(`lie a thousand above the chain's where that has ${committed} and the own count 5`, () => {
      const sequences = new Sequences({ first: 5, committed: () => committed });
      const taken = [sequences.take(), sequences.take()];

      expect(taken).to.deep.equal([committed + 1_001, committed + 1_002]);
    });
  }
});
