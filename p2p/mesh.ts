/**
 * The mesh: which connection to which peer is kept, who is disconnected, and what goes where.
 *
 * At most one connection to a peer is kept. When two meet, both ends choose alike without a word: the one
 * that the smaller peer id dialled, and of two dialled by the same side the later, whose dialler has lost
 * the earlier.
 */
import type { Connection, Stream } from '@libp2p/interface';

import type { Channel, StreamName } from './channel.ts';
import type { Hello } from './control.ts';
import { NetworkError, type NetworkErrorCode } from './errors.ts';
import { abortConnection, Link, type LinkPorts } from './link.ts';
import type { NetworkLimits } from './limits.ts';
import type { Judgement, Peer } from './peer.ts';
import type { PeerBook } from './peerBook.ts';
import type { PeerList } from './peerList.ts';
import type { Answer, NetworkPorts } from './ports.ts';

/** Points of a message that no honest peer sends. Two broken framings within a minute are a ban. */
const REJECT_POINTS = 1;
const FRAMING_POINTS = 6;

/** Reasons for which both sides would refuse again until an operator has changed something. */
const LASTING: ReadonlySet<NetworkErrorCode> = new Set(['ERR_OTHER_CHAIN', 'ERR_VERSION']);

/** What a mesh rests on. */
export interface MeshOptions {
  readonly ownPeerId: string;
  readonly book: PeerBook;
  readonly limits: NetworkLimits;
  /** Returns what this node says of itself. */
  readonly hello: () => Hello;
}

/** Whoever dials. */
export interface MeshDialer {
  schedule(peer: Peer): void;
  postpone(peer: Peer, delayMs: number): void;
  forget(peer: Peer): void;
}

/** Links to all peers. */
export class Mesh {
  readonly #options: MeshOptions;
  readonly #dialer: MeshDialer;
  readonly #ports: NetworkPorts;
  readonly #linkPorts: LinkPorts;
  readonly #links = new Map<string, Link>();
  readonly #closing = new Set<Promise<void>>();
  #isOpen = true;

