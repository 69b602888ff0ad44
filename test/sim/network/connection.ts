/** A connection between two processes: their channels, requests and what is held against each other. */
import { ChainError } from '../../../chain/errors.ts';
import type { AnswerOptions, ConnectedPeer } from '../../../node/peers.ts';
import type { Channel } from '../../../p2p/channel.ts';
import { NetworkError } from '../../../p2p/errors.ts';
import { LIMITS } from '../../../p2p/limits.ts';
import type { Answer } from '../../../p2p/ports.ts';
import type { Tally } from '../tally.ts';
import type { World } from '../world.ts';
import type { Station } from './station.ts';
import type { Weather } from './weather.ts';

/** What a connection goes over. */
export interface Wires {
  readonly world: World;
  readonly weather: Weather;
  readonly tally: Tally;
}

interface Lane {
  /** When the last message arrives: none overtakes it, unless the weather lets it. */
  lastMs: number;
  /** Messages on their way or waiting to be taken, and their bytes. */
  count: number;
  bytes: number;
  readonly waiting: Uint8Array[];
  isTaking: boolean;
}

interface Pending {
  settle(result: Uint8Array | NetworkError): void;
}

/** One connection. */
export class Connection {
  readonly ends: readonly [Station, Station];
  readonly key: string;
  isOpen = true;
  readonly #network: Wires;
  readonly #lanes = new Map<string, Lane>();
  readonly #pending = new Map<number, Set<Pending>>();
  readonly #blame = new Map<number, number[]>();

  constructor(network: Wires, ends: readonly [Station, Station]) {
    this.#network = network;
    this.ends = ends;
    this.key = `${ends[0].number}-${ends[1].number}`;
  }

  otherOf(station: Station): Station {
    return this.ends[0] === station ? this.ends[1] : this.ends[0];
  }

  peerOf({ peerId, index }: Station): ConnectedPeer {
    return { peerId, role: 'validator', index };
  }

  /** Whether one end is a peer. */
  has(peerId: string): boolean {
    return this.ends.some((end) => end.peerId === peerId);
  }

  /** Whether one end is a peer, and the other a machine. */
  connects(peerId: string, number: number): boolean {
    const [a, b] = this.ends;
    return (
      (a.peerId === peerId && b.number === number) || (b.peerId === peerId && a.number === number)
    );
  }

  /** Queues a message; what does not fit is dropped. */
  send(from: Station, channel: Channel, bytes: Uint8Array): void {
    const { tally } = this.#network;
    if (!this.isOpen) return;
    const to = this.otherOf(from);
    const { messageBytesMax, queueMessagesMax, queueBytesMax } = LIMITS.channels[channel];
    const lane = this.#lane(from, channel);
    const isFull = lane.count >= queueMessagesMax || lane.bytes + bytes.length > queueBytesMax;
    if (bytes.length > messageBytesMax || isFull) tally.add('queue overflow');
    else if (!this.#isLost(channel, bytes)) this.#carryOnce(from, to, { channel, bytes });
  }

  /** Whether the weather takes a message. */
  #isLost(channel: Channel, bytes: Uint8Array): boolean {
    const { world, weather, tally } = this.#network;
    const isDropped = weather.dropped.size > 0 && weather.dropped.has(typeOf(channel, bytes));
    if (isDropped) tally.add('drop by type');
    const isLost = weather.loss > 0 && world.chance.happens(weather.loss);
    if (isLost) tally.add('drop');
    return isDropped || isLost;
  }

