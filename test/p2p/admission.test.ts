import { once } from 'node:events';

import type { ConnectionGater, MultiaddrConnection } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { expect } from 'chai';

import { createAdmission } from '../../p2p/admission.ts';
import { encodeFrame } from '../../p2p/frame.ts';
import { LIMITS } from '../../p2p/limits.ts';
import { bytesOf } from '../support/chainValues.ts';
import { FakeClock, settled } from '../support/fakeClock.ts';
import { closed, closeOf, joinAs, multiaddrOf, openStream, rawPeer, rawSocket } from './rawPeer.ts';
import { allUp, byPeerId, codeOf, idOf, introduce, listOf, Rig } from './rig.ts';

const NOBODY = { validators: [], observers: [] };

describe('admission by peer id', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('closes an inbound connection of an unknown peer before any stream is opened', async () => {
    const a = await rig.node('a');
    const stranger = await rawPeer(rig, 'stranger');

    // The stranger may think for a moment that its connection is open.
    const connection = await stranger.dial(a).catch(() => undefined);
    if (connection !== undefined) await closeOf(connection);

    await a.hears('log', ({ text }) => text === 'peer id not admitted');
    expect(a.network.refusals().peers).to.equal(1);
    expect(a.network.peers()).to.deep.equal([]);
  });

  it('closes an outbound connection on which another peer id answers', async () => {
    const impostor = await rig.node('impostor');
    const a = await rig.node('a');

    a.network.setPeers({
      validators: [
        {
          name: 'b',
          peerId: idOf('b'),
          addresses: impostor.network.addresses().map((each) => each.split('/p2p/')[0]!),
        },
      ],
      observers: [],
    });

    await a.hears('log', ({ text }) => text === 'no connection');
    expect(a.view('b').lastError).to.include({ code: 'ERR_DIAL' });
    expect(a.view('b').state).to.equal('down');
  });

  it('does not dial an address that names another peer', async () => {
    const b = await rig.node('b');
    const a = await rig.node('a');

    a.network.setPeers({
      validators: [{ name: 'c', peerId: idOf('c'), addresses: b.network.addresses() }],
      observers: [],
    });

    await a.hears('log', ({ text }) => text === 'no connection');
    expect(a.view('c').lastError?.code).to.equal('ERR_ADDRESS');
  });

  it('admits a peer as soon as a list names it', async () => {
    const a = await rig.node('a');
    const b = await rig.node('b');
    b.network.setPeers(listOf([a, b]));
    await b.hears('log', ({ text }) => text === 'no connection');

    a.network.setPeers(listOf([a, b]));

    await allUp([a, b]);
  });
});

describe('admission by address', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('closes a connection from outside the ranges before it says a byte', async () => {
    const a = await rig.node('a', { allowedIps: ['10.0.0.0/8'] });
    const socket = await rawSocket(rig, a);
    let received = 0;
    socket.on('data', ({ length }) => (received += length));

    await closed(socket);

    expect(received).to.equal(0);
    expect(a.network.refusals().addresses).to.equal(1);
  });

  it('answers a connection from inside the ranges', async () => {
    const nodes = await rig.mesh(['a', 'b'], { allowedIps: ['10.0.0.0/8', '127.0.0.0/8'] });

    await allUp(nodes);
  });

  it('does not dial outside the ranges', async () => {
    const b = await rig.node('b');
    const a = await rig.node('a', { allowedIps: ['10.0.0.0/8'] });

    a.network.setPeers(listOf([a, b]));

    await a.hears('log', ({ text }) => text === 'no connection');
    expect(a.view('b').lastError?.code).to.equal('ERR_ADDRESS');
  });

  it('holds the ranges against what a name resolves to', async () => {
    const b = await rig.node('b');
    const port = /tcp\/\d+/.exec(b.network.addresses()[0]!)![0];
    const settings = {
      allowedIps: ['127.0.0.0/8'],
      lookup: () => Promise.resolve(['192.0.2.1', '127.0.0.1']),
    };
    const a = await rig.node('a', settings);
    b.network.setPeers({
      validators: [
        { name: 'a', peerId: a.peerId, addresses: [] },
        { name: 'b', peerId: b.peerId, addresses: [] },
      ],
      observers: [],
    });

    a.network.setPeers({
      validators: [
        { name: 'b', peerId: b.peerId, addresses: [`/dns4/b.example/${port}`] },
        { name: 'a', peerId: a.peerId, addresses: [] },
      ],
      observers: [],
    });

    await a.up('b');
    expect(a.view('b').address).to.match(/^\/ip4\/127\.0\.0\.1\//);
  });
});