  constructor(options: MeshOptions, dialer: MeshDialer, ports: NetworkPorts) {
    this.#options = options;
    this.#dialer = dialer;
    this.#ports = ports;
    this.#linkPorts = {
      clock: ports.clock,
      hello: options.hello,
      onUp: (link) => this.#onUp(link),
      onHeight: (link, height) => {
        this.#guarded(() => ports.onHeight(link.peer.name, height));
      },
      onDown: (link, reason) => this.#onDown(link, reason),
      onMessage: (link, channel, bytes) => this.#onMessage(link, channel, bytes),
      onRequest: (link, bytes): Promise<Answer> => ports.onRequest(link.peer.name, bytes),
      onFault: (error) => {
        ports.onFault(error);
      },
    };
  }

  /** Begins to dial. */
  start(): void {
    for (const peer of this.#options.book.peers) this.#dial(peer);
  }

  /** Returns the link to a peer, in whatever state; undefined if there is none. */
  linkTo(peer: Peer): Link | undefined {
    return this.#links.get(peer.peerId);
  }

  /** Returns whether a peer may be connected. */
  isAdmitted(peerId: string): boolean {
    const peer = this.#options.book.find(peerId);
    return this.#isOpen && peer !== undefined && !peer.isBanned;
  }

  /** Returns whether a dial of a peer makes sense. */
  isWanted(peer: Peer): boolean {
    return (
      this.isAdmitted(peer.peerId) && this.linkTo(peer) === undefined && peer.addresses.length > 0
    );
  }

  /** Takes a connection that libp2p has opened. */
  onConnection(connection: Connection): void {
    // Closed in the moment in which it was opened: no event will say so.
    if (connection.status !== 'open') return;
    const peer = this.#options.book.find(connection.remotePeer.toString());
    if (peer === undefined || !this.isAdmitted(peer.peerId)) {
      abortConnection(connection, new NetworkError('ERR_REMOVED', 'not admitted'));
      return;
    }
    const held = this.linkTo(peer);
    const { ownPeerId, book, limits } = this.#options;
    const options = { connection, peer, ownRole: book.ownRole, limits };
    if (held !== undefined && !isPreferred(connection, held.connection, ownPeerId)) {
      // A beat finds out whether the one that is kept still lives.
      held.beat();
      this.#end(new Link(options, this.#linkPorts), 'ERR_DUPLICATE', 'another connection is kept');
      return;
    }
    const link = new Link(options, this.#linkPorts);
    this.#links.set(peer.peerId, link);
    if (held !== undefined) this.#end(held, 'ERR_DUPLICATE', 'a later connection is kept');
    link.open();
  }

  /** Takes a stream that a peer has opened. */
  onStream(name: StreamName, stream: Stream, connection: Connection): void {
    const link = this.#links.get(connection.remotePeer.toString());
    if (link?.connection === connection) link.accept(name, stream);
    else stream.abort(new NetworkError('ERR_DUPLICATE', 'another connection is kept'));
  }

  /** Takes an error of a dial or of a connection; what lasts is said once. */
  remember(peer: Peer, error: NetworkError): void {
    if (this.linkTo(peer)?.state === 'up') return;
    const { code, message } = error;
    const isNews = peer.lastError?.code !== code || peer.lastError.message !== message;
    peer.fail(error, this.#ports.clock.nowMs());
    const facts = { peer: peer.name, code, reason: message };
    if (isNews && LASTING.has(code)) this.#ports.log.warn(facts, 'peer refused');
    else this.#ports.log.debug(facts, 'no connection');
  }

  /** Counts how a peer behaved, and disconnects it for a while when it is enough. */
  judge(peer: Peer, judgement: Judgement, reason: string): void {
    peer.judgements[judgement] += 1;
    this.#ports.log.debug({ peer: peer.peerId, judgement, reason }, 'peer judged');
    if (judgement === 'reject') this.#charge(peer, REJECT_POINTS, reason);
  }

  /** Takes another list of peers: ends what no longer stands in it, dials what is new. */
  replacePeers(list: PeerList): void {
    const { removed, changed } = this.#options.book.replace(list);
    for (const peer of [...removed, ...changed]) {
      this.#dialer.forget(peer);
      const link = this.linkTo(peer);
      if (link !== undefined) this.#end(link, 'ERR_REMOVED', 'the list of peers has changed');
    }
    for (const peer of removed) {
      peer.banTimer?.cancel();
    }
    this.start();
  }

  /** Ends all links; resolves when their connections are closed. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    for (const peer of this.#options.book.peers) peer.banTimer?.cancel();
    for (const link of [...this.#links.values()]) this.#end(link, 'ERR_STOPPED', 'stopping');
    await Promise.all(this.#closing);
  }

  #dial(peer: Peer): void {
    if (this.isWanted(peer)) this.#dialer.schedule(peer);
  }

  #onUp(link: Link): void {
    const { peer } = link;
    this.#dialer.forget(peer);
    peer.lastError = undefined;
    const { direction } = link.connection;
    this.#ports.log.info({ peer: peer.name, direction, height: peer.height }, 'peer up');
    this.#guarded(() => this.#ports.onPeer(peer.name, 'up'));
  }

  #onDown(link: Link, reason: NetworkError): void {
    const { peer } = link;
    if (link.upSinceMs !== undefined) this.#reportDown(link, reason);
    if (this.linkTo(peer) === link) this.#links.delete(peer.peerId);
    if (reason.code === 'ERR_DUPLICATE' || !this.#isOpen) return;
    this.remember(peer, reason);
    if (reason.code === 'ERR_FRAMING') this.#charge(peer, FRAMING_POINTS, reason.message);
    if (!this.isWanted(peer)) return;
    if (LASTING.has(reason.code)) this.#dialer.postpone(peer, this.#options.limits.refusedRetryMs);
    else this.#dialer.schedule(peer);
  }

  #reportDown({ peer }: Link, { code, message }: NetworkError): void {
    this.#ports.log.info({ peer: peer.name, code }, 'peer down');
    this.#ports.log.debug({ peer: peer.peerId, code, message }, 'peer down');
    this.#guarded(() => this.#ports.onPeer(peer.name, 'down'));
  }

  #onMessage(link: Link, channel: Channel, bytes: Uint8Array): void | Promise<void> {
    return this.#ports.onMessage(link.peer.name, channel, bytes);
  }

  #charge(peer: Peer, points: number, reason: string): void {
    const { clock, log } = this.#ports;
    const { limits } = this.#options;
    if (peer.isBanned || !this.#isOpen) return;
    if (!peer.addPoints(points, clock.nowMs(), limits)) return;
    log.warn({ peer: peer.name, forMs: limits.banMs }, 'peer disconnected for a while');
    peer.banTimer = clock.setTimer(limits.banMs, () => {
      peer.banTimer = undefined;
      this.#dial(peer);
    });
    this.#dialer.forget(peer);
    const error = new NetworkError('ERR_BANNED', reason);
    peer.fail(error, clock.nowMs());
    const link = this.linkTo(peer);
    if (link !== undefined) this.#end(link, 'ERR_BANNED', reason);
  }

  #end(link: Link, code: NetworkErrorCode, message: string): void {
    const closed = link.end(new NetworkError(code, message));
    this.#closing.add(closed);
    void closed.finally(() => this.#closing.delete(closed));
  }

  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#ports.onFault(error);
    }
  }
}

function isPreferred(next: Connection, held: Connection, ownPeerId: string): boolean {
  const diallerOf = ({ direction, remotePeer }: Connection): string =>
    direction === 'outbound' ? ownPeerId : remotePeer.toString();
  return diallerOf(next) <= diallerOf(held);
}
