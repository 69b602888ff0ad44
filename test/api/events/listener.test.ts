/** Listeners that read slowly, or not at all. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

import { expect } from 'chai';

import { Listener } from '../../../api/events/listener.ts';
import { endSchema } from '../../../api/schemas/events.ts';
import { LISTENER_BUFFER_BYTES_MAX } from '../../../api/limits.ts';
import { EventListener } from '../../support/eventListener.ts';
import { createMemoryPorts } from '../../support/memoryPorts.ts';
import { bytesOf, recordWith } from '../../support/memoryLedger.ts';
import { type Running, startApi, stopAll } from '../client.ts';

/** Larger than what two sockets keep, in few samples. */
const SENTENCE = 'a sentence that is long '.repeat(10_000);

async function startTalkative(): Promise<Running> {
  const ports = createMemoryPorts();
  ports.node.status = { ...ports.node.status, stalled: SENTENCE };
  return startApi({ ports, options: { events: { sampleIntervalMs: 2 } } });
}

/** Asks for events and reads none. */
async function listenDeaf(port: number, query = ''): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  socket.pause();
  socket.write(`GET /api/v1/events${query} HTTP/1.1\r\nHost: a\r\n\r\n`);
  return socket;
}

describe('a listener', () => {
  const block = Buffer.from(`event: block\ndata: ${'x'.repeat(10_000)}\n\n`);
  const types = new Set(['block'] as const);
  const heartbeatMs = 10_000;

  /** Returns what was sent, once it has ended. */
  const readAll = (outlet: PassThrough): Promise<string> => text(outlet);

  it('for which too many bytes wait is dropped, with a last event that says so', async () => {
    const outlet = new PassThrough();
    const listener = new Listener(outlet, { types, heartbeatMs });

    let sent = 0;
    while (outlet.writable) {
      listener.send(block);
      sent += 1;
    }

    const all = await readAll(outlet);
    const [, data = ''] = /event: end\ndata: (.*)\n/.exec(all) ?? [];
    const end = endSchema.parse(JSON.parse(data));
    expect(end.reason).to.equal('slow');
    expect(end.detail).to.include(String(LISTENER_BUFFER_BYTES_MAX));
    expect(all.match(/^event: block$/gm)).to.have.length(sent - 1);
    expect(all.length).to.be.within(LISTENER_BUFFER_BYTES_MAX, LISTENER_BUFFER_BYTES_MAX + 100_000);
  });

  it('is sent nothing after its end', async () => {
    const outlet = new PassThrough();
    const listener = new Listener(outlet, { types, heartbeatMs });

    listener.end('stopping');
    listener.end('slow');
    listener.send(block);

    expect((await readAll(outlet)).match(/^event: .*$/gm)).to.deep.equal(['event: end']);
  });

  it('has room again when what waits was read', async () => {
    const outlet = new PassThrough();
    const listener = new Listener(outlet, { types, heartbeatMs });
    for (let i = 0; i < 20; i++) listener.send(block);
    let hasRoom = false;

    const room = listener.hasRoom().then((is) => {
      hasRoom = true;
      return is;
    });
    await new Promise(setImmediate);
    expect(hasRoom).to.equal(false);
    outlet.resume();

    expect(await room).to.equal(true);
  });

  it('that has gone has no room', async () => {
    const outlet = new PassThrough();
    const listener = new Listener(outlet, { types, heartbeatMs });
    for (let i = 0; i < 20; i++) listener.send(block);

    const room = listener.hasRoom();
    outlet.destroy();

    expect(await room).to.equal(false);
    expect(listener.gone.aborted).to.equal(true);
  });
});

describe('a listener that reads nothing', () => {
  afterEach(stopAll);

  it('is cut off where it does not read its end either, and its seat is free again', async () => {
    const seats = { countMax: 2, perClientMax: 2 };
    const ports = createMemoryPorts();
    ports.node.status = { ...ports.node.status, stalled: SENTENCE };
    const events = { sampleIntervalMs: 2, seats };
    const api = await startApi({ ports, options: { events } });
    const deaf = await listenDeaf(api.port);
    const quick = await EventListener.open(`${api.url}/api/v1/events?types=status`);
    await quick.nextOf('status');

    let status = 429;
    while (status !== 200) {
      await quick.nextOf('status');
      const other = await EventListener.open(`${api.url}/api/v1/events?types=block`);
      ({ status } = other.response);
      other.close();
    }

    expect(status).to.equal(200);
    deaf.destroy();
    quick.close();
  }).timeout(10_000);

  it('does not keep the server from stopping', async () => {
    const api = await startTalkative();
    const deaf = await listenDeaf(api.port);
    const quick = await EventListener.open(`${api.url}/api/v1/events?types=status`);
    // More than two sockets hold: the rest waits in the node, or the listener is dropped meanwhile.
    for (let i = 0; i < 40; i++) await quick.nextOf('status');
    const beginMs = performance.now();

    await api.stop();

    expect(performance.now() - beginMs).to.be.below(4_000);
    deaf.destroy();
  });

  it('is sent blocks that it has missed as it takes them, and is not dropped for those', async () => {
    const ports = createMemoryPorts();
    const { ledger } = ports;
    for (let i = 0; i < 300; i++) ledger.commit([recordWith({ imageHash: bytesOf(9_000 + i) })]);
    const api = await startApi({ ports });
    const first = await EventListener.open(`${api.url}/api/v1/events?types=block`);
    const { id = '' } = await first.next();
    first.close();
    const socket = connect({ host: '127.0.0.1', port: api.port });
    await once(socket, 'connect');
    socket.write(
      `GET /api/v1/events?types=block HTTP/1.1\r\nHost: a\r\nLast-Event-ID: ${id.replace('-300', '-0')}\r\n\r\n`,
    );

    socket.setEncoding('latin1');
    let heard = '';
    for await (const chunk of socket as AsyncIterable<string>) {
      heard += chunk;
      if (/^id: \w+-300\n.*\n\n/m.test(heard)) break;
    }

    expect(heard.match(/^event: block$/gm)).to.have.length(300);
    expect(heard).to.not.include('event: end');
  });
});
