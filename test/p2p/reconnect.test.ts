import { expect } from 'chai';

import { bytesOf } from '../support/chainValues.ts';
import { FakeClock, settled } from '../support/fakeClock.ts';
import { closeOf, joinAs, multiaddrOf, rawPeer } from './rawPeer.ts';
import {
  allUp,
  byPeerId,
  idOf,
  introduce,
  introduceBothWays,
  listOf,
  Rig,
  type TestNode,
} from './rig.ts';

describe('a peer that restarts', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  /** Stops a node and starts it again on the same port, with the same key. */
  async function restart(node: TestNode, others: readonly TestNode[]): Promise<TestNode> {
    const port = Number(/tcp\/(\d+)/.exec(node.network.addresses()[0]!)![1]);
    await node.network.stop();
    const again = await rig.node(node.name, { listen: { host: '127.0.0.1', port } });
    introduceBothWays([...others, again]);
    return again;
  }

  it('is connected again, and can be used at once', async () => {
    const [a, b] = await rig.mesh(['a', 'b']);
    await allUp([a!, b!]);

    const again = await restart(b!, [a!]);
    await a!.up('b', 2);
    await again.up('a');
    const answer = await a!.network.request(idOf('b'), bytesOf(1, 5));

    expect(answer).to.deep.equal(bytesOf(1, 5));
    expect(
      a!
        .all('peer')
        .slice(0, 3)
        .map(({ state }) => state),
    ).to.deep.equal(['up', 'down', 'up']);
  });

  it('is dialled by the others if it dials nobody', async () => {
    const [a, b] = await rig.mesh(['a', 'b']);
    await allUp([a!, b!]);
    const port = Number(/tcp\/(\d+)/.exec(b!.network.addresses()[0]!)![1]);
    a!.network.setPeers(listOf([a!, b!]));
    const { validators } = listOf([a!, b!]);
    await b!.network.stop();

    await rig.node('b', {
      listen: { host: '127.0.0.1', port },
      peers: { validators: validators.map((each) => ({ ...each, addresses: [] })), observers: [] },
    });

    await a!.up('b', 2);
  });

  it('is found where it has moved to, by another list', async () => {
    const [a, b] = await rig.mesh(['a', 'b']);
    await allUp([a!, b!]);
    await b!.network.stop();
    await a!.down('b');
    const moved = await rig.node('b');
    moved.network.setPeers({
      validators: listOf([a!, moved]).validators.map((each) => ({ ...each, addresses: [] })),
      observers: [],
    });

    a!.network.setPeers(listOf([a!, moved]));

    await allUp([a!, moved]);
  });

  it('takes no other connection with it', async () => {
    const nodes = await rig.mesh(['a', 'b', 'c']);
    await allUp(nodes);

    await restart(nodes[2]!, nodes.slice(0, 2));
    await nodes[0]!.up('c', 2);

    expect(nodes[0]!.all('peer').filter(({ peer }) => peer.name === 'b')).to.have.length(1);
  });
});

describe('a peer that falls silent', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('is given up after three beats without a byte', async () => {
    const clock = new FakeClock();
    const a = await rig.node('a', { clock });
    const raw = await rawPeer(rig, 'b');
    a.network.setPeers({
      validators: ['a', 'b'].map((name) => ({ name, peerId: idOf(name), addresses: [] })),
      observers: [],
    });
    const connection = await raw.dial(a);
    await joinAs(connection);
    await a.up('b');

    // Its hello was heard in the first interval.
    await clock.advance(7_999);
    expect(a.view('b').state).to.equal('up');
    await clock.advance(1);

    await closeOf(connection);
    expect(a.view('b').lastError?.code).to.equal('ERR_SILENT');
  });

  it('is not one that only beats', async () => {
    const clocks = { a: new FakeClock(), b: new FakeClock() };
    let height = 0;
    const a = await rig.node('a', { clock: clocks.a, height: () => height });
    const b = await rig.node('b', { clock: clocks.b, height: () => height });
    introduce([a, b]);
    await clocks.a.advance(100);
    await clocks.b.advance(100);
    await allUp([a, b]);

    for (height = 1; height < 10; height++) {
      await clocks.a.advance(2_000);
      await clocks.b.advance(2_000);
      while (a.view('b').height !== height || b.view('a').height !== height) await settled();
    }

    expect([a.view('b').state, b.view('a').state]).to.deep.equal(['up', 'up']);
  });
});

describe('two nodes that dial each other at the same moment', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  /** Resolves when both agree on one connection that can be used. */
  async function agree(a: TestNode, b: TestNode): Promise<void> {
    const isOne = (): boolean =>
      a.view(b.name).state === 'up' &&
      b.view(a.name).state === 'up' &&
      a.view(b.name).direction !== b.view(a.name).direction;
    while (!isOne()) await settled();
  }

  it('end with one connection, and it works', async () => {
    for (let round = 0; round < 10; round++) {
      const limits = { reconnectCourtesyMs: 0 };
      const a = await rig.node('a', { limits });
      const b = await rig.node('b', { limits });
      introduceBothWays([a, b]);
      await agree(a, b);

      // A request can fail with a connection that is being replaced, the next one cannot.
      const ask = (): Promise<Uint8Array> => a.network.request(1, bytesOf(1, round));
      const answer = await ask().catch(async () => {
        await agree(a, b);
        return ask();
      });

      expect(answer).to.deep.equal(bytesOf(1, round));
      await rig.stop();
    }
  });

  const [smaller = '', greater = ''] = byPeerId('x', 'y');
  for (const [name, other, kept] of [
    [smaller, greater, 'outbound'],
    [greater, smaller, 'inbound'],
  ] as const) {
    const which = name === smaller ? 'smaller' : 'greater';
    it(`keep the one that the smaller peer id dialled (here the ${which})`, async () => {
      const node = await rig.node(name);
      const raw = await rawPeer(rig, other);
      node.network.setPeers({
        validators: [
          { name, peerId: idOf(name), addresses: [] },
          { name: other, peerId: idOf(other), addresses: raw.node.getMultiaddrs().map(String) },
        ],
        observers: [],
      });
      while (raw.connections.length === 0) await settled();
      const [outbound] = raw.connections;

      const inbound = await raw.node.dial(multiaddrOf(node), { force: true });

      await closeOf(kept === 'outbound' ? inbound : outbound!);
      expect((kept === 'outbound' ? outbound : inbound)?.status).to.equal('open');
      expect(node.view(other).direction).to.equal(kept);
    });
  }

  it('keep the later of two that one side dialled', async () => {
    const node = await rig.node('a');
    const raw = await rawPeer(rig, 'b');
    node.network.setPeers({
      validators: ['a', 'b'].map((name) => ({ name, peerId: idOf(name), addresses: [] })),
      observers: [],
    });
    const first = await raw.dial(node);
    await joinAs(first);
    await node.up('b');

    const second = await raw.node.dial(multiaddrOf(node), { force: true });
    await joinAs(second);

    await closeOf(first);
    await node.up('b', 2);
    expect(second.status).to.equal('open');
    expect(node.all('peer').map(({ state }) => state)).to.deep.equal(['up', 'down', 'up']);
  });
});
