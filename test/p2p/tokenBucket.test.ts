import { expect } from 'chai';

import { TokenBucket } from '../../p2p/tokenBucket.ts';

describe('a token bucket', () => {
  it('gives one second of its rate at once', () => {
    const bucket = new TokenBucket(10, 0);

    bucket.take(10, 0);

    expect(bucket.debtMs(0)).to.equal(0);
  });

  it('owes the time that one more takes', () => {
    const bucket = new TokenBucket(10, 0);

    bucket.take(11, 0);

    expect(bucket.debtMs(0)).to.equal(100);
    expect(bucket.debtMs(99)).to.equal(1);
    expect(bucket.debtMs(100)).to.equal(0);
  });

  it('lends for what is larger than a second of its rate', () => {
    const bucket = new TokenBucket(10, 0);

    bucket.take(60, 0);

    expect(bucket.debtMs(0)).to.equal(5_000);
  });

  it('does not save up more than a second', () => {
    const bucket = new TokenBucket(10, 0);

    bucket.take(20, 60_000);

    expect(bucket.debtMs(60_000)).to.equal(1_000);
  });

  it('gives and takes nothing when the clock is set back', () => {
    const bucket = new TokenBucket(10, 100_000);
    bucket.take(11, 100_000);

    expect(bucket.debtMs(0)).to.equal(100);
    expect(bucket.debtMs(100)).to.equal(0);
  });
});
