/**
 * A peer as this node knows it: names, addresses, counters and conduct. It outlives connections, so what it
 * did is not forgotten when it comes back.
 */
import { CHANNELS, type Channel, type Role } from './channel.ts';
import type { NetworkError, NetworkErrorCode } from './errors.ts';
import type { NetworkLimits } from './limits.ts';
import type { PeerName, Timer } from './ports.ts';

/** What went over one channel since the start. */
export interface ChannelCounters {
  sentMessages: number;
  sentBytes: number;
  receivedMessages: number;
  receivedBytes: number;
  /** Votes that were forgotten because the queue was full. */
  droppedMessages: number;
  /** Messages that were refused because the queue was full. */
  refusedMessages: number;
}

/** An error and when it was. */
export interface LastError {
  readonly code: NetworkErrorCode;
  /** Short and printable, without a secret. */
  readonly message: string;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** How a message of a peer is judged: of no use, or such as no honest peer sends. */
export type Judgement = 'ignore' | 'reject';

/** What is remembered of a peer. */
export class Peer {
  readonly peerId: string;
  name: PeerName;
  addresses: readonly string[];
  readonly counters: Readonly<Record<Channel, ChannelCounters>>;
  readonly judgements: Record<Judgement, number> = { ignore: 0, reject: 0 };
  /** Unix milliseconds; undefined before the first. */
  lastMessageMs: number | undefined;
  /** As its last hello or beat said. */
  height: number | undefined;
  announced: readonly string[] = [];
  lastError: LastError | undefined;
  /** While it runs the peer is disconnected. */
  banTimer: Timer | undefined;
  #points = 0;
  #pointsAtMs = 0;

  constructor(name: PeerName, addresses: readonly string[]) {
    this.peerId = name.peerId;
    this.name = name;
    this.addresses = addresses;
    this.counters = Object.fromEntries(
      CHANNELS.map((channel) => [channel, createCounters()]),
    ) as Record<Channel, ChannelCounters>;
  }

  get role(): Role {
    return this.name.role;
  }

  get isBanned(): boolean {
    return this.banTimer !== undefined;
  }

  /** Returns the points that are not forgiven yet. */
  pointsAt(nowMs: number, { scoreForgiveMs }: NetworkLimits): number {
    return Math.max(0, this.#points - Math.max(0, nowMs - this.#pointsAtMs) / scoreForgiveMs);
  }

  /** Adds points; returns whether they have reached the limit, and then forgets them. */
  addPoints(points: number, nowMs: number, limits: NetworkLimits): boolean {
    this.#points = this.pointsAt(nowMs, limits) + points;
    this.#pointsAtMs = nowMs;
    if (this.#points < limits.scorePointsMax) return false;
    this.#points = 0;
    return true;
  }

  /** Remembers an error. */
  fail({ code, message }: NetworkError, nowMs: number): void {
    this.lastError = { code, message, atMs: nowMs };
  }
}

function createCounters(): ChannelCounters {
  return {
    sentMessages: 0,
    sentBytes: 0,
    receivedMessages: 0,
    receivedBytes: 0,
    droppedMessages: 0,
    refusedMessages: 0,
  };
}
