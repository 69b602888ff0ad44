import { expect } from 'chai';

import { formatTable, type Measurement, rowOf } from '../../../scripts/bench/report.ts';

const ANCHOR: Measurement = { name: 'skeleton', unit: '/s', samples: [1_000, 2_000, 4_000] };

function committed(samples: readonly number[]): Measurement {
  const anchor = { measurement: ANCHOR, shareMin: 0.5 };
  return { name: 'committed', unit: '/s', samples, anchor };
}

describe('a row of the report', () => {
  it('shows the median, and the range of the runs', () => {
    expect(rowOf(ANCHOR)).to.include({ median: 2_000, min: 1_000, max: 4_000, met: null });
  });

  it('meets its share of an anchor at exactly the share', () => {
    expect(rowOf(committed([500, 1_000, 2_000]))).to.include({ met: true });
  });

  it('misses its share of an anchor below it', () => {
    expect(rowOf(committed([499, 999, 1_999]))).to.include({ met: false });
  });

  it('misses a maximum that it reaches', () => {
    const row = rowOf({ name: 'start', unit: 's', samples: [2], target: { max: 2 } });

    expect(row).to.include({ target: '< 2 s', met: false });
  });

  it('meets a minimum that it reaches', () => {
    const row = rowOf({ name: 'rate', unit: '/s', samples: [2], target: { min: 2 } });

    expect(row).to.include({ target: '>= 2 /s', met: true });
  });
});

describe('the table of the report', () => {
  it('has a heading, a rule and a line for each row', () => {
    expect(formatTable([rowOf(ANCHOR), rowOf(committed([400, 900, 1_800]))])).to.deep.equal([
      'row        median  range          unit  beside                   target',
      '---------  ------  -------------  ----  -----------------------  -----------------  ------',
      'skeleton    2,000  1,000 - 4,000  /s',
      'committed     900  400 - 1,800    /s    0.45 x skeleton (2,000)  >= 0.5 x skeleton  MISSED',
    ]);
  });
});
