/**
 * The libp2p node, with everything set that a closed network needs otherwise than an open one.
 *
 * No discovery, no relay, no identify: who the peers are and where stands in the genesis. libp2p's own
 * monitor, which breaks connections under load when a ping comes late, is off; links send beats.
 */
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Connection, ConnectionGater, Libp2p, PeerId, Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';

import { protocolOf, type StreamName, STREAMS } from './channel.ts';
import { NetworkError, networkErrorOf, textOf } from './errors.ts';
import type { NetworkLimits } from './limits.ts';
import { guardedYamux } from './muxer.ts';
import type { Clock } from './ports.ts';

/** What a host is made from. */
export interface HostOptions {
  /** 32-byte Ed25519 secret. */
  readonly networkKey: Uint8Array;
  /** Multiaddr to listen on; undefined: this node only dials. */
  readonly listen: string | undefined;
  readonly limits: NetworkLimits;
}

/** What a host needs and where it reports. */
export interface HostPorts {
  readonly clock: Clock;
  readonly gater: ConnectionGater;
  onConnection(connection: Connection): void;
  onStream(name: StreamName, stream: Stream, connection: Connection): void;
}

/** A running libp2p node. */
export interface Host {
  /** Multiaddrs on which it listens. */
  addresses(): readonly string[];
  /** Dials until a connection is open; the connection itself comes through `onConnection`. */
  dial(addresses: Multiaddr[], signal: AbortSignal): Promise<void>;
  connectionCount(peer: PeerId): number;
  stop(): Promise<void>;
}

/** Returns a host that listens. Rejects with ERR_LISTEN, whose cause is the system's error. */
export async function startHost(options: HostOptions, ports: HostPorts): Promise<Host> {
  const node = await createNode(options, ports);
  node.addEventListener('connection:open', ({ detail }) => {
    ports.onConnection(detail);
  });
  for (const name of STREAMS) {
    const onStream = (stream: Stream, connection: Connection): void => {
      ports.onStream(name, stream, connection);
    };
    // Two, so that the second reaches the link, which ends for it; a third never gets so far.
    await node.handle(protocolOf(name), onStream, { maxInboundStreams: 2, maxOutboundStreams: 1 });
  }
  try {
    await node.start();
  } catch (cause) {
    throw new NetworkError(
      'ERR_LISTEN',
      `cannot listen on ${options.listen ?? 'nothing'}: ${textOf(cause)}`,
      { cause },
    );
  }
  return {
    addresses: () => node.getMultiaddrs().map(String),
    connectionCount: (peer) => node.getConnections(peer).length,
    dial: (addresses, signal) =>
      dial(
        node,
        addresses,
        AbortSignal.any([signal, AbortSignal.timeout(options.limits.dialTimeoutMs)]),
      ),
    stop: async () => {
      await node.stop();
    },
  };
}

async function dial(node: Libp2p, addresses: Multiaddr[], signal: AbortSignal): Promise<void> {
  try {
    await node.dial(addresses, { signal });
  } catch (error) {
    throw networkErrorOf(error, 'ERR_DIAL');
  }
}

async function createNode(
  { networkKey, listen, limits }: HostOptions,
  { clock, gater }: HostPorts,
): Promise<Libp2p> {
  return createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', networkKey),
    addresses: { listen: listen === undefined ? [] : [listen] },
    transports: [tcp({ maxConnections: limits.inboundCountMax })],
    // Noise and not TLS, which closes connections under many small writes.
    connectionEncrypters: [noise()],
    streamMuxers: [guardedYamux(limits, clock)],
    connectionGater: gater,
    connectionMonitor: { enabled: false },
    connectionManager: {
      // Admission bounds connections; what libp2p would prune by its own judgement is none of them.
      maxConnections: limits.inboundCountMax * 2,
      maxIncomingPendingConnections: limits.pendingInboundCountMax,
      inboundConnectionThreshold: limits.inboundPerAddressPerS,
      inboundUpgradeTimeout: limits.upgradeTimeoutMs,
      inboundStreamProtocolNegotiationTimeout: limits.helloTimeoutMs,
      outboundStreamProtocolNegotiationTimeout: limits.helloTimeoutMs,
      connectionCloseTimeout: limits.closeTimeoutMs,
      dialTimeout: limits.dialTimeoutMs,
      addressDialTimeout: limits.dialAddressTimeoutMs,
      // In the order given: what the operator set comes first.
      addressSorter: () => 0,
    },
  });
}
