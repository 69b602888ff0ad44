import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { expect } from 'chai';

import { Proxy } from '../../../scripts/torture/network/proxy.ts';
import { Wires } from '../../../scripts/torture/network/wires.ts';

const HOST = '127.0.0.1';

function portOf(address: string): number {
  return Number(address.split('/').at(-1));
}

/** Resolves when a connection is gone, however it ended. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

/** A server that sends back what it gets, and tells who came. */
class Echo {
  readonly server: Server;
  readonly sockets: Socket[] = [];

  private constructor(server: Server) {
    this.server = server;
    server.on('connection', (socket) => {
      this.sockets.push(socket);
      socket.on('error', () => undefined).pipe(socket);
    });
  }

  static async start(): Promise<Echo> {
    const server = createServer().listen(0, HOST);
    await once(server, 'listening');
    return new Echo(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

describe('a link between two validators', () => {
  let echo: Echo;
  let proxy: Proxy;
  const clients: Socket[] = [];

  beforeEach(async () => {
    echo = await Echo.start();
    proxy = await Proxy.open();
    proxy.aim(echo.port);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    proxy.close();
    echo.close();
  });

  function dial(through = proxy): Socket {
    const client = connect({ host: HOST, port: portOf(through.address) });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }

  async function says(client: Socket, text: string): Promise<string> {
    client.write(text);
    const [bytes] = (await once(client, 'data')) as [Buffer];
    return bytes.toString();
  }

  it('carries what is said, both ways', async () => {
    expect(await says(dial(), 'hello')).to.equal('hello');
  });

  it('leads where it is aimed at', async () => {
    const other = await Echo.start();
    proxy.aim(other.port);
    await says(dial(), 'hello');
    other.close();

    expect([echo.sockets.length, other.sockets.length]).to.deep.equal([0, 1]);
  });

  it('ends one side with the other', async () => {
    const client = dial();
    await says(client, 'hello');
    echo.sockets[0]!.destroy();

    await closed(client);
  });

  it('ends where nobody listens', async () => {
    echo.close();

    await closed(dial());
  });

  describe('that is cut silently', () => {
    it('keeps what is said until it is healed', async () => {
      const client = dial();
      await says(client, 'one');
      proxy.cut('silent');
      client.write('two');
      // Another one's way takes as long, and is open.
      const other = await Proxy.open();
      other.aim(echo.port);
      const witness = dial(other);
      await says(witness, 'three');
      other.close();
      expect(client.bytesRead).to.equal(3);
      proxy.heal();

      expect(String((await once(client, 'data'))[0])).to.equal('two');
    });

    it('lets nobody through who dials meanwhile, until it is healed', async () => {
      proxy.cut('silent');
      const client = dial();
      await once(client, 'connect');
      expect(echo.sockets).to.have.length(0);
      proxy.heal();

      expect(await says(client, 'hello')).to.equal('hello');
    });

    it('forgets who dialled and left meanwhile', async () => {
      proxy.cut('silent');
      const client = dial();
      await once(client, 'connect');
      client.resetAndDestroy();
      await closed(client);
      proxy.heal();

      expect(await says(dial(), 'hello')).to.equal('hello');
    });
  });

  describe('that is cut loudly', () => {
    it('resets connections', async () => {
      const client = dial();
      await says(client, 'hello');
      proxy.cut('loud');

      await closed(client);
    });

    it('turns away who dials meanwhile, and nobody after it is healed', async () => {
      proxy.cut('loud');
      await closed(dial());
      proxy.heal();

      expect(echo.sockets).to.have.length(0);
      expect(await says(dial(), 'hello')).to.equal('hello');
    });
  });
});

describe('the wires of a network', () => {
  it('part one side from the other in both directions, and nobody else', async () => {
    const wires = await Wires.lay(['a', 'b', 'c']);
    const echo = await Echo.start();
    for (const name of ['a', 'b', 'c']) wires.aim(name, echo.port);
    wires.part(new Set(['a']), 'loud');
    const isOpen = async (from: string, to: string): Promise<boolean> => {
      const peer = wires
        .peersOf(from)
        .split(',')
        .find((each) => each.startsWith(`${to}=`));
      const client = connect({ host: HOST, port: portOf(peer ?? '') });
      client.on('error', () => undefined).write('?');
      const ended = closed(client).then(() => false);
      const answered = once(client, 'data').then(() => true);
      return Promise.race([ended, answered.catch(() => false)]).finally(() => client.destroy());
    };

    for (const [from, to, open] of [
      ['a', 'b', false],
      ['b', 'a', false],
      ['a', 'c', false],
      ['c', 'a', false],
      ['b', 'c', true],
      ['c', 'b', true],
    ] as const) {
      expect(await isOpen(from, to), `${from} to ${to}`).to.equal(open);
    }
    wires.close();
    echo.close();
  });
});
