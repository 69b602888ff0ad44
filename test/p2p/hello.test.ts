import { expect } from 'chai';

import { formatHex } from '../../chain/bytes.ts';
import { encodeBeat, encodeHello } from '../../p2p/control.ts';
import { encodeFrame } from '../../p2p/frame.ts';
import { hashOfText } from '../support/chainValues.ts';
import { FakeClock, settled } from '../support/fakeClock.ts';
import { closeOf, joinAs, openStream, rawPeer, type RawPeer } from './rawPeer.ts';
import { allUp, byPeerId, CHAIN, idOf, introduce, listOf, Rig, type TestNode } from './rig.ts';

const OTHER = hashOfText('another chain');
const HELLO = { chainId: CHAIN, height: 1, addresses: [] };

/** Returns what a node has said aloud about a refusal. */
function refusalsOf(node: TestNode): object[] {
  return node
    .all('log')
    .filter(({ text }) => text === 'peer refused')
    .map(({ facts }) => facts);
}

describe('two nodes of different chains', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  it('refuse each other, and both say what differs', async () => {
    const a = await rig.node('a');
    const b = await rig.node('b', { chainId: OTHER });
    introduce([a, b]);

    await a.hears('log', ({ text }) => text === 'peer refused');
    await b.hears('log', ({ text }) => text === 'peer refused');

    expect(refusalsOf(a)[0]).to.include({
      code: 'ERR_OTHER_CHAIN',
      reason: `chain id ${formatHex(CHAIN)} here, ${formatHex(OTHER)} there`,
    });
    expect(refusalsOf(b)[0]).to.include({
      code: 'ERR_OTHER_CHAIN',
      reason: `chain id ${formatHex(OTHER)} here, ${formatHex(CHAIN)} there`,
    });
    expect(a.view('b')).to.deep.include({ state: 'down', points: 0 });
    expect(a.view('b').lastError?.code).to.equal('ERR_OTHER_CHAIN');
    expect([...a.all('peer'), ...b.all('peer')]).to.deep.equal([]);
  });

  it('try again slowly, and say it once', async () => {
    const clock = new FakeClock();
    const [first = '', second = ''] = byPeerId('a', 'b');
    const a = await rig.node(first, { clock, limits: { refusedRetryMs: 60_000 } });
    const b = await rig.node(second, { clock: new FakeClock(), chainId: OTHER });
    introduce([a, b]);
    await clock.advance(5);
    await b.hears('log', ({ text }) => text === 'peer refused');
    await a.hears('log', ({ text }) => text === 'peer refused');

    expect(clock.delaysMs).to.deep.equal([60_000]);
    await clock.advance(59_999);
    expect(a.all('log').filter(({ text }) => text === 'no connection')).to.deep.equal([]);
    await clock.advance(1);
    await a.hears('log', ({ text }) => text === 'no connection');

    expect(refusalsOf(a)).to.have.length(1);
  });

  it('find together as soon as one comes back with the right genesis', async () => {
    const a = await rig.node('a');
    const b = await rig.node('b', { chainId: OTHER });
    a.network.setPeers({
      validators: listOf([a, b]).validators.map((each) => ({ ...each, addresses: [] })),
      observers: [],
    });
    b.network.setPeers(listOf([a, b]));
    await a.hears('log', ({ text }) => text === 'peer refused');
    await b.network.stop();

    const again = await rig.node('b');
    again.network.setPeers(listOf([a, again]));

    await allUp([a, again]);
    expect(a.view('b').lastError).to.equal(undefined);
  });
});

