import { expect } from 'chai';

import { settled } from '../../support/fakeClock.ts';
import { idOf, LaneHarness, none, PASSED, range, REFUSED } from './laneHarness.ts';

describe('a lane', () => {
  it('asks in the order in which submissions came', async () => {
    const harness = new LaneHarness({ concurrency: 1 });
    harness.automatic = () => PASSED;
    for (const n of [3, 1, 2]) harness.lane.enqueue(idOf(n));
    await settled();

    expect(harness.asked).to.deep.equal([3, 1, 2]);
  });

  it('asks at most 64 questions at a time', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1, 100);

    expect(harness.underway).to.deep.equal(range(1, 64));
  });

  it('asks the next question when one is answered', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1, 100);
    await harness.answer(PASSED, 7);

    expect(harness.underway.at(-1)).to.equal(65);
  });

  it('counts a question as under way until its answer is kept', async () => {
    const harness = new LaneHarness({ concurrency: 1 });
    const kept = Promise.withResolvers<undefined>();
    harness.onKeep = () => kept.promise;
    await harness.enqueue(1, 2);
    await harness.answer(PASSED, 1);
    const before = [...harness.asked];
    kept.resolve(undefined);
    await settled();

    expect([before, harness.asked]).to.deep.equal([[1], [1, 2]]);
  });

  it('hands on each answer once', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1, 2);
    await harness.answer(PASSED, 1);
    await harness.answer(REFUSED, 2);

    expect(harness.answers).to.deep.equal([
      [1, PASSED],
      [2, REFUSED],
    ]);
  });

  it('tells how long each question took, and what came of it', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1, 2);
    await harness.clock.advance(1_500);
    await harness.answer(PASSED, 1);
    await harness.answer(none(), 2);

    expect(harness.metrics).to.deep.equal([
      [1.5, 'passed'],
      [1.5, 'none'],
    ]);
  });

  it('lets go of a submission about which there is nothing to ask', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1);
    await harness.answer(undefined, 1);

    expect(harness.answers).to.have.length(0);
    expect(harness.lane.view().pendingCount).to.equal(0);
  });
});

describe('a submission that is enqueued twice', () => {
  it('is asked about once while it is queued', async () => {
    const harness = new LaneHarness({ concurrency: 1 });
    await harness.enqueue(1, 2);
    await harness.enqueue(2);
    await harness.answer(PASSED, 1);
    await harness.answer(PASSED, 2);

    expect(harness.asked).to.deep.equal([1, 2]);
  });

  it('is asked about once while its question is under way', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1);
    await harness.enqueue(1);
    await harness.answer(PASSED, 1);

    expect(harness.asked).to.deep.equal([1]);
  });

  it('is not asked about sooner while it is delayed', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1);
    await harness.answer(none(), 1);
    await harness.enqueue(1);

    expect(harness.asked).to.deep.equal([1]);
  });

  it('is asked about again if it came while its answer was being kept', async () => {
    const harness = new LaneHarness();
    const kept = Promise.withResolvers<undefined>();
    harness.onKeep = () => kept.promise;
    await harness.enqueue(1);
    await harness.answer(REFUSED, 1);
    await harness.enqueue(1);
    kept.resolve(undefined);
    await settled();

    expect(harness.asked).to.deep.equal([1, 1]);
  });

  it('is asked about again if it came after its verdict', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1);
    await harness.answer(REFUSED, 1);
    await harness.enqueue(1);

    expect(harness.asked).to.deep.equal([1, 1]);
  });
});

describe('a question without a verdict', () => {
  it('is not asked again before its time', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1);
    await harness.answer(none(), 1);
    await harness.clock.advance(1_999);

    expect(harness.asked).to.deep.equal([1]);
  });

  it('is asked again at its time', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1);
    await harness.answer(none(), 1);
    await harness.clock.advance(2_000);

    expect(harness.asked).to.deep.equal([1, 1]);
  });

  it('is asked again at its time even if that is half an hour away', async () => {
    const harness = new LaneHarness();
    harness.retryMs = 1_800_000;
    await harness.enqueue(1);
    await harness.answer(none(), 1);
    await harness.clock.advance(1_799_999);
    const before = harness.asked.length;
    await harness.clock.advance(1);

    expect([before, harness.asked.length]).to.deep.equal([1, 2]);
  });

  it("sets no timer above a minute: the system's overflow, and its clock may be put forward", async () => {
    const harness = new LaneHarness();
    harness.lane.enqueue(idOf(1), harness.clock.nowMs() + 40 * 86_400_000);

    expect(harness.clock.delaysMs).to.deep.equal([60_000]);
  });

  it('waits with all others for one timer', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1, 4);
    for (const n of range(1, 4)) {
      harness.retryMs = 10_000 - 1_000 * n;
      await harness.answer(none(), n);
    }

    expect(harness.clock.timerCount).to.equal(1);
  });

  it('gives way to those whose time is sooner', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1, 2);
    harness.retryMs = 9_000;
    await harness.answer(none(), 1);
    harness.retryMs = 3_000;
    await harness.answer(none(), 2);
    await harness.clock.advance(3_000);

    expect(harness.asked).to.deep.equal([1, 2, 2]);
  });

  it('keeps its time over a restart', async () => {
    const harness = new LaneHarness();
    harness.lane.enqueue(idOf(1), harness.clock.nowMs() + 5_000);
    await harness.clock.advance(4_999);
    const before = harness.asked.length;
    await harness.clock.advance(1);

    expect([before, harness.asked.length]).to.deep.equal([0, 1]);
  });
});

