/** Peers and strangers that mean harm. After each attack an honest peer is still served. */
import { once } from 'node:events';

import { expect } from 'chai';
import fc from 'fast-check';

import type { StreamName } from '../../p2p/channel.ts';
import { encodeFrame } from '../../p2p/frame.ts';
import type { NetworkLimits } from '../../p2p/limits.ts';
import { bytesOf } from '../support/chainValues.ts';
import { settled } from '../support/fakeClock.ts';
import { closed, closeOf, joinAs, rawPeer, type RawPeer, rawSocket } from './rawPeer.ts';
import { idOf, listOf, Rig, type TestNode } from './rig.ts';

const GREETING = '\x13/multistream/1.0.0\n';
const MIB = 1_048_576;

/** A node with an honest peer, and a rude one that it admits. */
async function besiege(
  rig: Rig,
  limits: Partial<NetworkLimits> = {},
): Promise<{ a: TestNode; raw: RawPeer; honest: TestNode }> {
  const a = await rig.node('a', { limits: { scorePointsMax: 1e9, ...limits } });
  const honest = await rig.node('honest');
  const raw = await rawPeer(rig, 'b');
  const addressed = listOf([a, honest]).validators;
  const silent = addressed.map((each) => ({ ...each, addresses: [] }));
  const rude = { name: 'b', peerId: idOf('b'), addresses: [] };
  a.network.setPeers({ validators: [...silent, rude], observers: [] });
  honest.network.setPeers({ validators: [...addressed, rude], observers: [] });
  await a.up('honest');
  return { a, raw, honest };
}

/** Checks that a node still serves its honest peer over the connection that it had. */
async function checkServes({ a, honest }: { a: TestNode; honest: TestNode }): Promise<void> {
  expect(await honest.network.request(0, bytesOf(4, 1))).to.deep.equal(bytesOf(4, 1));
  a.network.send(1, 'votes', bytesOf(4, 2));
  await honest.hears('message');
  expect(a.all('peer').filter(({ peer }) => peer.name === 'honest')).to.have.length(1);
}

/** A multiplexer frame. */
function muxFrame([type, flags, streamId, length]: [number, number, number, number]): Uint8Array {
  const frame = new Uint8Array(12);
  const view = new DataView(frame.buffer);
  view.setUint8(1, type);
  view.setUint16(2, flags);
  view.setUint32(4, streamId);
  view.setUint32(8, length);
  return frame;
}

describe('strangers on the port', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('that send random bytes are closed', async () => {
    const scene = await besiege(rig, { upgradeTimeoutMs: 200, inboundPerAddressPerS: 1e6 });
    const lead = fc.constantFrom('', GREETING, `${GREETING}\x07/noise\n`);

    await fc.assert(
      fc.asyncProperty(
        lead,
        fc.uint8Array({ minLength: 300, maxLength: 2_000 }),
        async (begin, bytes) => {
          const socket = await rawSocket(rig, scene.a);
          socket.write(begin);
          socket.end(bytes);
          await closed(socket);
        },
      ),
      { numRuns: 60 },
    );

    await checkServes(scene);
  });

  it('that announce a huge noise message and stall are closed in time', async () => {
    const scene = await besiege(rig, { upgradeTimeoutMs: 50 });
    const socket = await rawSocket(rig, scene.a);

    socket.write(`${GREETING}\x07/noise\n`);
    await once(socket, 'data');
    socket.write(Uint8Array.of(0xff, 0xff, 1));

    await closed(socket);
    await checkServes(scene);
  });

  it('that come in hundreds are bounded, and an honest peer stays connected', async () => {
    const scene = await besiege(rig, { upgradeTimeoutMs: 100 });

    const sockets = await Promise.all(Array.from({ length: 400 }, () => rawSocket(rig, scene.a)));
    await Promise.all(sockets.map(closed));

    await checkServes(scene);
  });

  it('that leave within the handshake leave nothing', async () => {
    const scene = await besiege(rig, { inboundPerAddressPerS: 1e6, pendingPerAddressCountMax: 4 });
    for (let i = 0; i < 20; i++) {
      const socket = await rawSocket(rig, scene.a);
      socket.write(i % 2 === 0 ? GREETING : '');
      socket.destroy();
      await closed(socket);
    }
    await settled();

    const late = await rawSocket(rig, scene.a);
    late.write(GREETING);

    await Promise.race([once(late, 'data'), closed(late)]);
    expect(late.closed).to.be.false;
    await checkServes(scene);
  });
});

describe('an admitted peer that breaks its framing', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  const names: readonly StreamName[] = ['control', 'votes', 'batches', 'sync'];
  for (const name of names) {
    it(`with a huge length on ${name} is disconnected and scored before it sends more`, async () => {
      const scene = await besiege(rig);
      const connection = await scene.raw.dial(scene.a);
      const streams = await joinAs(connection);
      await scene.a.up('b');

      streams[name].send(Uint8Array.of(0xff, 0xff, 0xff, 0xff));

      await closeOf(connection);
      expect(scene.a.view('b').lastError?.code).to.equal('ERR_FRAMING');
      expect(scene.a.view('b').points).to.be.above(5);
      await checkServes(scene);
    });

    it(`with random bytes on ${name} is disconnected or waited for, and nothing else`, async () => {
      const scene = await besiege(rig, { helloTimeoutMs: 60_000 });

      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
          async (chunks) => {
            const connection = await scene.raw.dial(scene.a);
            const streams = await joinAs(connection);
            for (const chunk of chunks) {
              if (streams[name].status === 'open') streams[name].send(chunk);
            }
            connection.abort(new Error('enough'));
            await closeOf(connection);
          },
        ),
        { numRuns: 25 },
      );

      await checkServes(scene);
    });
  }

  it('with a frame that it does not finish is waited for', async () => {
    const scene = await besiege(rig);
    const { votes } = await joinAs(await scene.raw.dial(scene.a));
    await scene.a.up('b');

    votes.send(encodeFrame(bytesOf(100, 1)).subarray(0, 50));
    await checkServes(scene);
    votes.send(encodeFrame(bytesOf(100, 1)).subarray(50));

    const { bytes } = await scene.a.hears('message');
    expect(bytes).to.deep.equal(bytesOf(100, 1));
  });
});

