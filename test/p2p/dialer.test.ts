import { expect } from 'chai';

import { Dialer } from '../../p2p/dialer.ts';
import { NetworkError } from '../../p2p/errors.ts';
import { LIMITS } from '../../p2p/limits.ts';
import { Peer } from '../../p2p/peer.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { byPeerId, idOf } from './rig.ts';

const LIMIT = { ...LIMITS, reconnectMsMin: 100, reconnectMsMax: 1_000, reconnectCourtesyMs: 50 };
const [SMALLER = '', GREATER = ''] = byPeerId('a', 'b');

/** A dialer whose dials fail unless a test lets them succeed. */
class Scene {
  readonly clock = new FakeClock(0);
  readonly dialsAtMs: number[] = [];
  readonly errors: string[] = [];
  readonly peer: Peer;
  readonly dialer: Dialer;
  isWanted = true;
  random = 0;
  dial: (signal: AbortSignal) => Promise<void> = () =>
    Promise.reject(new NetworkError('ERR_DIAL', 'refused'));

  constructor(own = SMALLER, other = GREATER, addresses = ['/ip4/127.0.0.1/tcp/1']) {
    const name = { peerId: idOf(other), role: 'validator', index: 0, name: other } as const;
    this.peer = new Peer(name, addresses);
    this.dialer = new Dialer(idOf(own), LIMIT, {
      clock: this.clock,
      random: () => this.random,
      ranges: () => true,
      lookup: () => Promise.resolve([]),
      dial: (_, signal) => {
        this.dialsAtMs.push(this.clock.nowMs());
        return this.dial(signal);
      },
      isWanted: () => this.isWanted,
      onError: (_, { code }) => void this.errors.push(code),
    });
  }
}

describe('the pauses between dials', () => {
  it('double up to the longest', async () => {
    const scene = new Scene();

    scene.dialer.schedule(scene.peer);
    await scene.clock.advance(3_000);

    const pauses = scene.dialsAtMs.map((atMs, i) => atMs - (scene.dialsAtMs[i - 1] ?? 0));
    expect(pauses.slice(0, 7)).to.deep.equal([50, 100, 200, 400, 500, 500, 500]);
    expect(scene.errors.every((code) => code === 'ERR_DIAL')).to.be.true;
  });

  it('are from half to the whole, by chance', async () => {
    const scene = new Scene();
    scene.random = 0.999999;

    scene.dialer.schedule(scene.peer);

    expect(scene.clock.delaysMs[0]).to.be.closeTo(100, 0.01);
  });

  it('are longer at the peer with the greater id', () => {
    const scene = new Scene(GREATER, SMALLER);

    scene.dialer.schedule(scene.peer);

    expect(scene.clock.delaysMs).to.deep.equal([100]);
  });

  it('begin anew after a success', async () => {
    const scene = new Scene();
    scene.dialer.schedule(scene.peer);
    await scene.clock.advance(2_000);

    scene.dialer.forget(scene.peer);
    scene.dialer.schedule(scene.peer);

    expect(scene.clock.delaysMs).to.deep.equal([50]);
  });
});

describe('a dial', () => {
  it('is planned once, however often it is asked for', () => {
    const scene = new Scene();

    for (let i = 0; i < 3; i++) scene.dialer.schedule(scene.peer);

    expect(scene.clock.timerCount).to.equal(1);
  });

  it('waits as long as it is told to', async () => {
    const scene = new Scene();
    scene.dialer.schedule(scene.peer);

    scene.dialer.postpone(scene.peer, 60_000);
    await scene.clock.advance(59_999);
    expect(scene.dialsAtMs).to.deep.equal([]);
    await scene.clock.advance(1);

    expect(scene.dialsAtMs).to.deep.equal([60_000]);
  });

  it('is not made if it is no longer wanted', async () => {
    const scene = new Scene();
    scene.dialer.schedule(scene.peer);
    scene.isWanted = false;

    await scene.clock.advance(10_000);

    expect(scene.dialsAtMs).to.deep.equal([]);
    expect(scene.clock.timerCount).to.equal(0);
  });

  it('is not made twice at a time', async () => {
    const scene = new Scene();
    scene.dial = () => new Promise(() => undefined);
    scene.dialer.schedule(scene.peer);
    await scene.clock.advance(50);

    scene.dialer.schedule(scene.peer);
    scene.dialer.forget(scene.peer);
    scene.dialer.schedule(scene.peer);
    await scene.clock.advance(10_000);

    expect(scene.dialsAtMs).to.deep.equal([50]);
  });

  it('fails if no address can be dialled, and is repeated', async () => {
    const scene = new Scene(SMALLER, GREATER, ['nonsense']);

    scene.dialer.schedule(scene.peer);
    await scene.clock.advance(200);

    expect(scene.dialsAtMs).to.deep.equal([]);
    expect(scene.errors).to.deep.equal(['ERR_ADDRESS', 'ERR_ADDRESS']);
  });

  it('that led to a connection is not repeated', async () => {
    const scene = new Scene();
    scene.dial = () => {
      scene.isWanted = false;
      return Promise.resolve();
    };

    scene.dialer.schedule(scene.peer);
    await scene.clock.advance(10_000);

    expect(scene.dialsAtMs).to.have.length(1);
  });

  it('that led to a connection which is gone again is repeated', async () => {
    const scene = new Scene();
    scene.dial = () => Promise.resolve();

    scene.dialer.schedule(scene.peer);
    await scene.clock.advance(200);

    expect(scene.dialsAtMs).to.deep.equal([50, 150]);
  });
});

describe('the end of a dialer', () => {
  it('ends the dial that is under way, and plans no other', async () => {
    const scene = new Scene();
    scene.dial = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    scene.dialer.schedule(scene.peer);
    await scene.clock.advance(50);

    await scene.dialer.stop();

    expect(scene.clock.timerCount).to.equal(0);
    expect(scene.errors).to.deep.equal([]);
  });
});
