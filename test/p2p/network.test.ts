import { expect } from 'chai';

import { settled } from '../support/fakeClock.ts';
import { bytesOf } from '../support/chainValues.ts';
import { allUp, codeOf, idOf, introduce, Rig } from './rig.ts';

describe('a network of validators', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('connects each to each, with one connection for each pair', async () => {
    const nodes = await rig.mesh(['a', 'b', 'c', 'd']);

    await allUp(nodes);

    for (const { network } of nodes) {
      expect(network.peers().map(({ state }) => state)).to.deep.equal(['up', 'up', 'up']);
    }
  });

  it('carries a message on every channel, to a peer named by index', async () => {
    const [a, b] = await rig.mesh(['a', 'b']);
    await allUp([a!, b!]);

    const results = (['votes', 'batches', 'sync'] as const).map((channel) =>
      a!.network.send(1, channel, bytesOf(3, 9)),
    );
    await b!.until(() => b!.all('message').length === 3);

    expect(results).to.deep.equal(['queued', 'queued', 'queued']);
    expect(
      b!.all('message').map(({ channel, bytes, from }) => [channel, bytes, from.name]),
    ).to.have.deep.members([
      ['votes', bytesOf(3, 9), 'a'],
      ['batches', bytesOf(3, 9), 'a'],
      ['sync', bytesOf(3, 9), 'a'],
    ]);
  });

  it('carries a message to a peer named by peer id', async () => {
    const [a, b] = await rig.mesh(['a', 'b']);
    await allUp([a!, b!]);

    a!.network.send(idOf('b'), 'votes', bytesOf(1, 4));

    expect((await b!.hears('message')).bytes).to.deep.equal(bytesOf(1, 4));
  });

  it('keeps the order of a channel', async () => {
    const [a, b] = await rig.mesh(['a', 'b']);
    await allUp([a!, b!]);
    const order = Array.from({ length: 200 }, (_, i) => i);

    for (const i of order) {
      a!.network.send(1, 'votes', bytesOf(1 + (i % 7) * 1_000, i));
      if (i % 50 === 0) await settled();
    }
    await b!.until(() => b!.firstBytes('votes').length === 200);

    expect(b!.firstBytes('votes')).to.deep.equal(order);
  });

  it('carries messages of the largest size, and plain bytes', async () => {
    const [a, b] = await rig.mesh(['a', 'b']);
    await allUp([a!, b!]);

    a!.network.send(1, 'batches', bytesOf(16 * 1_048_576, 5));

    const { bytes } = await b!.hears('message');
    expect(bytes.length).to.equal(16 * 1_048_576);
    expect(bytes.every((byte) => byte === 5)).to.be.true;
    expect(Object.getPrototypeOf(bytes)).to.equal(Uint8Array.prototype);
  });

  it('does not care what becomes of the bytes after they are queued', async () => {
    const [a, b] = await rig.mesh(['a', 'b']);
    await allUp([a!, b!]);
    const bytes = bytesOf(8, 1);

    a!.network.send(1, 'votes', bytes);
    bytes.fill(2);

    expect((await b!.hears('message')).bytes).to.deep.equal(bytesOf(8, 1));
  });

  it('broadcasts to every peer and says what became of each', async () => {
    const nodes = await rig.mesh(['a', 'b', 'c']);
    await allUp(nodes);
    await nodes[2]!.network.stop();
    await nodes[0]!.down('c');

    const results = nodes[0]!.network.broadcast('votes', bytesOf(1, 1));

    expect([...results]).to.deep.equal([
      [idOf('b'), 'queued'],
      [idOf('c'), 'ERR_PEER_DOWN'],
    ]);
    expect((await nodes[1]!.hears('message')).from.index).to.equal(0);
  });

  it('refuses what it cannot send, with a reason', async () => {
    const [a] = await rig.mesh(['a', 'b']);
    await a!.up('b');
    const { network } = a!;

    expect(network.send(5, 'votes', bytesOf(1, 1))).to.equal('ERR_PEER_UNKNOWN');
    expect(network.send(0, 'votes', bytesOf(1, 1))).to.equal('ERR_PEER_UNKNOWN');
    expect(network.send('nobody', 'votes', bytesOf(1, 1))).to.equal('ERR_PEER_UNKNOWN');
    expect(network.send(1, 'votes', bytesOf(0, 1))).to.equal('ERR_TOO_LARGE');
    expect(network.send(1, 'sync', bytesOf(1_048_576 - 4, 1))).to.equal('ERR_TOO_LARGE');
    expect(network.send(1, 'sync', bytesOf(1_048_576 - 5, 1))).to.equal('queued');
    expect(await codeOf(network.request(1, bytesOf(1_048_576, 1)))).to.equal('ERR_TOO_LARGE');
    expect(await codeOf(network.request(9, bytesOf(1, 1)))).to.equal('ERR_PEER_UNKNOWN');
  });

  it('tells height and announced addresses, and the height again with every beat', async () => {
    let height = 3;
    const settings = {
      height: () => height,
      announce: ['/dns4/node.example.org/tcp/26656'],
      limits: { beatIntervalMs: 5 },
    };
    const [a, b] = await rig.mesh(['a', 'b'], settings);
    await allUp([a!, b!]);

    expect(a!.view('b')).to.include({ height: 3, role: 'validator', index: 1, name: 'b' });
    expect(a!.view('b').announced).to.deep.equal(['/dns4/node.example.org/tcp/26656']);
    height = 4;
    const { peer } = await a!.hears('height', (told) => told.height === 4);

    expect(peer.name).to.equal('b');
    expect(a!.all('height')[0]!.height).to.equal(3);
    expect(a!.view('b').height).to.equal(4);
  });

  for (const announce of [['10.0.0.1:26656'], Array<string>(9).fill('/ip4/10.0.0.1/tcp/1')]) {
    it(`refuses to announce ${announce[0]}, ${announce.length} times`, async () => {
      expect(await codeOf(rig.node('a', { announce }))).to.equal('ERR_ADDRESS');
    });
  }

  it('counts what went over each channel', async () => {
    const [a, b] = await rig.mesh(['a', 'b']);
    await allUp([a!, b!]);

    a!.network.send(1, 'votes', bytesOf(10, 1));
    await b!.hears('message');

    expect(a!.view('b').counters.votes).to.include({ sentMessages: 1, sentBytes: 14 });
    expect(b!.view('a').counters.votes).to.include({ receivedMessages: 1, receivedBytes: 10 });
    expect(b!.view('a').lastMessageMs).to.be.a('number');
    expect(a!.view('b').queues).to.deep.equal({
      votes: { messages: 0, bytes: 0 },
      batches: { messages: 0, bytes: 0 },
      sync: { messages: 0, bytes: 0 },
    });
  });

  it('takes another list of peers: ends who left, connects who came', async () => {
    const nodes = await rig.mesh(['a', 'b']);
    await allUp(nodes);
    const c = await rig.node('c');

    introduce([nodes[0]!, c]);

    await nodes[0]!.down('b');
    await allUp([nodes[0]!, c]);
    expect(nodes[0]!.network.send(idOf('b'), 'votes', bytesOf(1, 1))).to.equal('ERR_PEER_UNKNOWN');
  });
});

