/**
 * The network of a run: connections between machines, and what goes over them.
 *
 * It keeps what p2p promises and no more: one connection to each peer, channels with bounded queues that are
 * taken in order and one message at a time, news of peers after realistic delays, requests that end in an answer
 * or a NetworkError. Who is silent for 6 seconds is down; who can be reached again is up within 3.
 */
import { NetworkError } from '../../../p2p/errors.ts';
import type { AnswerOptions, ConnectedPeer, Judgement } from '../../../node/peers.ts';
import type { Channel } from '../../../p2p/channel.ts';
import type { Tally } from '../tally.ts';
import type { World } from '../world.ts';
import { Connection } from './connection.ts';
import type { Station } from './station.ts';
import { Weather } from './weather.ts';

/** How one station judges another. */
export interface StationReport {
  readonly from: Station;
  readonly of: Station;
  readonly judgement: Judgement;
  readonly reason: string;
}

/** Something for one peer. */
export interface Letter {
  readonly to: string;
  readonly channel: Channel;
  readonly bytes: Uint8Array;
}

/** What a network tells the checks. */
export interface NetworkEvents {
  /** A station judges another. */
  onReport(report: StationReport): void;
}

interface News {
  readonly connection: Connection;
  readonly listener: Station;
}

const SILENCE_MS = 6_000;
const CONNECT_MS_MIN = 100;
const CONNECT_MS_MAX = 3_000;
const REQUEST_COUNT_MAX = 8;
const REQUEST_IDLE_MS = 10_000;

/** The wires, and the connections over them. */
export class Network {
  readonly weather = new Weather();
  readonly world: World;
  readonly tally: Tally;
  readonly #events: NetworkEvents;
  readonly #stations = new Map<number, Station>();
  readonly #connections = new Map<string, Connection>();
  readonly #usable = new WeakMap<Station, Map<string, Connection>>();
  /** Connections that are over, and who has not heard of it. */
  readonly #news = new Set<News>();
  /** Until when one has banned another, by the wire between. */
  readonly #bans = new Map<string, number>();

  constructor(world: World, tally: Tally, events: NetworkEvents) {
    this.world = world;
    this.tally = tally;
    this.#events = events;
  }

  /** A process listens and dials. */
  join(station: Station): void {
    this.#stations.set(station.number, station);
    for (const other of this.#stations.values()) {
      if (other.index !== station.index) this.#dial(station, other);
    }
  }

  /** A process is gone: at once where its system says so, else after a silence. */
  leave(station: Station, isSilent: boolean): void {
    if (!this.#isThere(station)) return;
    this.#stations.delete(station.number);
    for (const connection of this.#connectionsOf(station)) {
      const other = connection.otherOf(station);
      const delayMs = isSilent ? SILENCE_MS : 1 + this.world.chance.below(100);
      this.#end(connection, other, delayMs);
    }
  }

  /** Looks, after a while, whether connections have been silent since now: their wires were cut, or one end paused. */
  watch(): void {
    for (const connection of this.#connections.values()) {
      if (!this.#isSilent(connection)) continue;
      this.world.schedule(SILENCE_MS, undefined, () => {
        if (this.#isSilent(connection)) this.#close(connection);
      });
    }
  }

  /** Closes a connection; both ends hear of it and dial again. */
  #close(connection: Connection): void {
    for (const end of connection.ends) this.#end(connection, end, 0);
  }

  /** A connection is over; one end hears of it after a while. */
  #end(connection: Connection, listener: Station, delayMs: number): void {
    connection.isOpen = false;
    this.#connections.delete(connection.key);
    const news: News = { connection, listener };
    this.#news.add(news);
    this.world.schedule(delayMs, listener.life, () => this.#tell(news));
  }

  #tell(news: News): void {
    if (!this.#news.delete(news)) return;
    const { connection, listener } = news;
    connection.fail(listener, new NetworkError('ERR_CONNECTION_LOST', 'the connection ended'));
    const other = connection.otherOf(listener);
    const usable = this.#usableOf(listener);
    if (usable.get(other.peerId) === connection) {
      usable.delete(other.peerId);
      listener.onPeer(connection.peerOf(other), 'down');
    }
    this.#redial(connection);
  }

  #redial({ ends: [a, b] }: Connection): void {
    const first = this.#stations.get(a.number);
    const second = this.#stations.get(b.number);
    if (first !== undefined && second !== undefined) this.#dial(first, second);
  }

  #dial(a: Station, b: Station): void {
    const { chance } = this.world;
    const delayMs = CONNECT_MS_MIN + chance.below(CONNECT_MS_MAX - CONNECT_MS_MIN);
    this.world.schedule(delayMs, undefined, () => this.#connect(a, b));
  }

  #connect(a: Station, b: Station): void {
    if (!this.#isThere(a) || !this.#isThere(b)) return;
    const [low, high] = a.number < b.number ? [a, b] : [b, a];
    const key = `${low.number}-${high.number}`;
    if (this.#connections.has(key)) return;
    // Of two processes with one key a peer talks to the one that came first.
    const isTaken = [...this.#connections.values()].some(
      (each) => each.connects(a.peerId, b.number) || each.connects(b.peerId, a.number),
    );
    if (isTaken || !this.#isReachable(a, b)) {
      this.#dial(a, b);
      return;
    }
    this.#open(new Connection(this, [low, high]));
  }

  #isReachable(a: Station, b: Station): boolean {
    const isPaused = a.life.paused !== undefined || b.life.paused !== undefined;
    return !isPaused && this.weather.isOpen(a.number, b.number) && !this.#isBanned(a, b);
  }

  /** Both ends learn of a connection. */
  #open(connection: Connection): void {
    this.#connections.set(connection.key, connection);
    for (const end of connection.ends) {
      this.world.schedule(1 + this.world.chance.below(20), end.life, () => {
        const other = connection.otherOf(end);
        if (!connection.isOpen) return;
        for (const news of this.#news) {
          const isOld = news.listener === end && news.connection.has(other.peerId);
          // A peer that is back before it was missed was down all the same.
          if (isOld) this.#tell(news);
        }
        this.#usableOf(end).set(other.peerId, connection);
        end.onPeer(connection.peerOf(other), 'up');
      });
    }
  }