describe('the number of inbound connections', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('is bounded for those of one address that have proved nothing', async () => {
    const a = await rig.node('a', {
      limits: { pendingPerAddressCountMax: 3, upgradeTimeoutMs: 60_000 },
    });
    const held = [await rawSocket(rig, a), await rawSocket(rig, a), await rawSocket(rig, a)];
    // Each is held when it is greeted.
    await Promise.all(
      held.map(async (socket) => {
        socket.write('\x13/multistream/1.0.0\n');
        await once(socket, 'data');
      }),
    );

    const next = await rawSocket(rig, a);
    await closed(next);

    expect(a.network.refusals().pending).to.equal(1);
    expect(held.some(({ closed }) => closed)).to.be.false;
  });

  it('is given free by those that give up', async () => {
    const a = await rig.node('a', { limits: { pendingPerAddressCountMax: 1 } });
    const b = await rig.node('b');
    const socket = await rawSocket(rig, a);
    socket.destroy();

    introduce([a, b]);

    await allUp([a, b]);
  });

  it('is given free by those that prove who they are', async () => {
    const a = await rig.node('a', { limits: { pendingPerAddressCountMax: 1 } });
    const others = [await rig.node('b'), await rig.node('c')];
    a.network.setPeers({
      validators: listOf(others).validators.map((each) => ({ ...each, addresses: [] })),
      observers: [],
    });

    for (const node of others) {
      node.network.setPeers({ ...listOf([a]), observers: [] });
      await a.until(() => a.view(node.name).state !== 'down');
    }

    expect(a.view('b').state).to.not.equal('down');
  });

  it('is bounded for slow handshakes by time', async () => {
    const a = await rig.node('a', { limits: { upgradeTimeoutMs: 30 } });
    const socket = await rawSocket(rig, a);

    socket.write('\x13/multi');

    await closed(socket);
  });

  it('is bounded altogether', async () => {
    const a = await rig.node('a', { limits: { inboundCountMax: 2, upgradeTimeoutMs: 60_000 } });
    for (const socket of [await rawSocket(rig, a), await rawSocket(rig, a)]) {
      socket.write('\x13/multistream/1.0.0\n');
      await once(socket, 'data');
    }

    const third = await rawSocket(rig, a);

    await closed(third);
  });

  it('is bounded for one peer', async () => {
    const a = await rig.node('a', { limits: { connectionsPerPeerCountMax: 2 } });
    const raw = await rawPeer(rig, 'b');
    a.network.setPeers({
      validators: [{ name: 'b', peerId: idOf('b'), addresses: [] }],
      observers: [],
    });

    const dials = await Promise.allSettled(
      Array.from({ length: 12 }, () => raw.node.dial(multiaddrOf(a), { force: true })),
    );

    expect(dials.length).to.equal(12);
    while (raw.node.getConnections().length > 1) await settled();
  });
});

describe('an observer', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  async function startObserver(): Promise<ReturnType<Rig['mesh']>> {
    const validators = await rig.mesh(['a', 'b']);
    introduce(validators, ['o']);
    const observer = await rig.node('o', { listen: undefined, peers: listOf(validators) });
    await Promise.all([
      ...validators.map((each) => each.up('o')),
      observer.up('a'),
      observer.up('b'),
    ]);
    return [...validators, observer];
  }

  it('asks validators over the sync channel', async () => {
    const [, , observer] = await startObserver();

    expect(await observer!.network.request(1, bytesOf(2, 8))).to.deep.equal(bytesOf(2, 8));
  });

  it('is sent what is broadcast on the sync channel, and nothing else', async () => {
    const [a, , observer] = await startObserver();

    const votes = a!.network.broadcast('votes', bytesOf(1, 1));
    a!.network.broadcast('sync', bytesOf(1, 2));
    await observer!.hears('message');

    expect(votes.has(idOf('o'))).to.be.false;
    expect(observer!.all('message').map(({ channel }) => channel)).to.deep.equal(['sync']);
    expect(a!.network.send(idOf('o'), 'votes', bytesOf(1, 1))).to.equal('ERR_NOT_PERMITTED');
  });

  it('sends nothing and answers nothing', async () => {
    const [a, , observer] = await startObserver();

    expect(observer!.network.send(0, 'votes', bytesOf(1, 1))).to.equal('ERR_NOT_PERMITTED');
    expect(observer!.network.send(0, 'sync', bytesOf(1, 1))).to.equal('ERR_NOT_PERMITTED');
    expect(await codeOf(a!.network.request(idOf('o'), bytesOf(1, 1)))).to.equal(
      'ERR_NOT_PERMITTED',
    );
  });

  it('that opens a votes stream is disconnected and scored', async () => {
    const a = await rig.node('a');
    a.network.setPeers({ ...listOf([a]), observers: [idOf('o')] });
    const raw = await rawPeer(rig, 'o');
    const connection = await raw.dial(a);
    await joinAs(connection, ['sync']);
    await a.up('o');

    const votes = await openStream(connection, 'votes').catch(() => undefined);
    if (votes?.status === 'open') votes.send(encodeFrame(bytesOf(1, 1)));
    await closeOf(connection);

    await a.down('o');
    expect(a.view('o').lastError).to.include({ code: 'ERR_FRAMING' });
    expect(a.view('o').points).to.be.above(0);
    expect(a.all('message')).to.deep.equal([]);
  });

  it('that sends a message on the sync stream is disconnected', async () => {
    const a = await rig.node('a');
    a.network.setPeers({ ...listOf([a]), observers: [idOf('o')] });
    const raw = await rawPeer(rig, 'o');
    const connection = await raw.dial(a);
    const { sync } = await joinAs(connection, ['sync']);
    await a.up('o');

    sync.send(encodeFrame(bytesOf(5, 0), bytesOf(3, 1)));

    await closeOf(connection);
    expect(a.all('message')).to.deep.equal([]);
    expect(a.view('o').lastError?.code).to.equal('ERR_FRAMING');
  });

  it('is not admitted by validators that do not name it', async () => {
    const a = await rig.node('a');
    a.network.setPeers(listOf([a]));
    await rig.node('o', { listen: undefined, peers: listOf([a]) });

    await a.hears('log', ({ text }) => text === 'peer id not admitted');
  });

  it('becomes a validator when the list says so', async () => {
    const [a, b, o] = await startObserver();

    introduce([a!, b!, o!]);

    await a!.down('o');
    await a!.up('o', 2);
    await o!.up('a', 2);
    expect(a!.network.send(2, 'votes', bytesOf(1, 1))).to.equal('queued');
  });
});

