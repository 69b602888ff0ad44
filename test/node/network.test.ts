import { expect } from 'chai';

import { ed25519PublicKey } from '#crypto';

import { ChainError } from '../../chain/errors.ts';
import { formatUtf8 } from '../../chain/bytes.ts';
import { systemClock } from '../../node/clock.ts';
import { readConfig } from '../../node/config.ts';
import type { Identity } from '../../node/identity.ts';
import { type NetworkEvents, NodeNetwork } from '../../node/network.ts';
import type { ConnectedPeer } from '../../node/peers.ts';
import type { Channel } from '../../p2p/channel.ts';
import { NetworkError } from '../../p2p/errors.ts';
import { cosigningOf, signLog } from '../support/cosigners.ts';
import { captureLog } from '../support/capturedLog.ts';
import { CHAIN_ID, hashOfText, signerOf } from '../support/chainValues.ts';
import { GENESIS, namedValidator } from '../support/genesisValues.ts';
import { peerIdOf } from '../../p2p/peerId.ts';

interface Received {
  readonly from: ConnectedPeer;
  readonly channel: Channel;
  readonly bytes: Uint8Array;
}

/** One of two nodes on loopback, and what it was told. */
class End {
  readonly network: NodeNetwork;
  readonly received: Received[] = [];
  readonly peers: (readonly [ConnectedPeer, 'up' | 'down'])[] = [];
  readonly heights: (readonly [peerId: string, height: number])[] = [];
  readonly faults: unknown[] = [];
  answer: NetworkEvents['answer'] = (_from, request) => Promise.resolve(request);
  readonly #waiters: (() => void)[] = [];

  constructor(name: string, environment: Readonly<Record<string, string>> = {}) {
    const identity: Identity = {
      role: 'validator',
      genesis: { ...GENESIS, validators: ['v0', 'v1'].map(namedValidator) },
      document: undefined,
      chainId: CHAIN_ID,
      validator: namedValidator(name),
      commitmentKey: hashOfText('commitment'),
      networkKey: hashOfText(`network ${name}`),
      sign: signerOf(name),
      cosign: cosigningOf(0).sign,
      signLog,
    };
    const config = readConfig({
      P2P_LISTEN: '127.0.0.1:0',
      ALLOWED_IPS: '127.0.0.0/8',
      ...environment,
    });
    const { log } = captureLog();
    this.network = new NodeNetwork(
      { config, identity, clock: systemClock, log },
      {
        receive: async (from, channel, bytes) => {
          this.received.push({ from, channel, bytes });
          this.#wake();
        },
        answer: (from, request) => this.answer(from, request),
        onPeer: (peer, state) => {
          this.peers.push([peer, state]);
          this.#wake();
        },
        onHeight: (peerId, height) => {
          this.heights.push([peerId, height]);
          this.#wake();
        },
        height: () => 5,
        onFault: (error) => {
          this.faults.push(error);
          this.#wake();
        },
      },
    );
  }

  /** Resolves when a fact holds; it is looked at whenever something is told. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => void this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

function idOf(name: string): string {
  return peerIdOf(ed25519PublicKey(hashOfText(`network ${name}`)));
}

describe('the network of a node', () => {
  let v0: End;
  let v1: End;

  beforeEach(async () => {
    // Nobody answers under the names of the genesis: a setting says where v0 is.
    v0 = new End('v0', { P2P_PEERS: 'v1=/ip4/127.0.0.1/tcp/1' });
    await v0.network.start();
    const [address = ''] = v0.network.addresses();
    v1 = new End('v1', { P2P_PEERS: `v0=${address}` });
    await v1.network.start();
    await Promise.all([v0.until(() => v0.peers.length > 0), v1.until(() => v1.peers.length > 0)]);
  });
  afterEach(async () => {
    await Promise.all([v0.network.stop(), v1.network.stop()]);
  });

  it('tells of validators by their places in the set', () => {
    const [[peer, state] = []] = v0.peers;

    expect(state).to.equal('up');
    expect(peer).to.deep.include({ peerId: idOf('v1'), role: 'validator', index: 1 });
    expect(v1.network.validators().map(({ index }) => index)).to.deep.equal([0]);
  });

  it('tells of the height that a peer has told', async () => {
    await v0.until(() => v0.heights.length > 0);

    expect(v0.heights[0]).to.deep.equal([idOf('v1'), 5]);
  });

  it('knows its peers no more when they are down', async () => {
    await v1.network.stop();
    await v0.until(() => v0.peers.length > 1);

    expect(v0.peers[1]?.[1]).to.equal('down');
    expect(v0.network.validators()).to.deep.equal([]);
  });

  it('shows operators every known peer, how far it is and whether it can be used', async () => {
    const before = v0.network.known();
    await v1.network.stop();
    await v0.until(() => v0.peers.length > 1);
    const after = v0.network.known();

    expect(before.map(({ peerId, isUp, height }) => ({ peerId, isUp, height }))).to.deep.equal([
      { peerId: idOf('v1'), isUp: true, height: 5 },
    ]);
    expect(after.map(({ isUp }) => isUp)).to.deep.equal([false]);
  });

  it('carries messages to one peer, and to all', async () => {
    v0.network.send(idOf('v1'), 'votes', formatUtf8('to one'));
    v0.network.broadcast('batches', formatUtf8('to all'));
    await v1.until(() => v1.received.length > 1);
    const heard = v1.received.map(({ from, channel, bytes }) => {
      return [from.index, channel, Buffer.from(bytes).toString()];
    });

    expect(heard).to.have.deep.members([
      [0, 'votes', 'to one'],
      [0, 'batches', 'to all'],
    ]);
  });

  it('carries requests and answers', async () => {
    v0.answer = async ({ index }, request) => formatUtf8(`${index}: ${request.length}`);
    const answer = await v1.network.request(idOf('v0'), new Uint8Array(7), {
      responseBytesMax: 100,
    });

    expect(Buffer.from(answer).toString()).to.equal('1: 7');
  });

  it('tells who asks what is refused that there is no answer, and goes on', async () => {
    v0.answer = () => Promise.reject(new ChainError('ERR_MALFORMED', 'no request'));
    const options = { responseBytesMax: 100 };
    const refused = await v1.network
      .request(idOf('v0'), new Uint8Array(1), options)
      .catch((error: unknown) => error);
    v0.answer = (_from, request) => Promise.resolve(request);
    const answered = await v1.network.request(idOf('v0'), new Uint8Array(1), options);

    expect(refused).to.be.instanceOf(NetworkError).with.property('code', 'ERR_PEER_FAILED');
    expect(answered).to.have.length(1);
    expect(v0.faults).to.deep.equal([]);
  });

  it('tells of any other failure as a fault', async () => {
    v0.answer = () => Promise.reject(new Error('the disk is gone'));
    const options = { responseBytesMax: 100 };
    await v1.network.request(idOf('v0'), new Uint8Array(1), options).catch(() => undefined);

    expect(v0.faults.map(String)).to.deep.equal(['Error: the disk is gone']);
  });

  it('disconnects who is reported often enough', async () => {
    for (let i = 0; i < 20; i++) v0.network.report(idOf('v1'), 'reject', 'ERR_SIGNATURE');
    await v0.until(() => v0.peers.length > 1);

    expect(v0.peers[1]?.[1]).to.equal('down');
  });
});