  #isBanned(a: Station, b: Station): boolean {
    const untilMs = Math.max(
      this.#bans.get(`${a.number}-${b.peerId}`) ?? 0,
      this.#bans.get(`${b.number}-${a.peerId}`) ?? 0,
    );
    return this.world.nowMs < untilMs;
  }

  #isThere(station: Station): boolean {
    return this.#stations.get(station.number) === station;
  }

  #isSilent({ ends: [a, b], isOpen }: Connection): boolean {
    const isPaused = a.life.paused !== undefined || b.life.paused !== undefined;
    return isOpen && (isPaused || !this.weather.isOpen(a.number, b.number));
  }

  #connectionsOf(station: Station): readonly Connection[] {
    return [...this.#connections.values()].filter(
      (connection) => connection.isOpen && connection.ends.includes(station),
    );
  }

  /** The connections of which a station knows, by peer id: they may be over before it hears of that. */
  #usableOf(station: Station): Map<string, Connection> {
    const usable = this.#usable.get(station) ?? new Map<string, Connection>();
    this.#usable.set(station, usable);
    return usable;
  }

  send(from: Station, { to, channel, bytes }: Letter): void {
    if (from.life.isOver) return;
    this.#usableOf(from).get(to)?.send(from, channel, bytes);
  }

  request(
    from: Station,
    { to, bytes }: Omit<Letter, 'channel'>,
    options: AnswerOptions,
  ): Promise<Uint8Array> {
    if (from.life.isOver) return new Promise(() => undefined);
    const connection = this.#usableOf(from).get(to);
    if (options.signal?.aborted === true) {
      return Promise.reject(new NetworkError('ERR_CANCELLED', 'the request was cancelled'));
    }
    if (connection === undefined) {
      return Promise.reject(new NetworkError('ERR_PEER_DOWN', 'there is no connection'));
    }
    if (connection.requestCount(from) >= REQUEST_COUNT_MAX) {
      return Promise.reject(new NetworkError('ERR_QUEUE_FULL', 'too many requests'));
    }
    return connection.request(from, bytes, { ...options, idleMs: REQUEST_IDLE_MS });
  }

  peersOf(station: Station): readonly ConnectedPeer[] {
    return [...this.#usableOf(station).values()]
      .map((connection) => connection.peerOf(connection.otherOf(station)))
      .sort((a, b) => a.index! - b.index!);
  }

  /** Counts a judgement: ten that reject, half a minute each, end the connection for a minute. */
  report(
    from: Station,
    peerId: string,
    { judgement, reason }: Pick<StationReport, 'judgement' | 'reason'>,
  ): void {
    const connection = this.#usableOf(from).get(peerId);
    if (connection === undefined || from.life.isOver) return;
    const other = connection.otherOf(from);
    this.#events.onReport({ from, of: other, judgement, reason });
    if (judgement !== 'reject' || !connection.blame(from)) return;
    this.tally.add('ban');
    this.#bans.set(`${from.number}-${peerId}`, this.world.nowMs + 60_000);
    this.#close(connection);
  }
}
