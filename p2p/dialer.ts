/**
 * Keeps dialling the peers to which there is no connection.
 *
 * The pause between two dials of a peer doubles up to a limit, and each is cut short by chance, so that
 * nodes that lost each other at the same moment do not return at the same moment. Both sides dial; the one
 * with the greater peer id waits a little longer, so that the two seldom meet half-way.
 */
import type { Multiaddr } from '@multiformats/multiaddr';

import { type DialRules, findDialAddresses } from './dialAddress.ts';
import { NetworkError, networkErrorOf } from './errors.ts';
import type { NetworkLimits } from './limits.ts';
import type { Peer } from './peer.ts';
import type { Clock, Timer } from './ports.ts';

/** What dialling needs. */
export interface DialerPorts extends DialRules {
  readonly clock: Clock;
  random(): number;
  /** Resolves when a connection is open. Rejects with a NetworkError. */
  dial(addresses: Multiaddr[], signal: AbortSignal): Promise<void>;
  /** Returns whether dialling a peer makes sense: it is in the list, not banned, and not connected. */
  isWanted(peer: Peer): boolean;
  onError(peer: Peer, error: NetworkError): void;
}

interface Attempt {
  /** Dials in a row that led to nothing. */
  failures: number;
  timer: Timer | undefined;
  dialling: AbortController | undefined;
}

/** Dials peers until they are connected. */
export class Dialer {
  readonly #ownPeerId: string;
  readonly #limits: NetworkLimits;
  readonly #ports: DialerPorts;
  readonly #attempts = new Map<string, Attempt>();
  readonly #running = new Set<Promise<void>>();
  #isOpen = true;

  constructor(ownPeerId: string, limits: NetworkLimits, ports: DialerPorts) {
    this.#ownPeerId = ownPeerId;
    this.#limits = limits;
    this.#ports = ports;
  }

  /** Dials a peer after the pause that is due, unless that is under way. */
  schedule(peer: Peer): void {
    const attempt = this.#attemptOf(peer);
    if (attempt.timer !== undefined || attempt.dialling !== undefined) return;
    this.#startTimer(peer, this.#pauseMs(peer, attempt.failures));
  }

  /** Dials a peer after `delayMs`, whatever was planned. */
  postpone(peer: Peer, delayMs: number): void {
    this.#attemptOf(peer).timer?.cancel();
    this.#startTimer(peer, delayMs);
  }

  /** Plans nothing for a peer, and begins with the shortest pause the next time. */
  forget(peer: Peer): void {
    this.#attempts.get(peer.peerId)?.timer?.cancel();
    const dialling = this.#attempts.get(peer.peerId)?.dialling;
    if (dialling === undefined) this.#attempts.delete(peer.peerId);
    // A dial under way ends by itself: which connection is kept is decided where both are seen.
    else this.#attempts.set(peer.peerId, { failures: 0, timer: undefined, dialling });
  }

  /** Ends all dials; resolves when none is under way. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    for (const { timer, dialling } of this.#attempts.values()) {
      timer?.cancel();
      dialling?.abort();
    }
    await Promise.all(this.#running);
  }

  #attemptOf(peer: Peer): Attempt {
    let attempt = this.#attempts.get(peer.peerId);
    if (attempt === undefined) {
      attempt = { failures: 0, timer: undefined, dialling: undefined };
      this.#attempts.set(peer.peerId, attempt);
    }
    return attempt;
  }

  #pauseMs(peer: Peer, failures: number): number {
    const { reconnectMsMin, reconnectMsMax, reconnectCourtesyMs } = this.#limits;
    const longestMs = Math.min(reconnectMsMax, reconnectMsMin * 2 ** failures);
    const courtesyMs = this.#ownPeerId > peer.peerId ? reconnectCourtesyMs : 0;
    return (longestMs * (1 + this.#ports.random())) / 2 + courtesyMs;
  }

  #startTimer(peer: Peer, delayMs: number): void {
    if (!this.#isOpen) return;
    const attempt = this.#attemptOf(peer);
    attempt.timer = this.#ports.clock.setTimer(delayMs, () => {
      attempt.timer = undefined;
      if (attempt.dialling !== undefined || !this.#ports.isWanted(peer)) return;
      const dialling = this.#dial(peer, attempt);
      this.#running.add(dialling);
      void dialling.finally(() => this.#running.delete(dialling));
    });
  }

  /** Never rejects. */
  async #dial(peer: Peer, attempt: Attempt): Promise<void> {
    const dialling = new AbortController();
    attempt.dialling = dialling;
    try {
      const addresses = await findDialAddresses(peer, this.#ports);
      if (this.#isOpen) await this.#ports.dial(addresses, dialling.signal);
    } catch (error) {
      if (this.#isOpen) this.#ports.onError(peer, networkErrorOf(error, 'ERR_DIAL'));
    }
    attempt.dialling = undefined;
    attempt.failures += 1;
    // Whoever ended a connection meanwhile may have planned the next dial already.
    const current = this.#attempts.get(peer.peerId);
    if (current?.dialling === dialling) current.dialling = undefined;
    if (this.#isOpen && this.#ports.isWanted(peer) && current?.timer === undefined) {
      this.schedule(peer);
    }
  }
}
