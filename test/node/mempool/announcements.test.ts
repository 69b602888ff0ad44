import { expect } from 'chai';

import { formatHex } from '../../../chain/bytes.ts';
import { Announcements } from '../../../node/mempool/announcements.ts';
import { decodeBatchFrame } from '../../../node/wire/batches.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { MemoryPeers } from '../../support/memoryPeers.ts';

/** The id of a batch, by name. */
function id(name: string): Uint8Array {
  return hashOfText(`batch ${name}`);
}

/** Ids of so many batches. */
function ids(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => id(`n${i}`));
}

interface Fetched {
  readonly peerId: string;
  readonly ids: readonly Uint8Array[];
  readonly end: PromiseWithResolvers<undefined>;
}

/** Announcements, and what they did. */
class Rig {
  readonly clock = new FakeClock();
  readonly peers = new MemoryPeers();
  readonly known = new Set<string>();
  readonly fetched: Fetched[] = [];
  readonly faults: unknown[] = [];
  /** Whether requests wait until a test ends them. */
  areSlow = false;
  readonly announcements = new Announcements({
    peers: this.peers,
    clock: this.clock,
    isKnown: (each) => this.known.has(formatHex(each)),
    fetch: (peerId, wanted) => {
      const end = Promise.withResolvers<undefined>();
      this.fetched.push({ peerId, ids: wanted, end });
      if (!this.areSlow) end.resolve(undefined);
      return end.promise;
    },
    onFault: (error) => void this.faults.push(error),
  });

  know(...names: readonly string[]): void {
    for (const name of names) this.known.add(formatHex(id(name)));
  }

  /** What was sent: to whom, and how many ids in each frame. */
  sent(): readonly (readonly [string | undefined, number])[] {
    return this.peers.sent.map(({ peerId, channel, bytes }) => {
      const frame = decodeBatchFrame(bytes);
      if (frame.type !== 'announcement' || channel !== 'batches') throw new Error('no word');
      return [peerId, frame.ids.length];
    });
  }

  /** Who was asked, and for how many. */
  asked(): readonly (readonly [string, number])[] {
    return this.fetched.map(({ peerId, ids: wanted }) => [peerId, wanted.length]);
  }
}

describe('word of a batch', () => {
  it('goes to all, with what else is told in this moment', async () => {
    const rig = new Rig();
    for (const name of ['a', 'b', 'c']) rig.announcements.announce(id(name));
    const before = rig.sent().length;
    await rig.clock.advance(0);

    expect([before, rig.sent()]).to.deep.equal([0, [[undefined, 3]]]);
  });

  it('names the batches in the order in which they were told', async () => {
    const rig = new Rig();
    for (const name of ['c', 'a', 'b']) rig.announcements.announce(id(name));
    await rig.clock.advance(0);
    const frame = decodeBatchFrame(rig.peers.sent[0]?.bytes ?? new Uint8Array());

    expect(frame).to.deep.equal({ type: 'announcement', ids: [id('c'), id('a'), id('b')] });
  });

  it('of another moment goes by itself', async () => {
    const rig = new Rig();
    rig.announcements.announce(id('a'));
    await rig.clock.advance(0);
    rig.announcements.announce(id('b'));
    await rig.clock.advance(0);

    expect(rig.sent()).to.deep.equal([
      [undefined, 1],
      [undefined, 1],
    ]);
  });

  for (const [count, sizes] of [
    [256, [256]],
    [257, [256, 1]],
    [600, [256, 256, 88]],
  ] as const) {
    it(`of ${count} batches goes in frames of ${sizes.join(', ')}`, async () => {
      const rig = new Rig();
      for (const each of ids(count)) rig.announcements.announce(each);
      await rig.clock.advance(0);
      rig.announcements.announceTo('peer-1', ids(count));

      expect(rig.sent()).to.deep.equal([
        ...sizes.map((size) => [undefined, size]),
        ...sizes.map((size) => ['peer-1', size]),
      ]);
    });
  }

  it('of no batch goes nowhere', () => {
    const rig = new Rig();
    rig.announcements.announceTo('peer-1', []);

    expect(rig.sent()).to.deep.equal([]);
  });
});

describe('a batch that a peer has announced', () => {
  it('is asked for after 150 ms, and not before: it may come by itself', async () => {
    const rig = new Rig();
    rig.announcements.hear('peer-1', [id('a'), id('b')]);
    await rig.clock.advance(149);
    const before = rig.asked().length;
    await rig.clock.advance(1);

    expect([before, rig.asked()]).to.deep.equal([0, [['peer-1', 2]]]);
  });

  it('is asked for once, whatever the peer brings', async () => {
    const rig = new Rig();
    rig.announcements.hear('peer-1', [id('a'), id('a')]);
    await rig.clock.advance(60_000);

    expect(rig.asked()).to.deep.equal([['peer-1', 1]]);
    expect(rig.clock.timerCount).to.equal(0);
  });

  it('is not asked for where it came by itself', async () => {
    const rig = new Rig();
    rig.announcements.hear('peer-1', [id('a'), id('b')]);
    rig.know('a');
    await rig.clock.advance(150);

    expect(rig.fetched.map(({ ids: wanted }) => wanted)).to.deep.equal([[id('b')]]);
  });

  it('is not waited for where it is here', () => {
    const rig = new Rig();
    rig.know('a');
    rig.announcements.hear('peer-1', [id('a')]);

    expect(rig.clock.timerCount).to.equal(0);
  });

  it('is not asked for once it is over', async () => {
    const rig = new Rig();
    rig.announcements.markGone(id('a'));
    rig.announcements.hear('peer-1', [id('a'), id('b')]);
    rig.announcements.markGone(id('b'));
    await rig.clock.advance(60_000);

    expect(rig.asked()).to.deep.equal([]);
  });

  it('is not asked of a peer that went down', async () => {
    const rig = new Rig();
    rig.announcements.hear('peer-1', [id('a')]);
    rig.announcements.hear('peer-2', [id('b')]);
    rig.announcements.forget('peer-1');
    await rig.clock.advance(150);

    expect(rig.asked()).to.deep.equal([['peer-2', 1]]);
  });

  it('is not asked for after a stop, which leaves no timer', async () => {
    const rig = new Rig();
    rig.announcements.hear('peer-1', [id('a')]);
    rig.announcements.announce(id('b'));
    rig.announcements.stop();
    rig.announcements.hear('peer-1', [id('c')]);
    await rig.clock.advance(60_000);

    expect([rig.asked(), rig.sent(), rig.clock.timerCount]).to.deep.equal([[], [], 0]);
  });
});