describe('a mistake of ours', () => {
  it('in asking is reported, and the lane goes on', async () => {
    const harness = new LaneHarness({ concurrency: 1 });
    const error = new Error('bug');
    await harness.enqueue(1, 2);
    await harness.fail(1, error);

    expect(harness.faults).to.deep.equal([error]);
    expect(harness.underway).to.deep.equal([2]);
  });

  it('in keeping an answer is reported, and the lane goes on', async () => {
    const harness = new LaneHarness({ concurrency: 1 });
    const error = new Error('disk is full');
    harness.onKeep = () => Promise.reject(error);
    await harness.enqueue(1, 2);
    await harness.answer(PASSED, 1);

    expect(harness.faults).to.deep.equal([error]);
    expect(harness.underway).to.deep.equal([2]);
  });

  it('in a probe does not close the way for the next', async () => {
    const harness = new LaneHarness({ concurrency: 5 });
    await harness.enqueue(1, 10);
    await harness.answer(none(), ...range(1, 5));
    await harness.clock.advance(2_000);
    await harness.fail(harness.underway[0] ?? 0, new Error('bug'));

    expect(harness.underway).to.have.length(1);
  });
});

describe('stopping a lane', () => {
  it('ends at once where nothing is under way', async () => {
    await new LaneHarness().lane.stop();
  });

  it('waits until the answers to what is under way are kept', async () => {
    const harness = new LaneHarness({ concurrency: 2 });
    await harness.enqueue(1, 3);
    let isStopped = false;
    const stopping = harness.lane.stop().then(() => (isStopped = true));
    await harness.answer(PASSED, 1);
    const before = isStopped;
    await harness.answer(none(), 2);
    await stopping;

    expect(before).to.be.false;
    expect(harness.answers).to.have.length(2);
  });

  it('asks nothing more', async () => {
    const harness = new LaneHarness({ concurrency: 1 });
    await harness.enqueue(1, 3);
    const stopping = harness.lane.stop();
    await harness.answer(none(), 1);
    await stopping;
    await harness.enqueue(4);
    harness.lane.retryNow();
    await harness.clock.advance(600_000);

    expect(harness.asked).to.deep.equal([1]);
  });

  it('leaves no timer behind', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1);
    await harness.answer(none(), 1);
    await harness.lane.stop();

    expect(harness.clock.timerCount).to.equal(0);
  });
});

describe('the view of a lane', () => {
  it('begins as answering, since nothing speaks against it', () => {
    expect(new LaneHarness().lane.view()).to.deep.equal({
      answering: true,
      pendingCount: 0,
      lastAnswerMs: undefined,
      lastProblem: undefined,
    });
  });

  it('counts what is queued, delayed and under way', async () => {
    const harness = new LaneHarness({ concurrency: 2 });
    await harness.enqueue(1, 5);
    await harness.answer(none(), 1);

    expect(harness.lane.view().pendingCount).to.equal(5);
  });

  it('tells when the last verdict came', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1, 2);
    await harness.answer(PASSED, 1);
    const verdictMs = harness.clock.nowMs();
    await harness.clock.advance(10);
    await harness.answer(none(), 2);

    expect(harness.lane.view().lastAnswerMs).to.equal(verdictMs);
  });

  it('tells why the last question brought none', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1);
    await harness.answer(none('ERR_AUTHORITY_TIMEOUT'), 1);

    expect(harness.lane.view().lastProblem).to.equal('no verdict: ERR_AUTHORITY_TIMEOUT');
  });

  it('forgets that with the next verdict', async () => {
    const harness = new LaneHarness();
    await harness.enqueue(1, 2);
    await harness.answer(none(), 1);
    await harness.answer(PASSED, 2);

    expect(harness.lane.view().lastProblem).to.equal(undefined);
  });
});
