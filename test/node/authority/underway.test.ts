import { expect } from 'chai';

import { Underway } from '../../../node/authority/underway.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const TIMEOUT_MS = 10_000;

describe('what is under way', () => {
  let clock: FakeClock;
  let underway: Underway;
  let cut: string[];

  beforeEach(() => {
    clock = new FakeClock();
    underway = new Underway(TIMEOUT_MS, clock);
    cut = [];
  });

  const add = (name: string): { cut: () => void } => {
    const item = { cut: () => void cut.push(name) };
    underway.add(item);
    return item;
  };

  it('is not cut before its time is over', async () => {
    add('a');
    await clock.advance(TIMEOUT_MS - 1);

    expect(cut).to.deep.equal([]);
  });

  it('is cut when its time is over, once', async () => {
    add('a');
    await clock.advance(TIMEOUT_MS);
    await clock.advance(TIMEOUT_MS);

    expect(cut).to.deep.equal(['a']);
  });

  it('is cut each at its own time', async () => {
    const seen: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      add(name);
      await clock.advance(100);
    }
    await clock.advance(TIMEOUT_MS - 300);
    for (let i = 0; i < 3; i++) {
      seen.push(cut.join(''));
      await clock.advance(100);
    }

    expect(seen).to.deep.equal(['a', 'ab', 'abc']);
  });

  it('is not cut once it has ended', async () => {
    const ended = add('a');
    add('b');
    underway.remove(ended);
    await clock.advance(TIMEOUT_MS);

    expect(cut).to.deep.equal(['b']);
  });

  it('is cut in time though the timer was set for what has ended', async () => {
    underway.remove(add('a'));
    await clock.advance(TIMEOUT_MS - 1);
    add('b');
    await clock.advance(TIMEOUT_MS - 1);
    const before = [...cut];
    await clock.advance(1);

    expect([before, cut]).to.deep.equal([[], ['b']]);
  });

  it('is cut in time after an idle while', async () => {
    underway.remove(add('a'));
    await clock.advance(2 * TIMEOUT_MS);
    add('b');
    await clock.advance(TIMEOUT_MS);

    expect(cut).to.deep.equal(['b']);
  });

  it('has one timer for all', () => {
    for (const name of 'abcdef') add(name);

    expect(clock.delaysMs).to.deep.equal([TIMEOUT_MS]);
  });

  it('leaves no timer behind', async () => {
    underway.remove(add('a'));
    await clock.advance(TIMEOUT_MS);

    expect(clock.timerCount).to.equal(0);
  });

  it('does not keep the process alive', () => {
    const countTimers = (): number =>
      process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
    const before = countTimers();
    new Underway(TIMEOUT_MS).add({ cut: () => undefined });

    expect(countTimers()).to.equal(before);
  });

  describe('when all is broken off', () => {
    it('is cut at once, all of it', () => {
      for (const name of 'abc') add(name);
      underway.breakOff();

      expect(cut).to.deep.equal(['a', 'b', 'c']);
      expect(underway.isBrokenOff).to.equal(true);
    });

    it('is not cut again at its time', async () => {
      add('a');
      underway.breakOff();
      await clock.advance(TIMEOUT_MS);

      expect(cut).to.deep.equal(['a']);
    });

    it('is cut as it comes afterwards', () => {
      underway.breakOff();
      add('a');

      expect(cut).to.deep.equal(['a']);
      expect(clock.timerCount).to.equal(0);
    });
  });
});