describe('a peer that was disconnected for a while', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('is not admitted until the time is over, then it is', async () => {
    const clock = new FakeClock();
    // The one with the smaller peer id dials.
    const [rude = '', name = ''] = byPeerId('a', 'b');
    const limits = { scorePointsMax: 3, banMs: 1_000_000, beatIntervalMs: 10_000_000 };
    const [b, a] = await rig.mesh([rude, name], { clock, limits });
    await clock.advance(10);
    await allUp([a!, b!]);

    a!.network.report('nobody', 'reject', 'unknown');
    for (let i = 0; i < 3; i++) a!.network.report(0, 'reject', 'a vote that does not verify');

    await a!.down(rude);
    expect(a!.view(rude)).to.include({ isBanned: true, state: 'down' });
    expect(a!.view(rude).lastError).to.include({
      code: 'ERR_BANNED',
      message: 'a vote that does not verify',
    });
    await b!.down(name);
    await clock.advance(500);
    await a!.hears('log', ({ text }) => text === 'peer id not admitted');
    expect(a!.view(rude).state).to.equal('down');

    await clock.advance(1_000_000);
    while (a!.view(rude).state !== 'up' || b!.view(name).state !== 'up') {
      await clock.advance(10);
    }
    expect(a!.view(rude).judgements).to.deep.equal({ ignore: 0, reject: 3 });
  });

  it('is not one whose messages are only ignored', async () => {
    const nodes = await rig.mesh(['a', 'b'], { limits: { scorePointsMax: 3 } });
    await allUp(nodes);

    for (let i = 0; i < 50; i++) nodes[0]!.network.report(1, 'ignore', 'a vote of an old height');

    expect(nodes[0]!.view('b')).to.deep.include({
      state: 'up',
      points: 0,
      judgements: { ignore: 50, reject: 0 },
    });
  });
});

describe('the gate', () => {
  const [peer, stranger] = ['b', 'stranger'].map((name) => peerIdFromString(idOf(name)));
  const wire = { remoteAddr: multiaddr('/ip4/127.0.0.1/tcp/1'), addEventListener: () => undefined };
  const connection = wire as unknown as MultiaddrConnection;

  function gateWith(connectionCount: number): ConnectionGater {
    return createAdmission({
      ranges: (address) => address.startsWith('127.'),
      limits: LIMITS,
      log: { warn: () => undefined, info: () => undefined, debug: () => undefined },
      isAdmitted: (peerId) => peerId === idOf('b'),
      connectionCount: () => connectionCount,
    }).gater;
  }

  for (const method of [
    'denyInboundEncryptedConnection',
    'denyOutboundEncryptedConnection',
  ] as const) {
    it(`${method}: admits a peer up to its number of connections, and no stranger`, () => {
      const { connectionsPerPeerCountMax: countMax } = LIMITS;

      expect(gateWith(countMax - 1)[method]?.(peer!, connection)).to.be.false;
      expect(gateWith(countMax)[method]?.(peer!, connection)).to.be.true;
      expect(gateWith(0)[method]?.(stranger!, connection)).to.be.true;
    });
  }

  it('lets no stranger and no address out of range be dialled', () => {
    const gate = gateWith(0);

    expect(gate.denyDialPeer?.(peer!)).to.be.false;
    expect(gate.denyDialPeer?.(stranger!)).to.be.true;
    expect(gate.denyDialMultiaddr?.(multiaddr('/ip4/127.0.0.1/tcp/1'))).to.be.false;
    expect(gate.denyDialMultiaddr?.(multiaddr('/ip4/10.0.0.1/tcp/1'))).to.be.true;
    expect(gate.denyDialMultiaddr?.(multiaddr('/dns4/node.example/tcp/1'))).to.be.true;
  });
});

describe('a node that knows nobody', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('is an observer of nothing', async () => {
    const a = await rig.node('a', { peers: NOBODY });

    expect(a.network.peers()).to.deep.equal([]);
    expect([...a.network.broadcast('sync', bytesOf(1, 1))]).to.deep.equal([]);
  });
});