describe('an admitted peer that abuses the multiplexer', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  const frames = [
    ['a data frame of 4 GB', muxFrame([0, 0, 1, 0xffffffff])],
    ['a data frame above its window', muxFrame([0, 0, 1, MIB + 1])],
    ['an unknown type', muxFrame([9, 0, 1, 0])],
    ['an unknown version', Uint8Array.of(7, ...muxFrame([0, 0, 1, 0]).subarray(1))],
    ['a pong that nobody asked for', muxFrame([2, 2, 0, 77])],
    ['a stream id of the other side', muxFrame([1, 1, 2, 0])],
  ] as const;
  for (const [what, frame] of frames) {
    it(`by ${what} is disconnected and scored`, async () => {
      const scene = await besiege(rig);
      const connection = await scene.raw.dial(scene.a);
      await joinAs(connection);
      await scene.a.up('b');

      scene.raw.wires.at(-1)!.send(frame);

      await closeOf(connection);
      await scene.a.down('b');
      expect(scene.a.view('b').lastError?.code).to.equal('ERR_FRAMING');
      await checkServes(scene);
    });
  }

  it('by more frames than any peer needs is disconnected', async () => {
    const scene = await besiege(rig, { muxFramesPerS: 1_000 });
    const connection = await scene.raw.dial(scene.a);
    await joinAs(connection);
    await scene.a.up('b');
    const pings = new Uint8Array(12 * 3_000);
    for (let at = 0; at < pings.length; at += 12) pings.set(muxFrame([2, 1, 0, at]), at);

    scene.raw.wires.at(-1)!.send(pings);

    await closeOf(connection);
    expect(scene.a.view('b').lastError?.code).to.equal('ERR_FRAMING');
    await checkServes(scene);
  });

  it('by thousands of streams has them refused', async () => {
    const scene = await besiege(rig);
    const connection = await scene.raw.dial(scene.a);
    await joinAs(connection);
    await scene.a.up('b');
    const opened = new Uint8Array(12 * 3_000);
    for (let i = 0; i < 3_000; i++) opened.set(muxFrame([1, 1, 1_001 + 2 * i, 0]), i * 12);

    scene.raw.wires.at(-1)!.send(opened);

    await checkServes(scene);
    expect(scene.a.view('b').points).to.be.below(7);
  });

  it('by streams of protocols that nobody speaks has them refused', async () => {
    const scene = await besiege(rig);
    const connection = await scene.raw.dial(scene.a);
    await joinAs(connection);

    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => connection.newStream('/ipfs/id/1.0.0')),
    );

    expect(results.every(({ status }) => status === 'rejected')).to.be.true;
    await checkServes(scene);
  });

  it('by random bytes instead of frames is disconnected', async () => {
    const scene = await besiege(rig);

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 12, maxLength: 200 }), async (bytes) => {
        const connection = await scene.raw.dial(scene.a);
        await joinAs(connection);
        const wire = scene.raw.wires.at(-1)!;
        // An impossible version comes last, so that every run ends.
        wire.send(bytes);
        if (wire.status === 'open') wire.send(bytesOf(2 * MIB, 0xff));
        await closeOf(connection);
      }),
      { numRuns: 25 },
    );

    await checkServes(scene);
  });
});

describe('an admitted peer that comes and goes', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('at any moment leaves nothing behind', async () => {
    const scene = await besiege(rig, { inboundPerAddressPerS: 1e6 });
    for (let step = 0; step < 40; step++) {
      const connection = await scene.raw.dial(scene.a);
      const opening =
        step % 4 === 0 ? Promise.resolve() : joinAs(connection).catch(() => undefined);
      for (let i = 0; i < step % 7; i++) await settled();
      if (step % 3 === 0) connection.abort(new Error('gone'));
      else await connection.close();
      await closeOf(connection);
      await opening;
    }
    while (scene.a.view('b').state !== 'down') await settled();

    await checkServes(scene);
  });

  it('and is taken off the list at any moment leaves nothing behind', async () => {
    const scene = await besiege(rig, { inboundPerAddressPerS: 1e6 });
    const without = listOf([scene.a, scene.honest]);
    const rude = { name: 'b', peerId: idOf('b'), addresses: [] };
    for (let ticks = 0; ticks < 20; ticks++) {
      scene.a.network.setPeers({ ...without, validators: [...without.validators, rude] });
      const connection = await scene.raw.dial(scene.a);
      const joining = joinAs(connection).catch(() => undefined);
      for (let i = 0; i < ticks; i++) await settled();
      scene.a.network.setPeers(without);
      await closeOf(connection);
      await joining;
    }

    await checkServes(scene);
  });
});

describe('a handler of ours that throws', () => {
  const rig = new Rig();

  it('ends the link and is a fault, not the end of the process', async () => {
    const error = new Error('a mistake of ours');
    const [a, b] = await rig.mesh(['a', 'b'], {
      onMessage: (_, channel) => {
        if (channel === 'votes') throw error;
      },
    });
    await Promise.all([a!.up('b'), b!.up('a')]);

    b!.network.send(0, 'votes', bytesOf(1, 1));

    expect((await a!.hears('fault')).error).to.equal(error);
    await a!.down('b');
    expect(await rig.stop().catch((reason: unknown) => reason)).to.equal(error);
  });
});
