import { expect } from 'chai';

import type { Channel } from '../../p2p/channel.ts';
import { encodeFrame, FrameReader } from '../../p2p/frame.ts';
import { type ChannelLimits, LIMITS, type NetworkLimits } from '../../p2p/limits.ts';
import { bytesOf } from '../support/chainValues.ts';
import { FakeClock, settled } from '../support/fakeClock.ts';
import { joinAs, openStream, rawPeer } from './rawPeer.ts';
import { allUp, idOf, Rig, type TestNode } from './rig.ts';

function limitsOf(channel: Channel, limits: Partial<ChannelLimits>): Partial<NetworkLimits> {
  const { channels } = LIMITS;
  return { channels: { ...channels, [channel]: { ...channels[channel], ...limits } } };
}

/** A node and a raw peer that has joined it. */
async function join(
  rig: Rig,
  limits: Partial<NetworkLimits> = {},
  clock = new FakeClock(),
): Promise<[TestNode, Awaited<ReturnType<typeof joinAs>>]> {
  const a = await rig.node('a', { clock, limits });
  const raw = await rawPeer(rig, 'b');
  a.network.setPeers({
    validators: ['a', 'b'].map((name) => ({ name, peerId: idOf(name), addresses: [] })),
    observers: [],
  });
  const streams = await joinAs(await raw.dial(a));
  await a.up('b');
  return [a, streams];
}

describe('a peer that does not read', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('has batches refused when their queue is full', async () => {
    const [a, { batches }] = await join(rig);
    batches.pause();
    const results = new Set<string>();
    // More than the window, the system's buffers and the queue hold.
    for (let i = 0; i < 200; i++) {
      results.add(a.network.send(1, 'batches', bytesOf(1_048_576, i)));
      await settled();
    }

    expect([...results]).to.deep.equal(['queued', 'ERR_QUEUE_FULL']);
    const { queues, counters } = a.view('b');
    expect(queues.batches?.bytes).to.be.within(30 * 1_048_576, 32 * 1_048_576);
    expect(counters.batches.refusedMessages).to.be.above(100);
    expect(counters.batches.droppedMessages).to.equal(0);
  });

  it('has its oldest votes forgotten, counted, and gets the latest', async () => {
    const [a, { votes }] = await join(rig, limitsOf('votes', { queueMessagesMax: 8 }));
    votes.pause();
    for (let i = 0; i < 100; i++) {
      const vote = bytesOf(100_000, i);
      expect(a.network.send(1, 'votes', vote)).to.equal('queued');
      if (i % 10 === 0) await settled();
    }
    const { droppedMessages } = a.view('b').counters.votes;
    expect(droppedMessages).to.be.above(50);

    const received = framesOf(votes, 100 - droppedMessages);
    votes.resume();

    expect((await received).at(-1)?.[0]).to.equal(99);
  });

  it('on one channel is served on the others', async () => {
    const [a, { votes, batches }] = await join(rig);
    batches.pause();
    for (let i = 0; i < 40; i++) a.network.send(1, 'batches', bytesOf(1_048_576, i));
    await settled();

    const received = framesOf(votes, 1);
    a.network.send(1, 'votes', bytesOf(10, 7));

    expect((await received)[0]).to.deep.equal(bytesOf(10, 7));
    expect(a.view('b').queues.batches?.bytes).to.be.above(1_048_576);
  });
});

describe('a peer that sends faster than its rate', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('is read no faster, and nothing of it is lost', async () => {
    const clock = new FakeClock();
    const [a, b] = await rig.mesh(['a', 'b'], {
      clock,
      limits: limitsOf('votes', { inboundMessagesPerS: 10 }),
    });
    await clock.advance(5);
    await allUp([a!, b!]);
    for (let i = 0; i < 30; i++) b!.network.send(0, 'votes', bytesOf(10, i));

    // One more than the rate is read: it is only then that the rate is seen to be used up.
    await a!.until(() => a!.all('message').length === 11);
    for (let i = 0; i < 5; i++) await settled();
    expect(a!.all('message')).to.have.length(11);
    await clock.advance(1_900);

    await a!.until(() => a!.all('message').length === 30);
    expect(a!.firstBytes('votes')).to.deep.equal(Array.from({ length: 30 }, (_, i) => i));
    expect(a!.view('b').points).to.equal(0);
  });

  it('is read no faster by bytes', async () => {
    const clock = new FakeClock();
    const [a, b] = await rig.mesh(['a', 'b'], {
      clock,
      limits: limitsOf('batches', { inboundBytesPerS: 100_000 }),
    });
    await clock.advance(5);
    await allUp([a!, b!]);

    for (let i = 0; i < 3; i++) b!.network.send(0, 'batches', bytesOf(150_000, i));
    await a!.hears('message');
    await clock.advance(499);
    for (let i = 0; i < 5; i++) await settled();

    expect(a!.all('message')).to.have.length(1);
    await clock.advance(1);
    await a!.until(() => a!.all('message').length === 2);
  });

  it('is pushed back: what it sends stays with it', async () => {
    const [a, { votes }] = await join(rig, limitsOf('votes', { inboundMessagesPerS: 10 }));

    const vote = encodeFrame(bytesOf(10_000, 1));
    for (let i = 0; i < 1_000 && votes.status === 'open'; i++) {
      if (votes.writableNeedsDrain) break;
      votes.send(vote);
      await settled();
    }

    expect(votes.status).to.equal('open');
    expect(votes.writableNeedsDrain).to.be.true;
    expect(a.all('message').length).to.equal(11);
  });

  it('is pushed back again each time that some of it has been read', async () => {
    const clock = new FakeClock();
    const limits = {
      ...limitsOf('votes', { inboundMessagesPerS: 10 }),
      beatIntervalMs: 1_000_000,
    };
    const [, { votes }] = await join(rig, limits, clock);
    const vote = encodeFrame(bytesOf(10_000, 1));

    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 400 && !votes.writableNeedsDrain; i++) {
        votes.send(vote);
        await settled();
      }
      expect(votes.writableNeedsDrain, `round ${round}`).to.be.true;
      expect(votes.status).to.equal('open');
      // 100 messages are a megabyte: the window opens again.
      for (let i = 0; i < 10; i++) await clock.advance(1_000);
      while (votes.writableNeedsDrain) await settled();
    }
  });
});

