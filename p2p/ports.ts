/** What the network needs of the node: the few methods that it calls. It knows neither the node nor the API. */
import type { Channel, Role } from './channel.ts';

/** A timer that can be called off. */
export interface Timer {
  cancel(): void;
}

/** A source of time. */
export interface Clock {
  /** Unix milliseconds: for views, and for rates, which survive a jump. */
  nowMs(): number;
  /** Calls `fire` once after `delayMs`. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

/** A log. Text that a peer chose stands at debug only. */
export interface NetworkLog {
  warn(facts: object, message: string): void;
  info(facts: object, message: string): void;
  debug(facts: object, message: string): void;
}

/** A peer, by every name that it has. */
export interface PeerName {
  readonly peerId: string;
  readonly role: Role;
  /** Place in the validator set; undefined for an observer. */
  readonly index: number | undefined;
  /** Name in the genesis; undefined for an observer. */
  readonly name: string | undefined;
}

/** An answer to a request: whole, or chunk by chunk as the peer takes it. */
export type Answer = Uint8Array | AsyncIterable<Uint8Array>;

/** The world. */
export interface NetworkPorts {
  readonly clock: Clock;
  readonly log: NetworkLog;
  /** Returns a number from 0, inclusive, to 1, exclusive. */
  random(): number;
  /** Returns the IP addresses of a host name. */
  lookup(host: string): Promise<readonly string[]>;
  /** Returns the height that is told to peers. */
  height(): number;
  /**
   * Takes a message. While a promise is not settled nothing more is taken from this channel of this
   * peer: its messages wait at the peer's own side.
   */
  onMessage(from: PeerName, channel: Channel, bytes: Uint8Array): void | Promise<void>;
  /** Takes the news that a peer can be used, or no longer can. */
  onPeer(peer: PeerName, state: 'up' | 'down'): void;
  /** Takes the height that a peer tells when it comes up, and with each beat after that. */
  onHeight(peer: PeerName, height: number): void;
  /**
   * Returns the answer to a request; a rejection tells the peer that there is none. A ChainError says that the
   * peer should not have asked; anything else is a fault.
   */
  onRequest(from: PeerName, bytes: Uint8Array): Promise<Answer>;
  /** Takes an error that one of these methods threw: a mistake of ours, whatever a peer sent. */
  onFault(error: unknown): void;
}
