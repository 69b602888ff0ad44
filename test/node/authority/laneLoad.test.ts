import { expect } from 'chai';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import fc from 'fast-check';

import { idOf, LaneHarness, none, PASSED, range, REFUSED } from './laneHarness.ts';

describe('a lane under an authority that fails by chance', () => {
  it('decides every submission, each by one verdict', async () => {
    const outcomes = fc.array(fc.constantFrom(PASSED, REFUSED, none(), none(), none()), {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(outcomes, fc.integer({ min: 1, max: 8 }), async (answers, concurrency) => {
        const harness = new LaneHarness({ concurrency });
        let turn = 0;
        // After the scripted answers the authority passes everything.
        harness.automatic = () => answers[turn++] ?? PASSED;
        await harness.enqueue(1, 20);
        for (let hour = 0; hour < 24; hour++) await harness.clock.advance(3_600_000);

        const decided = harness.answers.filter(([, { type }]) => type !== 'none');
        expect(decided.map(([n]) => n).sort((a, b) => a - b)).to.deep.equal(range(1, 20));
        expect(harness.lane.view().pendingCount).to.equal(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe('200,000 submissions that wait', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const heapBytes = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };

  it('take less than 40 MB', () => {
    const harness = new LaneHarness({ concurrency: 1 });
    const before = heapBytes();
    const dueMs = harness.clock.nowMs() + 60_000;
    for (let n = 0; n < 200_000; n++)
      harness.lane.enqueue(idOf(n), n % 2 === 0 ? dueMs : undefined);

    expect((heapBytes() - before) / 1e6).to.be.below(40);
    expect(harness.lane.view().pendingCount).to.equal(200_000);
  });
});