describe('a peer that sends before it can be used', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('is pushed back, and heard when it can', async () => {
    const a = await rig.node('a', { clock: new FakeClock() });
    const raw = await rawPeer(rig, 'b');
    a.network.setPeers({
      validators: ['a', 'b'].map((name) => ({ name, peerId: idOf(name), addresses: [] })),
      observers: [],
    });
    const connection = await raw.dial(a);
    const { votes } = await joinAs(connection, ['votes']);

    const vote = encodeFrame(bytesOf(10_000, 1));
    for (let i = 0; i < 400 && !votes.writableNeedsDrain; i++) {
      votes.send(vote);
      await settled();
    }

    expect(votes.writableNeedsDrain).to.be.true;
    await Promise.all([openStream(connection, 'batches'), openStream(connection, 'sync')]);
    await a.hears('message');
    expect(votes.status).to.equal('open');
  });
});

describe('a taker that is busy', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('is given the next message of a channel when it is done, and other channels meanwhile', async () => {
    const done: (() => void)[] = [];
    const [a, b] = await rig.mesh(['a', 'b'], {
      onMessage: (_, channel) =>
        channel === 'batches' ? new Promise((resolve) => done.push(resolve)) : undefined,
    });
    await allUp([a!, b!]);

    for (let i = 0; i < 3; i++) b!.network.send(0, 'batches', bytesOf(300_000, i));
    await a!.hears('message');
    b!.network.send(0, 'votes', bytesOf(1, 9));
    await a!.hears('message', ({ channel }) => channel === 'votes');
    expect(a!.firstBytes('batches')).to.deep.equal([0]);
    done[0]!();
    await a!.until(() => a!.firstBytes('batches').length === 2);
    done[1]!();
    await a!.until(() => a!.firstBytes('batches').length === 3);
    done[2]!();

    expect(a!.firstBytes('batches')).to.deep.equal([0, 1, 2]);
  });
});

describe('a download of 50 MB', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('delays no vote: each overtakes what was queued before it', async () => {
    const CHUNK_BYTES = 1_048_576;
    const overtaken: number[] = [];
    const expected: number[] = [];
    const queuedBytes: number[] = [];
    const [a, b] = await rig.mesh(['a', 'b'], {
      answer: async () => download(),
      onMessage: () => {
        // What of the download has been read when the vote is.
        const { receivedBytes, receivedMessages } = a!.view('b').counters.sync;
        overtaken.push(receivedBytes + receivedMessages * 4);
      },
    });
    async function* download(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 50; i++) {
        const { counters, queues } = b!.view('a');
        b!.network.send(0, 'votes', bytesOf(200, i));
        queuedBytes.push(queues.sync!.bytes);
        expected.push(counters.sync.sentBytes - queues.sync!.bytes);
        yield await Promise.resolve(bytesOf(CHUNK_BYTES, i));
      }
    }
    await allUp([a!, b!]);

    const answer = await a!.network.request(1, bytesOf(1, 1));

    expect(answer.length).to.equal(50 * CHUNK_BYTES);
    expect(a!.firstBytes('votes')).to.have.length(50);
    // Nearly all had something to overtake.
    expect(queuedBytes.filter((bytes) => bytes > 500_000)).to.have.length.above(40);
    overtaken.forEach((readBytes, i) => {
      expect(readBytes, `vote ${i}`).to.be.at.most(expected[i]!);
    });
    for (let i = 0; i < 50; i++) {
      expect([answer[i * CHUNK_BYTES], answer[(i + 1) * CHUNK_BYTES - 1]]).to.deep.equal([i, i]);
    }
  });

  it('goes on while batches go the same way', async () => {
    const [a, b] = await rig.mesh(['a', 'b'], {
      answer: async () =>
        (async function* () {
          for (let i = 0; i < 50; i++) {
            b!.network.send(0, 'batches', bytesOf(1_000_000, i));
            yield await Promise.resolve(bytesOf(1_000_000, i));
          }
        })(),
    });
    await allUp([a!, b!]);

    const answer = await a!.network.request(1, bytesOf(1, 1));

    expect(answer.length).to.equal(50_000_000);
    await a!.until(() => a!.firstBytes('batches').length === 50);
  });
});

/** Resolves to the bodies of the next `count` frames. */
function framesOf(
  stream: Awaited<ReturnType<typeof joinAs>>['votes'],
  count: number,
): Promise<Uint8Array[]> {
  const reader = new FrameReader(16 * 1_048_576);
  const bodies: Uint8Array[] = [];
  return new Promise((resolve) => {
    stream.addEventListener('message', ({ data }) => {
      for (const chunk of data instanceof Uint8Array ? [data] : data) reader.push(chunk);
      for (let body = reader.next(); body !== undefined; body = reader.next()) bodies.push(body);
      if (bodies.length >= count) resolve(bodies);
    });
  });
}