  /** Carries a message once, or twice where the weather doubles it. */
  #carryOnce(
    from: Station,
    to: Station,
    { channel, bytes }: { readonly channel: Channel; readonly bytes: Uint8Array },
  ): void {
    const { world, weather, tally } = this.#network;
    this.#carry(from, to, { channel, bytes });
    if (weather.duplication > 0 && world.chance.happens(weather.duplication)) {
      tally.add('duplicate');
      this.#carry(from, to, { channel, bytes });
    }
  }

  #carry(
    from: Station,
    to: Station,
    { channel, bytes }: { readonly channel: Channel; readonly bytes: Uint8Array },
  ): void {
    const { world, weather, tally } = this.#network;
    const lane = this.#lane(from, channel);
    let dueMs = world.nowMs + weather.delayMs(from.number, to.number, world.chance);
    if (weather.reordering > 0 && world.chance.happens(weather.reordering)) {
      tally.add('reordering');
      dueMs += world.chance.below(500);
    } else {
      dueMs = Math.max(dueMs, lane.lastMs);
      lane.lastMs = dueMs;
    }
    lane.count += 1;
    lane.bytes += bytes.length;
    world.schedule(dueMs - world.nowMs, to.life, () => {
      lane.count -= 1;
      lane.bytes -= bytes.length;
      if (weather.blocked.has(`${from.number}>${to.number}`)) {
        tally.add('cut off');
        return;
      }
      world.note(from.number * 64 + to.number);
      world.note(bytes.length);
      lane.waiting.push(bytes);
      if (!lane.isTaking) void this.#take(from, to, { channel, lane });
    });
  }

  async #take(
    from: Station,
    to: Station,
    { channel, lane }: { readonly channel: Channel; readonly lane: Lane },
  ): Promise<void> {
    lane.isTaking = true;
    const peer = this.peerOf(from);
    for (let next = lane.waiting.shift(); next !== undefined; next = lane.waiting.shift()) {
      if (to.life.isOver) return;
      await to.receive(peer, channel, next);
    }
    lane.isTaking = false;
  }

  requestCount(from: Station): number {
    return this.#pending.get(from.number)?.size ?? 0;
  }

  /** Asks the other end. */
  request(
    from: Station,
    bytes: Uint8Array,
    options: AnswerOptions & { readonly idleMs: number },
  ): Promise<Uint8Array> {
    const { world } = this.#network;
    const to = this.otherOf(from);
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const pendings = this.#pending.get(from.number) ?? new Set();
    this.#pending.set(from.number, pendings);
    const cancel = (): void => pending.settle(new NetworkError('ERR_CANCELLED', 'cancelled'));
    const idle = world.schedule(options.idleMs, from.life, () => {
      pending.settle(new NetworkError('ERR_TIMEOUT', 'no answer came'));
    });
    const pending: Pending = {
      settle: (result) => {
        if (!pendings.delete(pending)) return;
        idle.cancel();
        options.signal?.removeEventListener('abort', cancel);
        if (result instanceof NetworkError) reject(result);
        else resolve(result);
      },
    };
    pendings.add(pending);
    options.signal?.addEventListener('abort', cancel);
    this.#pass(from, to, () => {
      void this.#answer(from, bytes, { pending, responseBytesMax: options.responseBytesMax });
    });
    return promise;
  }

  async #answer(
    from: Station,
    bytes: Uint8Array,
    { pending, responseBytesMax }: { readonly pending: Pending; readonly responseBytesMax: number },
  ): Promise<void> {
    const to = this.otherOf(from);
    let result: Uint8Array | NetworkError;
    try {
      result = await collect(await to.answer(this.peerOf(from), bytes));
      if (result.length > responseBytesMax) {
        result = new NetworkError('ERR_TOO_LARGE', 'an answer is too long');
      }
    } catch (error) {
      // As p2p has it: a request that cannot be answered is the asker's; all else is a fault here.
      if (!(error instanceof ChainError)) to.onFault(error);
      result = new NetworkError('ERR_PEER_FAILED', 'the peer has no answer');
    }
    if (to.life.isOver) return;
    this.#pass(to, from, () => pending.settle(result));
  }

  /** Carries a request or an answer, unless it is lost. */
  #pass(from: Station, to: Station, act: () => void): void {
    const { world, weather, tally } = this.#network;
    if (weather.loss > 0 && world.chance.happens(weather.loss)) {
      tally.add('drop');
      return;
    }
    world.schedule(weather.delayMs(from.number, to.number, world.chance), to.life, () => {
      if (weather.blocked.has(`${from.number}>${to.number}`) || !this.isOpen) return;
      world.note(from.number * 64 + to.number + 4_096);
      act();
    });
  }

  /** Ends the requests of one end. */
  fail(station: Station, error: NetworkError): void {
    for (const pending of [...(this.#pending.get(station.number) ?? [])]) pending.settle(error);
  }

  /** Holds something against the other end; returns whether it is enough. */
  blame(station: Station): boolean {
    const { nowMs } = this.#network.world;
    const { scoreForgiveMs, scorePointsMax } = LIMITS;
    const points = this.#blame.get(station.number) ?? [];
    points.push(nowMs);
    const counted = points.filter((atMs) => atMs > nowMs - scoreForgiveMs * scorePointsMax);
    this.#blame.set(station.number, counted);
    return counted.length >= scorePointsMax;
  }

  #lane(from: Station, channel: Channel): Lane {
    const key = `${from.number}/${channel}`;
    const lane = this.#lanes.get(key) ?? {
      lastMs: 0,
      count: 0,
      bytes: 0,
      waiting: [],
      isTaking: false,
    };
    this.#lanes.set(key, lane);
    return lane;
  }
}

/** A message's type, as the weather knows it: its tag, and the kind of a vote. */
function typeOf(channel: Channel, bytes: Uint8Array): string {
  const isVote = channel === 'votes' && bytes[0] === 1;
  return isVote ? `votes/1/${bytes[2] ?? 0}` : `${channel}/${bytes[0] ?? 0}`;
}

async function collect(answer: Answer): Promise<Uint8Array> {
  if (answer instanceof Uint8Array) return answer;
  const parts: Uint8Array[] = [];
  for await (const part of answer) parts.push(part);
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
