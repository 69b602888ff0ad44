/**
 * A link: one connection to one peer, from its opening to its end.
 *
 * The side that dialled opens the streams. Both send a hello first, whatever the other says, so that both
 * learn what differs. The link is up when both hellos fit and all channels of the two roles are open; from
 * then on each side sends a beat at a steady pace, and gives the link up when it hears nothing for some.
 *
 * A link ends once, with a reason, whoever ended it; nothing of it goes on after that.
 */
import type { Connection, Stream } from '@libp2p/interface';

import { InvariantError } from '../chain/invariant.ts';
import {
  channelsBetween,
  type Channel,
  protocolOf,
  type Role,
  type StreamName,
} from './channel.ts';
import { checkHello, decodeControl, encodeBeat, encodeHello, type Hello } from './control.ts';
import { NetworkError, networkErrorOf } from './errors.ts';
import { Exchange } from './exchange.ts';
import { Inbox } from './inbox.ts';
import type { NetworkLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import type { Peer } from './peer.ts';
import type { Answer, Clock, Timer } from './ports.ts';
import { Pump } from './pump.ts';

/** Hellos are few, and a beat comes every few seconds. */
const CONTROL_MESSAGES_PER_S = 16;

/** What a link needs to know. */
export interface LinkOptions {
  readonly connection: Connection;
  readonly peer: Peer;
  readonly ownRole: Role;
  readonly limits: NetworkLimits;
}

/** Where a link reports. */
export interface LinkPorts {
  readonly clock: Clock;
  /** Returns what this node says of itself. */
  hello(): Hello;
  onUp(link: Link): void;
  /** Is told the height of a peer that is up, once at first and with each beat. */
  onHeight(link: Link, height: number): void;
  /** Is told once, of every link that was opened. */
  onDown(link: Link, reason: NetworkError): void;
  onMessage(link: Link, channel: Channel, bytes: Uint8Array): void | Promise<void>;
  onRequest(link: Link, bytes: Uint8Array): Promise<Answer>;
  onFault(error: unknown): void;
}

/** How a link stands to callers. */
export type LinkState = 'opening' | 'up' | 'down';

/** Closes a connection at once, whatever state it is in. */
export function abortConnection(connection: Connection, reason: NetworkError): void {
  try {
    connection.abort(reason);
  } catch {
    // It is being closed already.
  }
}

/** A connection to a peer. */
export class Link {
  readonly connection: Connection;
  readonly peer: Peer;
  readonly channels: readonly Channel[];
  readonly exchange: Exchange;
  readonly outboxes: ReadonlyMap<Channel, Outbox>;
  /** Unix milliseconds at which it came up. */
  upSinceMs: number | undefined;
  readonly #limits: NetworkLimits;
  readonly #ports: LinkPorts;
  readonly #pump: Pump;
  readonly #streams = new Map<StreamName, Stream>();
  readonly #inboxes: Inbox[] = [];
  readonly #opening = new AbortController();
  /** Aborted when the connection is closed, whoever closed it. */
  readonly #gone = new AbortController();
  #state: LinkState = 'opening';
  #closed: Promise<void> | undefined;
  #helloFits = false;
  #timer: Timer;
  #heard = false;
  #silentBeats = 0;
  #roomWaiters: (() => void)[] = [];

  constructor({ connection, peer, ownRole, limits }: LinkOptions, ports: LinkPorts) {
    this.connection = connection;
    this.peer = peer;
    this.channels = channelsBetween(ownRole, peer.role);
    this.#limits = limits;
    this.#ports = ports;
    this.outboxes = new Map(
      this.channels.map((channel) => [
        channel,
        new Outbox(limits.channels[channel], channel === 'votes' ? 'drop-oldest' : 'refuse'),
      ]),
    );
    this.#pump = new Pump(limits.sliceBytesMax, {
      onSent: (channel) => this.#onSent(channel),
      onError: (error) => this.#lose(error),
    });
    this.exchange = this.#createExchange(ownRole);
    this.#timer = ports.clock.setTimer(limits.helloTimeoutMs, () => {
      const message = `not usable after ${limits.helloTimeoutMs} ms`;
      void this.end(new NetworkError('ERR_HELLO_TIMEOUT', message));
    });
    connection.addEventListener('close', ({ error }) => {
      this.#gone.abort();
      this.#lose(error ?? 'the connection was closed');
    });
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Opens the control stream, if this side dialled; the rest follows from what comes. */
  open(): void {
    // No channel: two observers have nothing to say to each other.
    if (this.channels.length === 0) {
      void this.end(new NetworkError('ERR_NOT_PERMITTED', 'two observers do not connect'));
    } else if (this.connection.direction === 'outbound') this.#dialStreams(['control']);
  }

  /** Takes a stream that the peer opened. */
  accept(name: StreamName, stream: Stream): void {
    const isOurs = name === 'control' || this.channels.includes(name);
    if (this.connection.direction === 'outbound' || !isOurs || this.#streams.has(name)) {
      void this.end(new NetworkError('ERR_FRAMING', `opened a ${name} stream, which it may not`));
      return;
    }
    this.#attach(name, stream);
    this.#riseIfComplete();
  }

  /** Queues a frame; false if there is no room. A message with an answer goes over `exchange`. */
  send(channel: Channel, frame: Uint8Array): boolean {
    const outbox = this.outboxes.get(channel);
    if (outbox === undefined || this.#state !== 'up') return false;
    const { counters } = this.peer;
    const droppedBefore = outbox.droppedCount;
    const isQueued = outbox.push(frame);
    counters[channel].droppedMessages += outbox.droppedCount - droppedBefore;
    if (!isQueued) {
      counters[channel].refusedMessages += 1;
      return false;
    }
    counters[channel].sentMessages += 1;
    counters[channel].sentBytes += frame.length;
    this.#pump.wake();
    return true;
  }

  /** Sends a beat at once: a peer that is gone answers it with a reset. */
  beat(): void {
    const stream = this.#streams.get('control');
    // A stream that does not drain has beats enough before it.
    if (this.#state !== 'up' || stream === undefined || stream.writableNeedsDrain) return;
    try {
      stream.send(encodeBeat(this.#ports.hello().height));
    } catch (error) {
      this.#lose(error);
    }
  }

  /**
   * Ends the link. What was sent before still arrives, except after broken framing.
   *
   * Resolves when the connection is closed.
   */
  end(reason: NetworkError): Promise<void> {
    if (this.#state !== 'down') {
      this.#state = 'down';
      this.#timer.cancel();
      this.#pump.close();
      for (const inbox of this.#inboxes) inbox.close();
      this.exchange.close(reason);
      this.#freeRoom();
      this.#opening.abort();
      this.#ports.onDown(this, reason);
    }
    this.#closed ??= this.#closeConnection(reason);
    return this.#closed;
  }

  #lose(error: unknown): void {
    if (error instanceof InvariantError) this.#ports.onFault(error);
    void this.end(networkErrorOf(error, 'ERR_CONNECTION_LOST'));
  }

  async #closeConnection(reason: NetworkError): Promise<void> {
    if (reason.code === 'ERR_FRAMING') {
      abortConnection(this.connection, reason);
      return;
    }
    try {
      const timeout = AbortSignal.timeout(this.#limits.closeTimeoutMs);
      // A close that meets a reset by the peer would wait for what has happened already.
      await this.connection.close({ signal: AbortSignal.any([timeout, this.#gone.signal]) });
    } catch {
      // The peer does not let it close in peace.
      abortConnection(this.connection, reason);
    }
  }

  #dialStreams(names: readonly StreamName[]): void {
    const opened = names.map(async (name) => {
      // Called in order, the streams stand in order at both ends.
      const stream = await this.connection.newStream(protocolOf(name), {
        signal: this.#opening.signal,
      });
      if (this.#state === 'opening') this.#attach(name, stream);
    });
    Promise.all(opened).then(
      () => this.#riseIfComplete(),
      (error: unknown) => this.#lose(error),
    );
  }

  #attach(name: StreamName, stream: Stream): void {
    this.#streams.set(name, stream);
    const closed = `the ${name} stream was closed`;
    stream.addEventListener('close', ({ error }) => this.#lose(error ?? closed));
    stream.addEventListener('remoteCloseWrite', () => this.#lose(closed));
    if (name === 'control') this.#openControl(stream);
    // What comes before the link is up waits at the peer's side.
    else if (stream.readStatus === 'readable') stream.pause();
  }

  #openControl(stream: Stream): void {
    const limits = {
      messageBytesMax: this.#limits.controlMessageBytesMax,
      inboundMessagesPerS: CONTROL_MESSAGES_PER_S,
      inboundBytesPerS: CONTROL_MESSAGES_PER_S * this.#limits.controlMessageBytesMax,
    };
    this.#openInbox(stream, limits, (body) => this.#takeControl(body));
    try {
      stream.send(encodeHello(this.#ports.hello()));
    } catch (error) {
      this.#lose(error);
    }
  }

  #openInbox(
    stream: Stream,
    limits: ConstructorParameters<typeof Inbox>[1],
    onMessage: (bytes: Uint8Array) => void | Promise<void>,
  ): void {
    const inbox = new Inbox(stream, limits, {
      clock: this.#ports.clock,
      onMessage,
      onHeard: () => {
        this.#heard = true;
      },
      onError: (error) => {
        // Anything else was thrown by our own code.
        if (!(error instanceof NetworkError)) this.#ports.onFault(error);
        this.#lose(error);
      },
    });
    this.#inboxes.push(inbox);
    inbox.open();
  }

  #takeControl(body: Uint8Array): void {
    const message = decodeControl(body);
    if (message.kind === 'beat') {
      // The peer may be up before this side is, which has its streams to open.
      if (!this.#helloFits) throw new NetworkError('ERR_FRAMING', 'a beat before the hello');
      this.peer.height = message.height;
      this.#tellHeight();
      return;
    }
    if (this.#helloFits) throw new NetworkError('ERR_FRAMING', 'a second hello');
    const hello = checkHello(message, this.#ports.hello().chainId);
    this.#helloFits = true;
    this.peer.height = hello.height;
    this.peer.announced = hello.addresses;
    if (this.connection.direction === 'outbound') this.#dialStreams(this.channels);
    else this.#riseIfComplete();
  }

  #riseIfComplete(): void {
    if (this.#state !== 'opening' || !this.#helloFits) return;
    if (!this.channels.every((channel) => this.#streams.has(channel))) return;
    this.#state = 'up';
    this.upSinceMs = this.#ports.clock.nowMs();
    this.#timer.cancel();
    this.#startBeats();
    // The peer is reported before what it says.
    this.#ports.onUp(this);
    for (const channel of this.channels) this.#openChannel(channel);
    this.#tellHeight();
  }

  #tellHeight(): void {
    const { height } = this.peer;
    if (this.#state === 'up' && height !== undefined) this.#ports.onHeight(this, height);
  }

  #openChannel(channel: Channel): void {
    const stream = this.#streams.get(channel);
    const outbox = this.outboxes.get(channel);
    // What came on the channel before may have ended the link.
    if (this.#state !== 'up' || stream === undefined || outbox === undefined) return;
    this.#pump.attach(channel, stream, outbox);
    this.#openInbox(stream, this.#limits.channels[channel], (body) => this.#take(channel, body));
  }

  #take(channel: Channel, body: Uint8Array): void | Promise<void> {
    const counters = this.peer.counters[channel];
    counters.receivedMessages += 1;
    counters.receivedBytes += body.length;
    this.peer.lastMessageMs = this.#ports.clock.nowMs();
    if (channel === 'sync') return this.exchange.take(body);
    return this.#ports.onMessage(this, channel, body);
  }

  #createExchange(ownRole: Role): Exchange {
    const rules = {
      serves: ownRole === 'validator',
      asks: this.peer.role === 'validator',
      takesMessages: this.peer.role === 'validator',
    };
    return new Exchange(this.#limits, rules, {
      clock: this.#ports.clock,
      send: (frame) => this.send('sync', frame),
      waitForRoom: () => this.#waitForRoom(),
      onMessage: (bytes) => this.#ports.onMessage(this, 'sync', bytes),
      onRequest: (bytes) => this.#ports.onRequest(this, bytes),
      onFault: (error) => this.#ports.onFault(error),
    });
  }

  #startBeats(): void {
    this.#timer = this.#ports.clock.setTimer(this.#limits.beatIntervalMs, () => {
      // Intervals are counted, not time: a process that was stopped for long blames nobody.
      this.#silentBeats = this.#heard ? 0 : this.#silentBeats + 1;
      this.#heard = false;
      if (this.#silentBeats >= this.#limits.silentBeatsMax) {
        const message = `nothing came in ${this.#silentBeats} intervals`;
        void this.end(new NetworkError('ERR_SILENT', message));
        return;
      }
      this.#startBeats();
      this.beat();
    });
  }

  #waitForRoom(): Promise<void> {
    if (this.#state === 'down' || this.#hasRoom) return Promise.resolve();
    return new Promise((resolve) => {
      this.#roomWaiters.push(resolve);
    });
  }

  get #hasRoom(): boolean {
    const { queueBytesMax, queueMessagesMax } = this.#limits.channels.sync;
    const outbox = this.outboxes.get('sync');
    // Half of the queue is left to requests and messages.
    return (
      outbox !== undefined &&
      outbox.sizeBytes < queueBytesMax / 2 &&
      outbox.count < queueMessagesMax / 2
    );
  }

  #onSent(channel: Channel): void {
    if (channel === 'sync' && this.#roomWaiters.length > 0 && this.#hasRoom) this.#freeRoom();
  }

  #freeRoom(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