describe('the end of a network', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('resolves when everything is closed: its port is free again', async () => {
    const nodes = await rig.mesh(['a', 'b']);
    await allUp(nodes);
    const port = Number(/tcp\/(\d+)/.exec(nodes[0]!.network.addresses()[0]!)![1]);

    await nodes[0]!.network.stop();

    await rig.node('c', { listen: { host: '127.0.0.1', port } });
  });

  it('reports its peers down and fails requests that wait', async () => {
    const never = new Promise<Uint8Array>(() => undefined);
    const [a, b] = await rig.mesh(['a', 'b'], { answer: () => never });
    await allUp([a!, b!]);
    const request = codeOf(a!.network.request(1, bytesOf(1, 1)));
    await b!.hears('request');

    await a!.network.stop();

    expect(await request).to.equal('ERR_STOPPED');
    await a!.down('b');
    expect(a!.network.send(1, 'votes', bytesOf(1, 1))).to.equal('ERR_PEER_DOWN');
  });

  it('may be asked for twice, before a start, and during one', async () => {
    const [a] = await rig.mesh(['a']);
    await Promise.all([a!.network.stop(), a!.network.stop()]);
    await a!.network.stop();

    expect(await codeOf(a!.network.start())).to.equal('ERR_STOPPED');
  });

  it('ends a dial that is under way', async () => {
    const silent = await rig.silentServer();
    const a = await rig.node('a', {
      limits: { dialTimeoutMs: 60_000, dialAddressTimeoutMs: 60_000 },
    });
    a.network.setPeers({
      validators: [{ name: 'b', peerId: idOf('b'), addresses: [silent.address] }],
      observers: [],
    });
    await silent.connected;

    await a.network.stop();

    await silent.closed;
  });

  it('says why it cannot listen', async () => {
    const a = await rig.node('a');
    const port = Number(/tcp\/(\d+)/.exec(a.network.addresses()[0]!)![1]);

    const code = await codeOf(rig.node('b', { listen: { host: '127.0.0.1', port } }));

    expect(code).to.equal('ERR_LISTEN');
  });
});
