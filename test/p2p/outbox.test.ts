import { expect } from 'chai';
import fc from 'fast-check';

import { concatBytes } from '../../chain/bytes.ts';
import { type ChannelLimits, LIMITS } from '../../p2p/limits.ts';
import { Outbox, type WhenFull } from '../../p2p/outbox.ts';
import { bytesOf } from '../support/chainValues.ts';

function outboxOf(whenFull: WhenFull, limits: Partial<ChannelLimits> = {}): Outbox {
  return new Outbox({ ...LIMITS.channels.votes, ...limits }, whenFull);
}

/** Takes everything that waits. */
function takeAll(outbox: Outbox, sizeMax = 1_000): Uint8Array {
  const slices: Uint8Array[] = [];
  for (let s = outbox.takeSlice(sizeMax); s !== undefined; s = outbox.takeSlice(sizeMax)) {
    expect(s.length).to.be.within(1, sizeMax);
    slices.push(s);
  }
  return concatBytes(...slices);
}

describe('an outbox', () => {
  it('gives back all bytes in order, in slices of any size', () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }));

    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 60 }), (pushed, sizeMax) => {
        const outbox = outboxOf('refuse');
        for (const frame of pushed) expect(outbox.push(frame)).to.be.true;

        expect(outbox.sizeBytes).to.equal(concatBytes(...pushed).length);
        expect(takeAll(outbox, sizeMax)).to.deep.equal(concatBytes(...pushed));
        expect([outbox.count, outbox.sizeBytes]).to.deep.equal([0, 0]);
      }),
    );
  });

  it('puts small frames together', () => {
    const outbox = outboxOf('refuse');
    for (const value of [1, 2, 3]) outbox.push(bytesOf(10, value));

    expect(outbox.takeSlice(25)?.length).to.equal(25);
    expect(outbox.count).to.equal(1);
  });

  it('copies no part of a large frame', () => {
    const outbox = outboxOf('refuse');
    const frame = bytesOf(100, 1);
    outbox.push(frame);
    outbox.push(bytesOf(1, 2));

    expect(outbox.takeSlice(60)?.buffer).to.equal(frame.buffer);
  });

  it('stays small however long it is used', () => {
    const outbox = outboxOf('refuse', { queueMessagesMax: 4 });

    for (let i = 0; i < 10_000; i++) {
      expect(outbox.push(bytesOf(5, i))).to.be.true;
      expect(outbox.takeSlice(5)).to.deep.equal(bytesOf(5, i));
    }
  });

  it('takes one message of any size when it is empty', () => {
    const outbox = outboxOf('refuse', { queueBytesMax: 10 });

    expect(outbox.push(bytesOf(50, 1))).to.be.true;
    expect(outbox.push(bytesOf(1, 1))).to.be.false;
  });
});

describe('a full outbox that refuses', () => {
  for (const limits of [{ queueMessagesMax: 3 }, { queueBytesMax: 30 }]) {
    it(`keeps what it has (${JSON.stringify(limits)})`, () => {
      const outbox = outboxOf('refuse', limits);
      const results = [1, 2, 3, 4].map((value) => outbox.push(bytesOf(10, value)));

      expect(results).to.deep.equal([true, true, true, false]);
      expect(takeAll(outbox)[0]).to.equal(1);
      expect(outbox.droppedCount).to.equal(0);
    });
  }
});

describe('a full outbox that drops', () => {
  for (const limits of [{ queueMessagesMax: 3 }, { queueBytesMax: 30 }]) {
    it(`forgets the oldest and counts it (${JSON.stringify(limits)})`, () => {
      const outbox = outboxOf('drop-oldest', limits);
      for (const value of [1, 2, 3, 4, 5]) expect(outbox.push(bytesOf(10, value))).to.be.true;

      expect(outbox.droppedCount).to.equal(2);
      expect(takeAll(outbox)).to.deep.equal(
        concatBytes(bytesOf(10, 3), bytesOf(10, 4), bytesOf(10, 5)),
      );
    });
  }

  it('forgets as many as a large one needs', () => {
    const outbox = outboxOf('drop-oldest', { queueBytesMax: 30 });
    for (const value of [1, 2, 3]) outbox.push(bytesOf(10, value));

    outbox.push(bytesOf(25, 4));

    expect(takeAll(outbox)).to.deep.equal(bytesOf(25, 4));
    expect(outbox.droppedCount).to.equal(3);
  });

  it('never forgets a frame of which a part has left', () => {
    const outbox = outboxOf('drop-oldest', { queueMessagesMax: 2 });
    outbox.push(bytesOf(10, 1));
    outbox.push(bytesOf(10, 2));
    const first = outbox.takeSlice(4)!;

    outbox.push(bytesOf(10, 3));

    expect(concatBytes(first, takeAll(outbox))).to.deep.equal(
      concatBytes(bytesOf(10, 1), bytesOf(10, 3)),
    );
  });

  it('refuses what would push out only such a frame', () => {
    const outbox = outboxOf('drop-oldest', { queueBytesMax: 10 });
    outbox.push(bytesOf(10, 1));
    outbox.takeSlice(4);

    expect(outbox.push(bytesOf(10, 2))).to.be.false;
  });
});
