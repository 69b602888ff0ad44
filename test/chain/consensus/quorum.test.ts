import { expect } from 'chai';

import { maxFaulty, quorumSize } from '../../../chain/consensus/quorum.ts';
import { InvariantError } from '../../../chain/invariant.ts';

const VALIDATOR_COUNT_MAX = 100;

/** Runs `check` for every validator set size that the protocol allows. */
function forEverySetSize(check: (n: number, f: number, q: number) => void): void {
  for (let n = 1; n <= VALIDATOR_COUNT_MAX; n++) check(n, maxFaulty(n), quorumSize(n));
}

describe('the quorum of n validators', () => {
  it('is small enough for the honest validators to decide alone: Q <= n - f', () => {
    forEverySetSize((n, f, q) => expect(q, `n=${n}`).to.be.at.most(n - f));
  });

  it('is large enough for any two quorums to share an honest validator: 2Q - n > f', () => {
    forEverySetSize((n, f, q) => expect(2 * q - n, `n=${n}`).to.be.above(f));
  });

  it('is the smallest such number', () => {
    forEverySetSize((n, f, q) => expect(2 * (q - 1) - n, `n=${n}`).to.be.at.most(f));
  });

  it('tolerates as many faulty ones as any protocol can: n >= 3f + 1', () => {
    forEverySetSize((n, f) => {
      expect(n, `n=${n}`).to.be.at.least(3 * f + 1);
      expect(n, `n=${n}`).to.be.below(3 * (f + 1) + 1);
    });
  });

  const table: readonly [n: number, f: number, q: number][] = [
    [1, 0, 1],
    [2, 0, 2],
    [3, 0, 2],
    [4, 1, 3],
    [5, 1, 4],
    [6, 1, 4],
    [7, 2, 5],
    [8, 2, 6],
    [9, 2, 6],
    [10, 3, 7],
    [13, 4, 9],
    [20, 6, 14],
    [100, 33, 67],
  ];
  for (const [n, f, q] of table) {
    it(`is ${q} for n = ${n}, where f = ${f}`, () => {
      expect([maxFaulty(n), quorumSize(n)]).to.deep.equal([f, q]);
    });
  }

  it('of no validators, or of no whole number of them, stops the node', () => {
    for (const n of [0, -1, 1.5, NaN, Infinity]) {
      expect(() => quorumSize(n), `n=${n}`).to.throw(InvariantError);
    }
  });
});
