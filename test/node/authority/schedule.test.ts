import { expect } from 'chai';

import { nextAttemptMs } from '../../../node/authority/schedule.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_800_000_000_000;
const after = (attempts: number, jitter = 0): number =>
  Number(nextAttemptMs({ attempts, receivedAtMs: NOW_MS }, NOW_MS, jitter)) - NOW_MS;

describe('the next question after one without a verdict', () => {
  const cases = [
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [4, 60_000],
    [33, 60_000],
    [34, 1_800_000],
    [1_000_000, 1_800_000],
  ] as const;

  for (const [attempts, delayMs] of cases) {
    it(`comes ${delayMs / 1_000} s after number ${attempts}`, () => {
      expect(after(attempts)).to.equal(delayMs);
    });
  }

  it('comes up to a tenth later by chance', () => {
    expect(after(4, 0.5)).to.equal(63_000);
  });

  it('never comes earlier by chance', () => {
    expect(after(4, 0)).to.be.at.least(60_000);
  });

  it('comes at the very end of 30 days rather than after it', () => {
    const nowMs = NOW_MS + 30 * DAY_MS - 1;

    const next = nextAttemptMs({ attempts: 50, receivedAtMs: NOW_MS }, nowMs, 0);

    expect(next).to.equal(NOW_MS + 30 * DAY_MS);
  });

  it('never comes once 30 days are over', () => {
    const nowMs = NOW_MS + 30 * DAY_MS;

    const next = nextAttemptMs({ attempts: 1, receivedAtMs: NOW_MS }, nowMs, 0);

    expect(next).to.equal('expired');
  });

  it('comes about 1,500 times in 30 days', () => {
    let attempts = 0;
    for (let nowMs: number | 'expired' = NOW_MS; nowMs !== 'expired';) {
      attempts += 1;
      nowMs = nextAttemptMs({ attempts, receivedAtMs: NOW_MS }, nowMs, 0);
    }

    expect(attempts).to.be.within(1_450, 1_500);
  });

  it('stops the node before the first question', () => {
    expect(() => after(0)).to.throw('only after the first');
  });
});
