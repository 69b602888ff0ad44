/**
 * The network between validators, and to observers: opaque messages to known peers.
 *
 * What the messages mean is decided elsewhere. README.md beside this file says what the channels are for,
 * what is bounded and what is dropped.
 */
import { ed25519PublicKey } from '#crypto';

import { invariant } from '../chain/invariant.ts';
import { HASH_BYTES } from '../chain/record.ts';
import type { Channel } from './channel.ts';
import { createAddressRanges } from './addressRanges.ts';
import { createAdmission, type Refusals } from './admission.ts';
import { parseTcpAddress } from './dialAddress.ts';
import { Dialer } from './dialer.ts';
import { NetworkError } from './errors.ts';
import { Exchange, EXCHANGE_HEADER_BYTES, type RequestOptions } from './exchange.ts';
import { encodeFrame } from './frame.ts';
import { type Host, startHost } from './host.ts';
import { LIMITS, type NetworkLimits } from './limits.ts';
import type { Link } from './link.ts';
import { Mesh } from './mesh.ts';
import type { Judgement, Peer } from './peer.ts';
import { PeerBook, type PeerKey } from './peerBook.ts';
import { peerIdOf } from './peerId.ts';
import type { PeerList } from './peerList.ts';
import { type PeerView, viewPeer } from './peerView.ts';
import type { NetworkPorts } from './ports.ts';

/** What an operator and the genesis say. */
export interface NetworkOptions {
  /** 32-byte Ed25519 secret, from which the own peer id follows. */
  readonly networkKey: Uint8Array;
  /** Where to listen; port 0 takes a free one. Undefined: this node only dials. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  /** Multiaddrs told to peers, at most eight. */
  readonly announce: readonly string[];
  /** Hash of the genesis, 32 bytes. */
  readonly chainId: Uint8Array;
  readonly peers: PeerList;
  /** CIDR blocks from which peers may connect and to which this node may dial; empty: any. */
  readonly allowedIps: readonly string[];
  /** Other than `LIMITS`: for tests and benchmarks. */
  readonly limits?: Partial<NetworkLimits>;
}

/** What became of a message. */
export type SendResult =
  | 'queued'
  | 'ERR_PEER_UNKNOWN'
  | 'ERR_PEER_DOWN'
  | 'ERR_NOT_PERMITTED'
  | 'ERR_TOO_LARGE'
  | 'ERR_QUEUE_FULL';

/** The network of one node. */
export interface Network {
  /** Listens and begins to dial. Rejects with ERR_LISTEN or ERR_ADDRESS. */
  start(): Promise<void>;
  /** Closes everything; resolves when it is closed. May be called again, and before a start. */
  stop(): Promise<void>;
  /** Multiaddrs on which this node listens. */
  addresses(): readonly string[];
  /**
   * Queues a message for a peer. It leaves at the end of this tick, or when the peer takes it.
   *
   * `queued` is no promise that it arrives. Votes push out the oldest when their queue is full.
   */
  send(peer: PeerKey, channel: Channel, bytes: Uint8Array): SendResult;
  /** Queues a message for every peer that has the channel; returns what became of it, by peer id. */
  broadcast(channel: Channel, bytes: Uint8Array): ReadonlyMap<string, SendResult>;
  /** Asks a validator over the sync channel. Rejects with a NetworkError. */
  request(peer: PeerKey, bytes: Uint8Array, options?: RequestOptions): Promise<Uint8Array>;
  /** Counts how a peer behaved. Enough rejects disconnect it for a while; ignores are only counted. */
  report(peer: PeerKey, judgement: Judgement, reason: string): void;
  /** Takes another list of peers, as when the chain's validator set has changed. */
  setPeers(list: PeerList): void;
  /** Every peer of the list, validators first. */
  peers(): readonly PeerView[];
  /** Inbound connections that were turned away since the start. */
  refusals(): Readonly<Refusals>;
}

/** Returns the network of a node; it does nothing yet. Throws ERR_ADDRESS on an address or range that is none. */
export function createNetwork(options: NetworkOptions, ports: NetworkPorts): Network {
  return new OpenNetwork(options, ports);
}

class OpenNetwork implements Network {
  readonly #options: NetworkOptions;
  readonly #ports: NetworkPorts;
  readonly #limits: NetworkLimits;
  readonly #book: PeerBook;
  readonly #mesh: Mesh;
  readonly #dialer: Dialer;
  readonly #admission: ReturnType<typeof createAdmission>;
  #host: Host | undefined;
  #starting: Promise<Host> | undefined;
  #isStopped = false;

