import { expect } from 'chai';

import {
  type Fault,
  FAULT_TYPES,
  killCount,
  planFaults,
} from '../../../scripts/torture/network/plan.ts';

const KILLS = 10;

function victimsOf(fault: Fault): readonly number[] {
  return fault.type === 'kill proposer' ? [] : fault.victims;
}

describe('the schedule of faults', () => {
  const options = { kills: 60, seed: 1, validatorCount: 4, outageMsMax: 5_000 };

  it('is the same for the same seed', () => {
    expect(planFaults(options)).to.deep.equal(planFaults(options));
  });

  it('is another for another seed', () => {
    expect(planFaults(options)).not.to.deep.equal(planFaults({ ...options, seed: 2 }));
  });

  it('holds every kind of fault in each round, and at least as many kills as asked', () => {
    const one = planFaults({ ...options, kills: 1 });

    expect(new Set(one.map(({ type }) => type))).to.deep.equal(new Set(FAULT_TYPES));
    expect(one.reduce((sum, fault) => sum + killCount(fault), 0)).to.be.at.least(KILLS);
    expect(planFaults(options)).to.have.length(one.length * 6);
  });

  for (const [validatorCount, several, minority, halves] of [
    [4, 2, 1, 2],
    [5, 2, 1, 2],
    [7, 3, 2, 3],
  ] as const) {
    it(`kills as many of ${validatorCount} as leave no quorum, and parts as many as leave one`, () => {
      const plan = planFaults({ ...options, validatorCount });
      const sizes = (type: Fault['type']): readonly number[] =>
        plan.filter((fault) => fault.type === type).map((fault) => victimsOf(fault).length);

      expect(new Set(sizes('kill several'))).to.deep.equal(new Set([several]));
      expect(new Set(sizes('part minority'))).to.deep.equal(new Set([minority]));
      expect(new Set(sizes('part halves'))).to.deep.equal(new Set([halves]));
      expect(new Set(sizes('kill all'))).to.deep.equal(new Set([validatorCount]));
    });
  }
});
