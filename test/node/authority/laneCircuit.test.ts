import { expect } from 'chai';

import { LaneHarness, none, PASSED, range, REFUSED } from './laneHarness.ts';

describe('an authority that does not answer', () => {
  /** Returns a lane of 20 submissions, of which the first five brought no verdict. */
  async function opened(): Promise<LaneHarness> {
    const harness = new LaneHarness({ concurrency: 5 });
    harness.retryMs = 600_000;
    await harness.enqueue(1, 20);
    await harness.answer(none(), ...range(1, 5));
    return harness;
  }

  it('is asked nothing for 2 s after five failures in a row', async () => {
    const harness = await opened();
    await harness.clock.advance(1_999);

    expect(harness.asked).to.deep.equal(range(1, 5));
    expect(harness.lane.view().answering).to.be.false;
  });

  it('is asked nothing about what comes meanwhile', async () => {
    const harness = await opened();
    await harness.enqueue(21, 30);

    expect(harness.asked).to.deep.equal(range(1, 5));
  });

  it('is then asked one question', async () => {
    const harness = await opened();
    await harness.clock.advance(2_000);

    expect(harness.underway).to.deep.equal([6]);
  });

  it('is asked one other question after 4 s more if that one fails', async () => {
    const harness = await opened();
    await harness.clock.advance(2_000);
    await harness.answer(none(), 6);
    await harness.clock.advance(3_999);
    const before = harness.underway;
    await harness.clock.advance(1);

    expect([before, harness.underway]).to.deep.equal([[], [7]]);
  });

  it('is asked at full rate once it answers, whatever the answer', async () => {
    const harness = await opened();
    await harness.clock.advance(2_000);
    await harness.answer(REFUSED, 6);

    expect(harness.underway).to.deep.equal(range(7, 11));
    expect(harness.lane.view().answering).to.be.true;
  });

  it('is asked at full rate while the answer to the probe is being kept', async () => {
    const harness = await opened();
    harness.onKeep = () => new Promise(() => undefined);
    await harness.clock.advance(2_000);
    await harness.answer(PASSED, 6);

    expect(harness.underway).to.deep.equal(range(7, 10));
  });

  it('is waited for without a timer while all questions are under way', async () => {
    const harness = new LaneHarness({
      concurrency: 2,
      breaker: { failureCountMax: 1, openMsMin: 100, openMsMax: 100 },
    });
    await harness.enqueue(1, 5);
    harness.onKeep = () => new Promise(() => undefined);
    await harness.answer(none(), 1);
    await harness.clock.advance(1_000);

    expect(harness.clock.timerCount).to.equal(0);
  });

  it('is asked again at once, when it answers, about what failed before', async () => {
    const harness = await opened();
    await harness.clock.advance(2_000);
    harness.automatic = () => PASSED;
    await harness.answer(PASSED, 6);

    expect(harness.asked.slice(20)).to.have.members(range(1, 5));
    expect(harness.lane.view().pendingCount).to.equal(0);
  });

  it('counts as back by an older question that it answers late', async () => {
    const harness = new LaneHarness({ concurrency: 6 });
    await harness.enqueue(1, 20);
    await harness.answer(none(), ...range(1, 5));
    await harness.answer(PASSED, 6);

    expect(harness.underway).to.deep.equal(range(7, 12));
  });

  it('does not cost what waits an attempt', async () => {
    const harness = await opened();
    await harness.clock.advance(60_000);

    expect(harness.answers.every(([n]) => n <= 6)).to.be.true;
  });

  it('is asked about each of many submissions in turn, never one for ever', async () => {
    const harness = await opened();
    harness.automatic = () => none();
    await harness.clock.advance(500_000);

    expect(new Set(harness.asked).size).to.be.above(10);
  });

  it('stays asked where only a URL was wrong: nobody was asked there', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1, 10);
    await harness.answer(none('ERR_ENDPOINT'), ...range(1, 10));

    expect(harness.lane.view().answering).to.be.true;
  });

  it('is asked another question where the probe had a wrong URL', async () => {
    const harness = await opened();
    await harness.clock.advance(2_000);
    await harness.answer(none('ERR_ENDPOINT'), 6);

    expect(harness.underway).to.deep.equal([7]);
  });

  it('is asked another question where about the probe there was nothing to ask', async () => {
    const harness = await opened();
    await harness.clock.advance(2_000);
    await harness.answer(undefined, 6);

    expect(harness.underway).to.deep.equal([7]);
  });
});

describe('an operator who retries now', () => {
  it('does not wait for the times of delayed submissions', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1, 2);
    await harness.answer(none(), 1, 2);

    expect(harness.lane.retryNow()).to.equal(2);
    expect(harness.asked).to.deep.equal([1, 2, 1, 2]);
  });

  it('sends one question ahead where the circuit is open', async () => {
    const harness = new LaneHarness({ concurrency: 5 });
    await harness.enqueue(1, 10);
    await harness.answer(none(), ...range(1, 5));

    expect(harness.lane.retryNow()).to.equal(10);
    expect(harness.underway).to.deep.equal([6]);
  });

  it('changes nothing where nothing waits', () => {
    expect(new LaneHarness().lane.retryNow()).to.equal(0);
  });
});
