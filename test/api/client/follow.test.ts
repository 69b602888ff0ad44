/** Following events over real HTTP, through whatever cuts a connection off. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { type Connection, follow, type HeardEvent } from '../../../api/client/follow.ts';

const STREAM = { 'Content-Type': 'text/event-stream; charset=utf-8' };

interface Following {
  readonly events: HeardEvent[];
  readonly connections: Connection[];
  readonly ended: Promise<void>;
  readonly leave: () => void;
  /** Resolves when so much was told. */
  readonly told: (holds: () => boolean) => Promise<void>;
}

describe('following events', () => {
  const servers: Server[] = [];
  const followings: Following[] = [];

  afterEach(async () => {
    for (const following of followings.splice(0)) {
      following.leave();
      await following.ended;
    }
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const serve = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/events`;
  };
  const start = (url: string, silenceMs = 10_000): Following => {
    const cut = new AbortController();
    const changed = new EventTarget();
    const tell = (): boolean => changed.dispatchEvent(new Event('change'));
    const events: HeardEvent[] = [];
    const connections: Connection[] = [];
    const ended = follow(url, {
      signal: cut.signal,
      patience: { retryMs: 5, silenceMs },
      onEvent: (event) => {
        events.push(event);
        tell();
      },
      onConnection: (connection) => {
        connections.push(connection);
        tell();
      },
    });
    const told = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await once(changed, 'change');
    };
    const following = { events, connections, ended, told, leave: () => cut.abort() };
    followings.push(following);
    return following;
  };

  it('fails as its follower does, and does not take that for a lost connection', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, STREAM);
      response.write('event: status\ndata: {}\n\n');
    });
    const connections: Connection[] = [];
    const mistake = new RangeError('a mistake of the follower');

    const failed = await follow(url, {
      signal: new AbortController().signal,
      onEvent: () => {
        throw mistake;
      },
      onConnection: (connection) => connections.push(connection),
    }).catch((error: unknown) => error);

    expect(failed).to.equal(mistake);
    expect(connections).to.deep.equal([{ state: 'open' }]);
  });

  it('hands over each event with its data, however it is cut into pieces', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, STREAM);
      const bytes = Buffer.from(': hello\n\nevent: status\ndata: {"proposer":"größer ✔"}\n\n');
      for (const byte of bytes) response.write(Uint8Array.of(byte));
    });
    const { events, told } = start(url);

    await told(() => events.length === 1);

    expect(events).to.deep.equal([{ name: 'status', data: { proposer: 'größer ✔' } }]);
  });

  it('comes back with the id of the last event', async () => {
    const ids: unknown[] = [];
    const url = await serve((request, response) => {
      ids.push(request.headers['last-event-id']);
      response.writeHead(200, STREAM);
      response.end(`event: block\nid: abc-${ids.length}\ndata: {}\n\nevent: status\ndata: {}\n\n`);
    });
    const { connections, told } = start(url);

    await told(() => ids.length === 3);

    expect(ids).to.deep.equal([undefined, 'abc-1', 'abc-2']);
    expect(connections.slice(0, 3)).to.deep.equal([
      { state: 'open' },
      { state: 'waiting', why: 'the node has ended the connection', retryMs: 5 },
      { state: 'open' },
    ]);
  });

  it('says why the node has ended the stream', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, STREAM);
      response.end('event: end\ndata: {"reason":"stopping","detail":"this node is stopping"}\n\n');
    });
    const { connections, told } = start(url);

    await told(() => connections.length >= 2);

    expect(connections[1]).to.deep.include({ state: 'waiting', why: 'this node is stopping' });
  });

  it('waits ever longer for a node that does not answer, up to twenty times as long', async () => {
    const { connections, told } = start('http://127.0.0.1:1/api/v1/events');

    await told(() => connections.length === 7);

    const waits = connections.map((each) => (each.state === 'waiting' ? each.retryMs : undefined));
    expect(waits).to.deep.equal([5, 10, 20, 40, 80, 100, 100]);
  });

  it('takes a connection on which nothing comes for a dead one', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, STREAM);
      response.write(': hello\n\n');
    });
    const { connections, told } = start(url, 30);

    await told(() => connections.length >= 2);

    expect(connections[1]).to.deep.include({ state: 'waiting', why: 'nothing came for 0.03 s' });
  });

  for (const [status, isFinal] of [
    [400, true],
    [404, true],
    [429, false],
    [500, false],
    [503, false],
  ] as const) {
    it(`${isFinal ? 'ends' : 'tries again'} where it is answered with ${status}, and says why`, async () => {
      const url = await serve((_request, response) => {
        response.writeHead(status, { 'Content-Type': 'application/problem+json' });
        response.end('{"detail":"for some reason"}');
      });
      const { connections, ended, told } = start(url);

      if (isFinal) await ended;
      else await told(() => connections.length >= 2);

      expect(connections[0]).to.deep.include({
        state: isFinal ? 'refused' : 'waiting',
        why: 'for some reason',
      });
    });
  }

  it('ends at an address that is no stream of events', async () => {
    const url = await serve((_request, response) => response.end('<html>'));
    const { connections, ended } = start(url);

    await ended;

    expect(connections[0]?.state).to.equal('refused');
    expect((connections[0] as { readonly why: string }).why).to.include(
      'is it the address of a node?',
    );
  });

  it('tries again where the data of an event is no JSON', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, STREAM);
      response.write('event: block\ndata: {"a":\n\n');
    });
    const { connections, told } = start(url);

    await told(() => connections.length >= 2);

    expect(connections[1]?.state).to.equal('waiting');
  });

  it('ends when it is left, also while it waits', async () => {
    const { connections, ended, leave, told } = start('http://127.0.0.1:1/api/v1/events');
    await told(() => connections.length === 1);

    leave();

    await ended;
  });
});
