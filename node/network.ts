/** The node's network: libp2p on one side, a replica on the other. */
import { lookup } from 'node:dns/promises';

import type { Channel } from '../p2p/channel.ts';
import { createNetwork, type Network, type NetworkOptions } from '../p2p/network.ts';
import { validatorPeersOf } from '../p2p/peerList.ts';
import type { Answer, PeerName } from '../p2p/ports.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Identity } from './identity.ts';
import type { Log } from './log.ts';
import type { AnswerOptions, ConnectedPeer, Judgement, Peers } from './peers.ts';
import type { KnownPeer } from './standings.ts';

/** Who takes what peers say. */
export interface NetworkEvents {
  receive(from: ConnectedPeer, channel: Channel, bytes: Uint8Array): Promise<void>;
  /** Returns the answer to a request. Rejects with a ChainError for one that no honest peer makes. */
  answer(from: ConnectedPeer, request: Uint8Array): Promise<Answer>;
  onPeer(peer: ConnectedPeer, state: 'up' | 'down'): void;
  /** Takes the height that a peer tells every two seconds. */
  onHeight(peerId: string, height: number): void;
  /** The height that peers are told. */
  height(): number;
  onFault(error: unknown): void;
}

/** What a network is made of. */
export interface NetworkParts {
  readonly config: Config;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly log: Log;
}

/** The other nodes, over libp2p. */
export class NodeNetwork implements Peers {
  readonly #network: Network;
  readonly #up = new Map<string, ConnectedPeer>();

  /** Throws ERR_ADDRESS on an address or a range that is none. */
  constructor({ config, identity, clock, log }: NetworkParts, events: NetworkEvents) {
    this.#network = createNetwork(optionsOf(config, identity), {
      clock,
      log,
      random: () => Math.random(),
      lookup: async (host) => {
        const found = await lookup(host, { all: true });
        return found.map(({ address }) => address);
      },
      height: () => events.height(),
      onMessage: (from, channel, bytes) => events.receive(from, channel, bytes),
      onPeer: (peer, state) => {
        this.#onPeer(peer, state);
        events.onPeer(peer, state);
      },
      onHeight: ({ peerId }, height) => {
        events.onHeight(peerId, height);
      },
      onRequest: (from, bytes) => events.answer(from, bytes),
      onFault: (error) => {
        events.onFault(error);
      },
    });
  }

  /** Listens and begins to dial. Rejects with ERR_LISTEN or ERR_ADDRESS. */
  start(): Promise<void> {
    return this.#network.start();
  }

  /** Closes everything. */
  stop(): Promise<void> {
    return this.#network.stop();
  }

  /** Multiaddrs on which this node listens. */
  addresses(): readonly string[] {
    return this.#network.addresses();
  }

  /** Every known peer, for operators. */
  known(): readonly KnownPeer[] {
    return this.#network.peers().map(({ peerId, height, lastMessageMs: lastSeenMs }) => {
      return { peerId, height, lastSeenMs, isUp: this.#up.has(peerId) };
    });
  }

  send(peerId: string, channel: Channel, bytes: Uint8Array): void {
    this.#network.send(peerId, channel, bytes);
  }

  broadcast(channel: Channel, bytes: Uint8Array): void {
    this.#network.broadcast(channel, bytes);
  }

  request(peerId: string, bytes: Uint8Array, options: AnswerOptions): Promise<Uint8Array> {
    return this.#network.request(peerId, bytes, options);
  }

  report(peerId: string, judgement: Judgement, reason: string): void {
    this.#network.report(peerId, judgement, reason);
  }

  validators(): readonly ConnectedPeer[] {
    return [...this.#up.values()].filter(({ role }) => role === 'validator');
  }

  #onPeer(peer: PeerName, state: 'up' | 'down'): void {
    if (state === 'up') this.#up.set(peer.peerId, peer);
    else this.#up.delete(peer.peerId);
  }
}

function optionsOf(config: Config, identity: Identity): NetworkOptions {
  const { genesis, networkKey, chainId, role } = identity;
  // Nobody dials an observer, since nobody knows its address: it opens no port for peers.
  const isObserver = role === 'observer';
  return {
    networkKey,
    listen: isObserver ? undefined : config.p2pListen,
    announce: isObserver ? [] : config.p2pAnnounce,
    chainId,
    peers: {
      validators: validatorPeersOf(genesis.validators, config.p2pPeers),
      observers: config.p2pObservers,
    },
    allowedIps: config.allowedIps,
  };
}
