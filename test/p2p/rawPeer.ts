/** A libp2p node that keeps no rule of ours: it proves a peer id and then says whatever a test wants. */
import { createConnection, type Socket } from 'node:net';
import { once } from 'node:events';

import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type {
  Connection,
  Libp2p,
  MessageStream,
  Stream,
  StreamMuxerFactory,
} from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';

import { protocolOf, type StreamName, STREAMS } from '../../p2p/channel.ts';
import { encodeHello } from '../../p2p/control.ts';
import { CHAIN, keyOf, type Rig, type TestNode } from './rig.ts';

/** A rude node. */
export interface RawPeer {
  readonly node: Libp2p;
  /** Connections that others opened to it. */
  readonly connections: Connection[];
  /** Opens a connection; what lies under its multiplexer is in `wires`. */
  dial(target: TestNode): Promise<Connection>;
  /** The encrypted connections, newest last: what is sent on them is read as multiplexer frames. */
  readonly wires: MessageStream[];
}

/** Returns a rude node that has the key of `name`. It listens, and answers nothing. */
export async function rawPeer(rig: Rig, name: string): Promise<RawPeer> {
  const wires: MessageStream[] = [];
  const connections: Connection[] = [];
  const tapped = (): StreamMuxerFactory => {
    const inner = yamux()();
    return {
      protocol: inner.protocol,
      createStreamMuxer(wire) {
        wires.push(wire);
        return inner.createStreamMuxer(wire);
      },
    };
  };
  const node = await createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', keyOf(name)),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [tapped],
    connectionMonitor: { enabled: false },
  });
  node.addEventListener('connection:open', ({ detail }) => connections.push(detail));
  for (const stream of STREAMS) await node.handle(protocolOf(stream), () => undefined);
  rig.atEnd(async () => {
    await node.stop();
  });
  return {
    node,
    wires,
    connections,
    dial: (target) => node.dial(multiaddrOf(target)),
  };
}

/** Returns the address of a node. */
export function multiaddrOf(target: TestNode): Multiaddr {
  return multiaddr(target.network.addresses()[0]);
}

/** Opens one of our streams, rudely. */
export function openStream(connection: Connection, name: StreamName): Promise<Stream> {
  return connection.newStream(protocolOf(name));
}

/** Opens all streams and says hello as a member of the chain; returns the streams. */
export async function joinAs(
  connection: Connection,
  names: readonly StreamName[] = ['votes', 'batches', 'sync'],
): Promise<Record<StreamName, Stream>> {
  const control = await openStream(connection, 'control');
  const hello = once(control, 'message');
  control.send(encodeHello({ chainId: CHAIN, height: 1, addresses: [] }));
  await hello;
  const streams = await Promise.all(
    names.map(async (name) => [name, await openStream(connection, name)] as const),
  );
  return { control, ...Object.fromEntries(streams) } as Record<StreamName, Stream>;
}

/** Resolves when the connection is closed, by whichever side. */
export async function closeOf(connection: Connection): Promise<void> {
  if (connection.status === 'open') await once(connection, 'close');
}

/** Resolves when a socket is closed, in peace or not. */
export async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise<void>((resolve) => {
    socket.resume().once('close', () => {
      resolve();
    });
  });
}

/** Opens a TCP connection to a node, which may have closed it again by then. */
export async function rawSocket(rig: Rig, target: TestNode): Promise<Socket> {
  const port = Number(/tcp\/(\d+)/.exec(target.network.addresses()[0]!)![1]);
  const socket = createConnection(port, '127.0.0.1');
  socket.on('error', () => undefined);
  rig.atEnd(() => void socket.destroy());
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed(socket)]);
  return socket;
}
