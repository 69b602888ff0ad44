/**
 * Several nodes that talk to each other in memory, under one clock that a test moves: whoever joins is connected to
 * all, every message takes a millisecond, and a channel of a peer is taken in order, one message at a time.
 */
import { NetworkError } from '../../p2p/errors.ts';
import type { Channel } from '../../p2p/channel.ts';
import type { Answer } from '../../p2p/ports.ts';
import type { AnswerOptions, ConnectedPeer, Judgement, Peers } from '../../node/peers.ts';
import type { FakeClock } from './fakeClock.ts';
import { collect, type Reported } from './memoryPeers.ts';

/** A node, as the network sees it. */
export interface Station {
  receive(from: ConnectedPeer, channel: Channel, bytes: Uint8Array): Promise<void>;
  answer(from: ConnectedPeer, request: Uint8Array): Promise<Answer>;
  onPeer(peer: ConnectedPeer, state: 'up' | 'down'): void;
}

/** A message on its way. */
export interface Carried {
  /** Places in the validator set. */
  readonly from: number;
  readonly to: number;
  readonly channel: Channel;
  readonly bytes: Uint8Array;
}

/** A request on its way. */
export type Asked = Omit<Carried, 'channel'>;

const LATENCY_MS = 1;

interface Node {
  readonly station: Station;
  /** Aborted when it leaves. */
  readonly gone: AbortController;
  /** What is being taken, by sender and channel. */
  readonly taking: Map<string, Promise<void>>;
}

/** The wires between nodes. */
export class MemoryNetwork {
  readonly clock: FakeClock;
  /** Every message that was sent, in order, lost or not. */
  readonly carried: Carried[] = [];
  /** Every request that was made, in order. */
  readonly asked: Asked[] = [];
  /** What nodes reported of each other: who, of whom, how. */
  readonly reports: (readonly [index: number, Reported])[] = [];
  /** Which messages are lost. */
  isLost: (message: Carried) => boolean = () => false;
  readonly #nodes = new Map<number, Node>();

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  /** Connects a node to all that are there. */
  join(index: number, station: Station): void {
    const others = [...this.#nodes];
    this.#nodes.set(index, { station, gone: new AbortController(), taking: new Map() });
    for (const [other, { station: there }] of others) {
      there.onPeer(peerAt(index), 'up');
      station.onPeer(peerAt(other), 'up');
    }
  }

  /** Takes a node from the network: what is on its way to it is lost. */
  leave(index: number): void {
    const node = this.#nodes.get(index);
    this.#nodes.delete(index);
    node?.gone.abort();
    for (const [, { station }] of this.#nodes) station.onPeer(peerAt(index), 'down');
  }

  /** Returns the network as a node at this place sees it. */
  peersOf(index: number): Peers {
    return {
      send: (peerId, channel, bytes) => {
        this.#carry({ from: index, to: indexOf(peerId), channel, bytes });
      },
      broadcast: (channel, bytes) => {
        for (const to of this.#othersOf(index)) this.#carry({ from: index, to, channel, bytes });
      },
      request: (peerId, bytes, options) =>
        this.#request({ from: index, to: indexOf(peerId), bytes }, options),
      report: (peerId, judgement: Judgement, reason) => {
        this.reports.push([index, { peerId, judgement, reason }]);
      },
      validators: () => this.#othersOf(index).map(peerAt),
    };
  }

  #othersOf(index: number): readonly number[] {
    // Who has not joined, or has left, sees nobody.
    if (!this.#nodes.has(index)) return [];
    return [...this.#nodes.keys()].filter((other) => other !== index).sort((a, b) => a - b);
  }

  #carry(message: Carried): void {
    this.carried.push(message);
    if (!this.#nodes.has(message.from) || this.isLost(message)) return;
    const node = this.#nodes.get(message.to);
    this.clock.setTimer(LATENCY_MS, () => {
      if (node === undefined || this.#nodes.get(message.to) !== node) return;
      const key = `${message.from}/${message.channel}`;
      const before = node.taking.get(key) ?? Promise.resolve();
      node.taking.set(
        key,
        before.then(() =>
          node.station.receive(peerAt(message.from), message.channel, message.bytes),
        ),
      );
    });
  }

  async #request(
    { from, to, bytes }: Asked,
    { responseBytesMax, signal }: AnswerOptions,
  ): Promise<Uint8Array> {
    this.asked.push({ from, to, bytes });
    const node = this.#nodes.get(to);
    if (node === undefined || !this.#nodes.has(from)) {
      throw new NetworkError('ERR_PEER_DOWN', 'not connected');
    }
    const ended = endOf(node.gone.signal, signal);
    await Promise.race([this.#pause(), ended]);
    const answer = node.station.answer(peerAt(from), bytes).then(
      (given) => collect(given, responseBytesMax),
      () => {
        throw new NetworkError('ERR_PEER_FAILED', 'there is no answer');
      },
    );
    const whole = await Promise.race([answer, ended]);
    await Promise.race([this.#pause(), ended]);
    return whole;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimer(LATENCY_MS, resolve));
  }
}

/** Returns a validator of a network. */
export function peerAt(index: number): ConnectedPeer {
  return { peerId: `peer-${index}`, role: 'validator', index };
}

function indexOf(peerId: string): number {
  return Number(peerId.slice('peer-'.length));
}

function endOf(gone: AbortSignal, signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  gone.addEventListener('abort', () => {
    reject(new NetworkError('ERR_CONNECTION_LOST', 'the connection ended'));
  });
  signal?.addEventListener('abort', () => {
    reject(new NetworkError('ERR_CANCELLED', 'the request was cancelled'));
  });
  // Nobody may be waiting any more.
  promise.catch(() => undefined);
  return promise;
}
