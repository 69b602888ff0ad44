/** The closing line that programs read. */
import { expect } from 'chai';

import { closingLine } from './reporter.ts';

const STATS = { suites: 1, tests: 6, passes: 3, failures: 2, pending: 0 };

describe('the closing line of a test run', () => {
  it('counts what passed and what failed', () => {
    expect(closingLine(STATS)).to.equal('3 passed, 2 failed');
  });

  it('counts what was skipped, where something was', () => {
    expect(closingLine({ ...STATS, pending: 1 })).to.equal('3 passed, 2 failed, 1 skipped');
  });
});