  constructor(options: NetworkOptions, ports: NetworkPorts) {
    const { networkKey, announce, chainId, peers } = options;
    const peerId = peerIdOf(ed25519PublicKey(networkKey));
    const limits = { ...LIMITS, ...options.limits };
    checkAnnounced(announce, limits);
    invariant(chainId.length === HASH_BYTES, 'a chain id is a hash');
    const ranges = createAddressRanges(options.allowedIps);
    const book = new PeerBook(peerId, peers);
    const dialer = new Dialer(peerId, limits, {
      clock: ports.clock,
      random: () => ports.random(),
      ranges,
      lookup: (host) => ports.lookup(host),
      dial: (addresses, signal) => this.#runningHost().dial(addresses, signal),
      isWanted: (peer) => this.#mesh.isWanted(peer),
      onError: (peer, error) => {
        this.#mesh.remember(peer, error);
      },
    });
    const hello = (): { chainId: Uint8Array; height: number; addresses: readonly string[] } => ({
      chainId,
      height: ports.height(),
      addresses: announce,
    });
    this.#options = options;
    this.#ports = ports;
    this.#limits = limits;
    this.#book = book;
    this.#dialer = dialer;
    this.#mesh = new Mesh({ ownPeerId: peerId, book, limits, hello }, dialer, ports);
    this.#admission = createAdmission({
      ranges,
      limits,
      log: ports.log,
      isAdmitted: (id) => this.#mesh.isAdmitted(id),
      connectionCount: (peer) => this.#host?.connectionCount(peer) ?? 0,
    });
  }

  async start(): Promise<void> {
    if (this.#isStopped) throw new NetworkError('ERR_STOPPED', 'the network was stopped');
    this.#starting ??= this.#startHost();
    this.#host = await this.#starting;
    // Stopped meanwhile, the mesh dials nobody.
    this.#mesh.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    // A start that is under way ends first, whether it succeeds or not.
    const host = await this.#starting?.catch(() => undefined);
    await Promise.all([this.#mesh.stop(), this.#dialer.stop()]);
    await host?.stop();
  }

  addresses(): readonly string[] {
    return this.#host?.addresses() ?? [];
  }

  send(key: PeerKey, channel: Channel, bytes: Uint8Array): SendResult {
    const peer = this.#book.find(key);
    if (peer === undefined) return 'ERR_PEER_UNKNOWN';
    if (!this.#fits(channel, bytes)) return 'ERR_TOO_LARGE';
    return this.#sendFrame(peer, channel, frameOf(channel, bytes));
  }

  broadcast(channel: Channel, bytes: Uint8Array): ReadonlyMap<string, SendResult> {
    // One frame for all: nobody changes it.
    const frame = this.#fits(channel, bytes) ? frameOf(channel, bytes) : undefined;
    return new Map(
      this.#book.peers
        .filter((peer) => channel === 'sync' || peer.role === 'validator')
        .map((peer) => [
          peer.peerId,
          frame === undefined ? 'ERR_TOO_LARGE' : this.#sendFrame(peer, channel, frame),
        ]),
    );
  }

  async request(key: PeerKey, bytes: Uint8Array, options?: RequestOptions): Promise<Uint8Array> {
    const peer = this.#book.find(key);
    if (peer === undefined) throw new NetworkError('ERR_PEER_UNKNOWN', 'no such peer');
    const link = this.#linkUp(peer);
    if (link === undefined) throw new NetworkError('ERR_PEER_DOWN', 'the peer is not connected');
    if (!this.#fits('sync', bytes)) {
      throw new NetworkError('ERR_TOO_LARGE', `a request of ${bytes.length} bytes is too long`);
    }
    return link.exchange.request(bytes, options);
  }

  report(key: PeerKey, judgement: Judgement, reason: string): void {
    const peer = this.#book.find(key);
    if (peer !== undefined) this.#mesh.judge(peer, judgement, reason);
  }

  setPeers(list: PeerList): void {
    this.#mesh.replacePeers(list);
  }

  peers(): readonly PeerView[] {
    const now = { nowMs: this.#ports.clock.nowMs(), limits: this.#limits };
    return this.#book.peers.map((peer) => viewPeer(peer, this.#mesh.linkTo(peer), now));
  }

  refusals(): Readonly<Refusals> {
    return { ...this.#admission.refusals };
  }

  async #startHost(): Promise<Host> {
    const { networkKey, listen } = this.#options;
    const address = listen === undefined ? undefined : await this.#listenAddress(listen);
    return startHost(
      { networkKey, listen: address, limits: this.#limits },
      {
        clock: this.#ports.clock,
        gater: this.#admission.gater,
        onConnection: (connection) => {
          this.#mesh.onConnection(connection);
        },
        onStream: (name, stream, connection) => {
          this.#mesh.onStream(name, stream, connection);
        },
      },
    );
  }

  async #listenAddress({ host, port }: { host: string; port: number }): Promise<string> {
    const isAddress = createAddressRanges([])(host);
    const address = isAddress ? host : (await this.#ports.lookup(host))[0];
    if (address === undefined) {
      throw new NetworkError('ERR_ADDRESS', `${host} has no address to listen on`);
    }
    return `/${address.includes(':') ? 'ip6' : 'ip4'}/${address}/tcp/${port}`;
  }

  #runningHost(): Host {
    if (this.#host === undefined)
      throw new NetworkError('ERR_STOPPED', 'the network is not running');
    return this.#host;
  }

  #fits(channel: Channel, { length }: Uint8Array): boolean {
    const headerSize = channel === 'sync' ? EXCHANGE_HEADER_BYTES : 0;
    return length > 0 && length + headerSize <= this.#limits.channels[channel].messageBytesMax;
  }

  #linkUp(peer: Peer): Link | undefined {
    const link = this.#mesh.linkTo(peer);
    return link?.state === 'up' ? link : undefined;
  }

  #sendFrame(peer: Peer, channel: Channel, frame: Uint8Array): SendResult {
    const link = this.#linkUp(peer);
    if (link === undefined) return 'ERR_PEER_DOWN';
    if (!link.channels.includes(channel)) return 'ERR_NOT_PERMITTED';
    // An observer reads: it says nothing but what it asks.
    if (this.#book.ownRole === 'observer') return 'ERR_NOT_PERMITTED';
    return link.send(channel, frame) ? 'queued' : 'ERR_QUEUE_FULL';
  }
}

function checkAnnounced(addresses: readonly string[], limits: NetworkLimits): void {
  for (const address of addresses) parseTcpAddress(address);
  if (addresses.length > limits.announcedAddressCountMax) {
    throw new NetworkError(
      'ERR_ADDRESS',
      `${addresses.length} addresses are announced, ${limits.announcedAddressCountMax} may be`,
    );
  }
}

function frameOf(channel: Channel, bytes: Uint8Array): Uint8Array {
  return channel === 'sync' ? Exchange.frameOf(bytes) : encodeFrame(bytes);
}
