import { expect } from 'chai';

import { Breaker } from '../../../node/authority/breaker.ts';

const OPTIONS = { failureCountMax: 3, openMsMin: 100, openMsMax: 350 };

/** Returns a breaker that has just opened, at time 0. */
function openedBreaker(): Breaker {
  const breaker = new Breaker(OPTIONS);
  for (let i = 0; i < 3; i++) breaker.settle('usual', 'failure', 0);
  return breaker;
}

describe('a closed circuit', () => {
  it('admits everything', () => {
    expect(new Breaker(OPTIONS).admit(0)).to.equal('usual');
  });

  it('stays closed after one failure fewer than the limit', () => {
    const breaker = new Breaker(OPTIONS);
    breaker.settle('usual', 'failure', 0);
    breaker.settle('usual', 'failure', 0);

    expect(breaker.isClosed).to.be.true;
  });

  it('counts only failures in a row', () => {
    const breaker = new Breaker(OPTIONS);
    for (const outcome of ['failure', 'failure', 'success', 'failure', 'failure'] as const) {
      breaker.settle('usual', outcome, 0);
    }

    expect(breaker.isClosed).to.be.true;
  });

  it('takes no notice of a question that was not asked', () => {
    const breaker = new Breaker(OPTIONS);
    for (let i = 0; i < 9; i++) breaker.settle('usual', 'unknown', 0);

    expect(breaker.isClosed).to.be.true;
  });
});

describe('an open circuit', () => {
  it('admits nothing until its time is over', () => {
    expect(openedBreaker().admit(99)).to.equal(undefined);
  });

  it('then admits one probe', () => {
    const breaker = openedBreaker();

    expect([breaker.admit(100), breaker.admit(100)]).to.deep.equal(['probe', undefined]);
  });

  it('closes when the probe succeeds', () => {
    const breaker = openedBreaker();
    breaker.admit(100);

    expect(breaker.settle('probe', 'success', 110)).to.be.true;
    expect(breaker.admit(110)).to.equal('usual');
  });

  it('stays open twice as long after each probe that fails, up to a limit', () => {
    const breaker = openedBreaker();
    const openTimesMs = [];
    for (let nowMs = 100, i = 0; i < 3; i++) {
      breaker.admit(nowMs);
      breaker.settle('probe', 'failure', nowMs);
      openTimesMs.push((breaker.probeAtMs ?? 0) - nowMs);
      nowMs = breaker.probeAtMs ?? 0;
    }

    expect(openTimesMs).to.deep.equal([200, 350, 350]);
  });

  it('begins anew with the shortest time after it was closed', () => {
    const breaker = openedBreaker();
    breaker.admit(100);
    breaker.settle('probe', 'failure', 100);
    breaker.settle('usual', 'success', 150);
    for (let i = 0; i < 3; i++) breaker.settle('usual', 'failure', 200);

    expect(breaker.probeAtMs).to.equal(300);
  });

  it('admits another probe when the first was not asked', () => {
    const breaker = openedBreaker();
    breaker.admit(100);
    breaker.settle('probe', 'unknown', 101);

    expect(breaker.admit(101)).to.equal('probe');
  });

  it('does not stay open longer because an older question fails', () => {
    const breaker = openedBreaker();
    breaker.settle('usual', 'failure', 50);

    expect(breaker.admit(100)).to.equal('probe');
  });

  it('keeps its probe when an older question fails meanwhile', () => {
    const breaker = openedBreaker();
    breaker.admit(100);
    breaker.settle('usual', 'failure', 101);

    expect(breaker.admit(101)).to.equal(undefined);
  });

  it('closes when an older question succeeds', () => {
    const breaker = openedBreaker();

    expect(breaker.settle('usual', 'success', 50)).to.be.true;
  });

  it('admits its probe at once when the operator says so', () => {
    const breaker = openedBreaker();
    breaker.halfOpen(10);

    expect(breaker.admit(10)).to.equal('probe');
  });

  it('stops the node when a probe settles twice', () => {
    const breaker = openedBreaker();
    breaker.admit(100);
    breaker.settle('probe', 'failure', 100);

    expect(() => breaker.settle('probe', 'success', 100)).to.throw('a probe settles once');
  });
});
