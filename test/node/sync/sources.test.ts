import { expect } from 'chai';

import type { ConnectedPeer } from '../../../node/peers.ts';
import { type Failure, Sources } from '../../../node/sync/sources.ts';
import { FakeClock } from '../../support/fakeClock.ts';

describe('the sources of sync', () => {
  let clock: FakeClock;
  let sources: Sources;
  let connected: readonly string[];

  beforeEach(() => {
    clock = new FakeClock();
    connected = ['a', 'b', 'c'];
    const validators = (): readonly ConnectedPeer[] =>
      connected.map((peerId, index) => ({ peerId, role: 'validator', index }));
    sources = new Sources({ peers: { validators }, clock });
    sources.heard('a', 10);
    sources.heard('b', 20);
  });

  function holdersOf(height: number): readonly string[] {
    return sources.holdersOf(height).map(({ peerId }) => peerId);
  }

  /** Time from now in which a peer that repeats its word is not asked. */
  function pauseAfter(peerId: string, how: Failure): number {
    sources.failed(peerId, how);
    sources.heard(peerId, 20);
    const source = sources.holdersOf(20).find((each) => each.peerId === peerId);
    return (source?.askAtMs ?? 0) - clock.nowMs();
  }

  it('hold what they said, and what lies below', () => {
    expect(holdersOf(10)).to.deep.equal(['a', 'b']);
    expect(holdersOf(11)).to.deep.equal(['b']);
    expect(holdersOf(21)).to.deep.equal([]);
  });

  it('hold the highest that they said', () => {
    sources.heard('b', 15);

    expect(holdersOf(20)).to.deep.equal(['b']);
  });

  it('are connected validators', () => {
    sources.heard('x', 30);

    expect(holdersOf(30)).to.deep.equal([]);
  });

  it('hold nothing once they are forgotten or have failed', () => {
    sources.forget('a');
    sources.failed('b', 'down');

    expect(holdersOf(1)).to.deep.equal([]);
  });

  it('come in the order of how often they were slow or lied', () => {
    for (const peerId of connected) sources.heard(peerId, 20);
    sources.failed('a', 'lied');
    sources.failed('a', 'lied');
    sources.failed('b', 'slow');
    sources.failed('c', 'down');
    for (const peerId of connected) sources.heard(peerId, 20);

    expect(sources.holdersOf(20).map(({ peerId, level }) => [peerId, level])).to.deep.equal([
      ['c', 0],
      ['b', 1],
      ['a', 2],
    ]);
  });

  it('are asked again a quarter of a second after they were not there, however often', () => {
    expect([1, 2, 3, 4, 5].map(() => pauseAfter('b', 'down'))).to.deep.equal([
      250, 250, 250, 250, 250,
    ]);
  });

  it('are asked again a second after they were slow, at most', () => {
    expect([1, 2, 3, 4].map(() => pauseAfter('b', 'slow'))).to.deep.equal([
      500, 1_000, 1_000, 1_000,
    ]);
  });

  it('are asked again a minute after they lied, at most', () => {
    const pauses = Array.from({ length: 9 }, () => pauseAfter('b', 'lied'));

    expect(pauses.slice(0, 4)).to.deep.equal([500, 1_000, 2_000, 4_000]);
    expect(pauses.slice(7)).to.deep.equal([60_000, 60_000]);
  });

  it('are forgiven half when they deliver', () => {
    for (let i = 0; i < 5; i++) sources.failed('b', 'lied');
    sources.delivered('b');
    sources.heard('b', 20);
    expect(sources.holdersOf(20)[0]?.level).to.equal(2);
    sources.delivered('b');
    sources.delivered('b');

    expect(sources.holdersOf(20)[0]).to.include({ level: 0, askAtMs: 0 });
  });

  it('are forgiven all a minute after their pause', async () => {
    pauseAfter('b', 'lied');
    await clock.advance(60_500);
    expect(sources.holdersOf(20)[0]?.level).to.equal(1);
    await clock.advance(1);

    expect(sources.holdersOf(20)[0]?.level).to.equal(0);
  });

  it('do not wait for a clock that was set back to come where it was', () => {
    clock.set(300_000);
    pauseAfter('b', 'lied');
    clock.set(-300_000);

    expect(sources.holdersOf(20)[0]).to.include({ level: 0, askAtMs: 0 });
  });

  it('are remembered for what they did, 256 of them', () => {
    for (let i = 0; i < 256; i++) sources.failed(`peer ${i}`, 'lied');
    connected = ['peer 0', 'peer 1'];
    sources.failed('peer 0', 'lied');
    sources.failed('one more', 'lied');
    for (const peerId of connected) sources.heard(peerId, 20);

    expect(sources.holdersOf(20).map(({ level }) => level)).to.deep.equal([0, 0, 2]);
    expect(holdersOf(20).at(-1)).to.equal('peer 0');
  });
});