describe('a peer that opens badly', () => {
  const rig = new Rig();
  afterEach(() => rig.stop());

  async function meet(clock = new FakeClock()): Promise<[TestNode, RawPeer]> {
    const a = await rig.node('a', { clock });
    const raw = await rawPeer(rig, 'b');
    a.network.setPeers({
      validators: [
        { name: 'a', peerId: idOf('a'), addresses: [] },
        { name: 'b', peerId: idOf('b'), addresses: [] },
      ],
      observers: [],
    });
    return [a, raw];
  }

  it('with another version is refused, with both versions', async () => {
    const [a, raw] = await meet();
    const connection = await raw.dial(a);
    const control = await openStream(connection, 'control');

    control.send(encodeFrame(Uint8Array.of(1, 0, 9), Uint8Array.of(1, 2, 3)));

    await closeOf(connection);
    expect(a.view('b').lastError).to.include({
      code: 'ERR_VERSION',
      message: 'protocol version 1 here, 9 there',
    });
    expect(a.view('b').points).to.equal(0);
  });

  const rude = [
    ['a beat before its hello', encodeBeat(1)],
    ['two hellos', new Uint8Array([...encodeHello(HELLO), ...encodeHello(HELLO)])],
    ['a hello that is longer than any', Uint8Array.of(0, 0, 16, 1)],
    ['a message of an unknown kind', encodeFrame(Uint8Array.of(7))],
  ] as const;
  for (const [what, bytes] of rude) {
    it(`with ${what} is disconnected and scored`, async () => {
      const [a, raw] = await meet();
      const connection = await raw.dial(a);
      const control = await openStream(connection, 'control');

      control.send(bytes);

      await closeOf(connection);
      expect(a.view('b').lastError?.code).to.equal('ERR_FRAMING');
      expect(a.view('b').points).to.equal(6);
    });
  }

  it('and breaks its framing again is disconnected for a while', async () => {
    const [a, raw] = await meet();
    for (let i = 0; i < 2; i++) {
      const connection = await raw.dial(a);
      const control = await openStream(connection, 'control');
      control.send(encodeBeat(1));
      await closeOf(connection);
    }

    expect(a.view('b').isBanned).to.be.true;
  });

  const slow: readonly (readonly [string, (raw: RawPeer, a: TestNode) => Promise<unknown>])[] = [
    ['nothing', (raw, a) => raw.dial(a)],
    ['no hello', async (raw, a) => openStream(await raw.dial(a), 'control')],
    ['its hello and opens no channel', async (raw, a) => joinAs(await raw.dial(a), [])],
    ['its hello and opens some channels', async (raw, a) => joinAs(await raw.dial(a), ['votes'])],
  ];
  for (const [what, act] of slow) {
    it(`saying ${what} is given up in time`, async () => {
      const clock = new FakeClock();
      const [a, raw] = await meet(clock);
      await act(raw, a);
      while (a.view('b').state === 'down') await settled();

      await clock.advance(5_000);

      await closeOf(raw.node.getConnections()[0] ?? raw.connections[0]!);
      expect(a.view('b').lastError?.code).to.equal('ERR_HELLO_TIMEOUT');
      expect(a.all('peer')).to.deep.equal([]);
    });
  }

  it('opening a channel twice is disconnected', async () => {
    const [a, raw] = await meet();
    const connection = await raw.dial(a);
    await joinAs(connection);
    await a.up('b');

    await openStream(connection, 'votes').catch(() => undefined);

    await closeOf(connection);
    expect(a.view('b').lastError?.code).to.equal('ERR_FRAMING');
  });

  it('closing one of its streams loses its connection, without a point', async () => {
    const [a, raw] = await meet();
    const connection = await raw.dial(a);
    const { batches } = await joinAs(connection);
    await a.up('b');

    await batches.close();

    await a.down('b');
    expect(a.view('b').lastError?.code).to.equal('ERR_CONNECTION_LOST');
    expect(a.view('b').points).to.equal(0);
  });

  it('resetting one of its streams loses its connection, without a point', async () => {
    const [a, raw] = await meet();
    const connection = await raw.dial(a);
    const { sync } = await joinAs(connection);
    await a.up('b');

    sync.abort(new Error('reset'));

    await a.down('b');
    expect(a.view('b').points).to.equal(0);
  });
});
