import { expect } from 'chai';
import fc from 'fast-check';

import { checkBlockTime, CLOCK_AHEAD_MS_MAX } from '../../../chain/consensus/blockTime.ts';
import { viewTimeoutMs } from '../../../chain/consensus/viewTimer.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { codeOf } from '../../support/chainValues.ts';

const NOW_MS = 1_800_000_000_000;

/** Judges a time, given relative to the clock, with a parent this much older than the clock. */
function check(offsetMs: number, { view = 0, parentAgeMs = 3_600_000 } = {}): string {
  const reference = { parentMs: NOW_MS - parentAgeMs, nowMs: NOW_MS, params: DEFAULT_PARAMS };
  return codeOf(() => checkBlockTime({ timestampMs: NOW_MS + offsetMs, view }, reference));
}

const LATE = 'ERR_BLOCK_TIME';

describe('R6: the time of a fresh proposal', () => {
  it('is at most P ahead and D behind in view 0', () => {
    expect([-5_001, -5_000, 0, 5_000, 5_001].map((offset) => check(offset))).to.deep.equal([
      LATE,
      'accepted',
      'accepted',
      'accepted',
      LATE,
    ]);
  });

  it('has twice the room in every later view', () => {
    const at = (offset: number): string => check(offset, { view: 3 });

    expect([-40_001, -40_000, 40_000, 40_001].map(at)).to.deep.equal([
      LATE,
      'accepted',
      'accepted',
      LATE,
    ]);
  });

  it('is at most ten minutes ahead, in whatever view', () => {
    const at = (offset: number): string => check(offset, { view: 1_000_000 });

    expect([CLOCK_AHEAD_MS_MAX, CLOCK_AHEAD_MS_MAX + 1].map(at)).to.deep.equal(['accepted', LATE]);
  });

  it('is above the parent’s', () => {
    const at = (offset: number): string => check(offset, { parentAgeMs: 100 });

    expect([-101, -100, -99].map(at)).to.deep.equal([LATE, LATE, 'accepted']);
  });

  it('is the parent’s and 1 ms where the parent is far ahead', () => {
    const at = (offset: number): string => check(offset, { parentAgeMs: -60_000 });

    expect([60_000, 60_001, 60_002].map(at)).to.deep.equal([LATE, 'accepted', LATE]);
  });

  it('is never refused for long between clocks within ten minutes of each other', () => {
    const skews = fc.integer({ min: -600_000, max: 600_000 });
    fc.assert(
      fc.property(skews, (skew) => {
        expect(check(skew, { view: 7, parentAgeMs: 700_000 })).to.equal('accepted');
      }),
    );
  });
});

describe('R14: the time of a view', () => {
  it('doubles with each view that is lost, up to a limit', () => {
    const times = [0, 1, 2, 3, 1_000_000].map((view) => viewTimeoutMs(view, DEFAULT_PARAMS));

    expect(times).to.deep.equal([2_000, 4_000, 8_000, 8_000, 8_000]);
  });
});
