import { expect } from 'chai';

import { median, medianRatio } from '../../../scripts/bench/statistics.ts';

describe('the median of a row', () => {
  const cases = [
    [[7], 7],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
    [[100, 2, 30, 4, 1], 4],
  ] as const;

  for (const [samples, middle] of cases) {
    it(`of ${samples.join(', ')} is ${middle}`, () => {
      expect(median(samples)).to.equal(middle);
    });
  }

  it('of no sample is no number', () => {
    expect(median([])).to.be.NaN;
  });
});

describe('the ratio of a row to its anchor', () => {
  it('compares samples of the same run', () => {
    expect(medianRatio([10, 100, 1_000], [20, 200, 1_000])).to.equal(0.5);
  });

  it('is no number where a run has no anchor', () => {
    expect(medianRatio([10], [])).to.be.NaN;
  });
});