describe('batches that a peer has announced', () => {
  it('are asked for sixteen at a time', async () => {
    const rig = new Rig();
    rig.announcements.hear('peer-1', ids(40));
    await rig.clock.advance(150 * 3);

    expect(rig.asked()).to.deep.equal([
      ['peer-1', 16],
      ['peer-1', 16],
      ['peer-1', 8],
    ]);
  });

  it('are remembered up to 256, and no more', async () => {
    const rig = new Rig();
    rig.announcements.hear('peer-1', ids(200));
    rig.announcements.hear('peer-1', ids(300));
    await rig.clock.advance(150 * 30);
    const count = rig.asked().reduce((sum, [, each]) => sum + each, 0);

    expect(count).to.equal(256);
  });

  it('are remembered for each peer apart', async () => {
    const rig = new Rig();
    rig.announcements.hear('peer-1', ids(256));
    rig.announcements.hear('peer-2', [id('another')]);
    await rig.clock.advance(150);

    expect(rig.asked()).to.deep.include.members([['peer-2', 1]]);
  });

  it('are not asked for while the peer owes an answer; others are asked meanwhile', async () => {
    const rig = new Rig();
    rig.areSlow = true;
    rig.announcements.hear('peer-1', ids(20));
    await rig.clock.advance(150);
    rig.announcements.hear('peer-2', [id('another')]);
    await rig.clock.advance(1_000);
    const before = rig.asked();
    rig.fetched[0]?.end.resolve(undefined);
    await settled();
    await rig.clock.advance(150);

    expect(before).to.deep.equal([
      ['peer-1', 16],
      ['peer-2', 1],
    ]);
    expect(rig.asked().slice(2)).to.deep.equal([['peer-1', 4]]);
  });

  it('are asked for further after a failure, which is a fault', async () => {
    const rig = new Rig();
    rig.areSlow = true;
    rig.announcements.hear('peer-1', ids(17));
    await rig.clock.advance(150);
    rig.fetched[0]?.end.reject(new Error('the disk is full'));
    await settled();
    await rig.clock.advance(150);

    expect(rig.faults.map(String)).to.deep.equal(['Error: the disk is full']);
    expect(rig.asked()).to.deep.equal([
      ['peer-1', 16],
      ['peer-1', 1],
    ]);
  });
});

describe('a batch that several peers have announced', () => {
  it('is asked of one', async () => {
    const rig = new Rig();
    rig.areSlow = true;
    for (const peerId of ['peer-1', 'peer-2', 'peer-3']) rig.announcements.hear(peerId, [id('a')]);
    await rig.clock.advance(1_000);
    rig.know('a');
    rig.fetched[0]?.end.resolve(undefined);
    await rig.clock.advance(1_000);

    expect(rig.asked()).to.deep.equal([['peer-1', 1]]);
    expect(rig.clock.timerCount).to.equal(0);
  });

  it('is asked of the next where the first does not bring it', async () => {
    const rig = new Rig();
    for (const peerId of ['peer-1', 'peer-2']) rig.announcements.hear(peerId, [id('a')]);
    await rig.clock.advance(1_000);

    expect(rig.asked()).to.deep.equal([
      ['peer-1', 1],
      ['peer-2', 1],
    ]);
  });

  it('is asked of each in turn, though the first announces it again and never brings it', async () => {
    const rig = new Rig();
    rig.areSlow = true;
    for (const peerId of ['peer-1', 'peer-2', 'peer-3']) rig.announcements.hear(peerId, [id('a')]);
    for (let i = 0; i < 3; i++) {
      await rig.clock.advance(150);
      rig.announcements.hear('peer-1', [id('a')]);
      rig.fetched.at(-1)?.end.resolve(undefined);
      await settled();
    }

    expect(rig.asked().map(([peerId]) => peerId)).to.deep.equal(['peer-1', 'peer-2', 'peer-3']);
  });

  it('does not hold up what else they have', async () => {
    const rig = new Rig();
    rig.areSlow = true;
    rig.announcements.hear('peer-1', [id('a')]);
    rig.announcements.hear('peer-2', [id('a'), id('b')]);
    await rig.clock.advance(150);

    expect(rig.fetched.map(({ ids: wanted }) => wanted)).to.deep.equal([[id('a')], [id('b')]]);
  });
});
