import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Libp2p } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { expect } from 'chai';
import { createLibp2p } from 'libp2p';

import { systemClock } from '../../node/clock.ts';
import { LIMITS } from '../../p2p/limits.ts';
import { guardedYamux } from '../../p2p/muxer.ts';
import { settled } from '../support/fakeClock.ts';
import { codeOf, keyOf } from './rig.ts';

async function createNode(name: string): Promise<Libp2p> {
  return createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', keyOf(name)),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [guardedYamux(LIMITS, systemClock)],
    connectionMonitor: { enabled: false },
  });
}

describe('the guarded multiplexer', () => {
  let nodes: Libp2p[] = [];
  beforeEach(async () => {
    nodes = await Promise.all([createNode('a'), createNode('b')]);
  });
  afterEach(async () => {
    for (const node of nodes) await node.stop();
  });

  it('throws past nobody when a connection ends in the tick in which a stream is opened', async () => {
    const [a, b] = nodes;
    const connection = await a!.dial(b!.getMultiaddrs());

    const opening = codeOf(connection.newStream('/test/1'));
    connection.abort(new Error('at once'));

    // An exception of a microtask would end the process, and here the test.
    expect(await opening).to.be.an('error');
    await settled();
  });

  it('carries streams of any content', async () => {
    const [a, b] = nodes;
    const bytes = new Uint8Array(1_000_000).map((_, i) => i % 251);
    const received = new Promise<number>((resolve) => {
      let size = 0;
      void b!.handle('/test/1', (stream) => {
        stream.addEventListener('message', ({ data }) => {
          size += data.byteLength;
          if (size === bytes.length) resolve(size);
        });
      });
    });
    const stream = await a!.dialProtocol(b!.getMultiaddrs(), '/test/1');

    stream.send(bytes);

    expect(await received).to.equal(1_000_000);
  });

  it('goes on for ever with small messages, though few of them are granted anew at once', async () => {
    const [a, b] = nodes;
    const size = 1_000;
    const count = 2_000; // Several windows of 256 KiB.
    const received = new Promise<number>((resolve) => {
      let bytes = 0;
      void b!.handle('/test/1', (stream) => {
        stream.addEventListener('message', ({ data }) => {
          bytes += data.byteLength;
          if (bytes === size * count) resolve(bytes);
        });
      });
    });
    const connection = await a!.dial(b!.getMultiaddrs());
    const stream = await connection.newStream('/test/1');

    for (let i = 0; i < count; i++) {
      if (!stream.send(new Uint8Array(size))) await stream.onDrain();
      else await settled();
    }

    expect(await received).to.equal(size * count);
  });
});
