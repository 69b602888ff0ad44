/** Other nodes in memory: who is connected, what each answers, is sent, and what was reported of it. */
import type { Channel } from '../../p2p/channel.ts';
import { NetworkError } from '../../p2p/errors.ts';
import type { Answer } from '../../p2p/ports.ts';
import type { AnswerOptions, ConnectedPeer, Judgement, Peers } from '../../node/peers.ts';
import { decodeRequest, type Request } from '../../node/wire/requests.ts';

/** Answers a request; a promise that never settles is a peer that is silent. */
export type Answerer = (request: Request, bytes: Uint8Array) => Answer | Promise<Answer>;

/** A request that was made. */
export interface Made {
  readonly peerId: string;
  readonly request: Request;
  readonly responseBytesMax: number;
}

/** What was reported of a peer. */
export interface Reported {
  readonly peerId: string;
  readonly judgement: Judgement;
  readonly reason: string;
}

/** A message that was sent. */
export interface Sent {
  /** Undefined: to all. */
  readonly peerId: string | undefined;
  readonly channel: Channel;
  readonly bytes: Uint8Array;
}

interface Connected {
  readonly peer: ConnectedPeer;
  readonly answer: Answerer;
  /** Aborted when it goes down. */
  readonly down: AbortController;
}

/** The other nodes, as a test says that they are. */
export class MemoryPeers implements Peers {
  readonly made: Made[] = [];
  readonly reports: Reported[] = [];
  readonly sent: Sent[] = [];
  readonly #connected = new Map<string, Connected>();

  /** Connects a validator, or gives one that is connected another way to answer. */
  connect(index: number, answer: Answerer): ConnectedPeer {
    const peer: ConnectedPeer = { peerId: `peer-${index}`, role: 'validator', index };
    const down = this.#connected.get(peer.peerId)?.down ?? new AbortController();
    this.#connected.set(peer.peerId, { peer, answer, down });
    return peer;
  }

  /** Ends a connection, and the requests that are under way on it. */
  disconnect(index: number): void {
    const peerId = `peer-${index}`;
    this.#connected.get(peerId)?.down.abort();
    this.#connected.delete(peerId);
  }

  /** The heights that a peer was asked for, first and last of each request. */
  rangesOf(index: number): readonly (readonly [first: number, last: number])[] {
    return this.made.flatMap(({ peerId, request }) =>
      peerId === `peer-${index}` && request.type === 'blocks'
        ? [[request.first, request.first + request.count - 1] as const]
        : [],
    );
  }

  /** What was reported of a peer, in order. */
  judgementsOf(index: number): readonly Judgement[] {
    return this.reports
      .filter(({ peerId }) => peerId === `peer-${index}`)
      .map(({ judgement }) => judgement);
  }

  validators(): readonly ConnectedPeer[] {
    return [...this.#connected.values()].map(({ peer }) => peer);
  }

  async request(
    peerId: string,
    bytes: Uint8Array,
    { responseBytesMax, signal }: AnswerOptions,
  ): Promise<Uint8Array> {
    const connected = this.#connected.get(peerId);
    if (connected === undefined) throw new NetworkError('ERR_PEER_DOWN', 'not connected');
    const request = decodeRequest(bytes);
    this.made.push({ peerId, request, responseBytesMax });
    const ended = endOf(connected.down.signal, signal);
    const answer = await Promise.race([connected.answer(request, bytes), ended]);
    return Promise.race([collect(answer, responseBytesMax), ended]);
  }

  report(peerId: string, judgement: Judgement, reason: string): void {
    this.reports.push({ peerId, judgement, reason });
  }

  send(peerId: string, channel: Channel, bytes: Uint8Array): void {
    this.sent.push({ peerId, channel, bytes });
  }

  broadcast(channel: Channel, bytes: Uint8Array): void {
    this.sent.push({ peerId: undefined, channel, bytes });
  }
}

/** Rejects when the connection ends or the caller gives up. */
function endOf(down: AbortSignal, signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  down.addEventListener('abort', () => {
    reject(new NetworkError('ERR_CONNECTION_LOST', 'the connection ended'));
  });
  signal?.addEventListener('abort', () => {
    reject(new NetworkError('ERR_CANCELLED', 'the request was cancelled'));
  });
  // Nobody may be waiting any more.
  promise.catch(() => undefined);
  return promise;
}

/** Returns all of an answer. Rejects with ERR_TOO_LARGE as soon as it is longer. */
export async function collect(answer: Answer, bytesMax = Infinity): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer instanceof Uint8Array ? [answer] : answer) {
    size += part.length;
    if (size > bytesMax) throw new NetworkError('ERR_TOO_LARGE', `${size} bytes are too many`);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}
