/**
 * Sources: who says that it is ahead, and who of them is asked next.
 *
 * What a peer says is a hint and nothing more; it is forgotten when the peer goes down or fails to deliver, and
 * costs a liar that repeats it one request in a longer and longer while. Who was slow or has lied is asked only
 * where nobody else says that it could be. That outlives a connection, so that coming back clears nobody.
 */
import type { Clock } from '../clock.ts';
import type { Peers } from '../peers.ts';
import {
  FAILED_RETRY_MS,
  FORGIVE_MS,
  LIED_RETRY_MS_MAX,
  PENALTY_COUNT_MAX,
  RETRY_MS_MIN,
  SLOW_RETRY_MS_MAX,
} from './limits.ts';

/** The world of sources. */
export interface SourcePorts {
  readonly peers: Pick<Peers, 'validators'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** A peer that can be asked. */
export interface Source {
  readonly peerId: string;
  /** The height up to which it says that it holds all blocks. */
  readonly height: number;
  /** How often it was slow or lied, as far as it is not forgiven. */
  readonly level: number;
  /** Unix ms before which it is not asked. */
  readonly askAtMs: number;
}

/** How a peer failed to deliver: it was not there, took too long, or did not have what it said. */
export type Failure = 'down' | 'slow' | 'lied';

interface Penalty {
  readonly level: number;
  readonly askAtMs: number;
}

const NO_PENALTY: Penalty = { level: 0, askAtMs: 0 };

/** Peers that say that they are ahead, and what is held against them. */
export class Sources {
  readonly #ports: SourcePorts;
  readonly #hints = new Map<string, number>();
  /** The longest unrenewed first. */
  readonly #penalties = new Map<string, Penalty>();

  constructor(ports: SourcePorts) {
    this.#ports = ports;
  }

  /** Takes a hint of a validator that is connected. */
  heard(peerId: string, height: number): void {
    const isConnected = this.#ports.peers.validators().some((peer) => peer.peerId === peerId);
    if (!isConnected || height <= (this.#hints.get(peerId) ?? 0)) return;
    this.#hints.set(peerId, height);
  }

  /** Forgets what a peer has said. */
  forget(peerId: string): void {
    this.#hints.delete(peerId);
  }

  /** Forgets what a peer has said, since it has failed to deliver. */
  failed(peerId: string, how: Failure): void {
    this.forget(peerId);
    const { level } = this.#penaltyOf(peerId);
    if (how === 'down') this.#punish(peerId, level, FAILED_RETRY_MS);
    else {
      const maxMs = how === 'slow' ? SLOW_RETRY_MS_MAX : LIED_RETRY_MS_MAX;
      this.#punish(peerId, level + 1, Math.min(RETRY_MS_MIN * 2 ** level, maxMs));
    }
  }

  #punish(peerId: string, level: number, delayMs: number): void {
    this.#penalties.delete(peerId);
    this.#penalties.set(peerId, { level, askAtMs: this.#ports.clock.nowMs() + delayMs });
    const [oldest] = this.#penalties.keys();
    if (this.#penalties.size > PENALTY_COUNT_MAX && oldest !== undefined) {
      this.#penalties.delete(oldest);
    }
  }

  /** Forgives half, since a peer has delivered what it was asked for. */
  delivered(peerId: string): void {
    const { level, askAtMs } = this.#penaltyOf(peerId);
    if (level <= 1) this.#penalties.delete(peerId);
    else this.#penalties.set(peerId, { level: Math.floor(level / 2), askAtMs });
  }

  /** Returns who says that it has the block of this height, the most believable first. */
  holdersOf(height: number): readonly Source[] {
    return [...this.#hints]
      .filter(([, hint]) => hint >= height)
      .map(([peerId, hint]) => ({ peerId, height: hint, ...this.#penaltyOf(peerId) }))
      .sort((a, b) => a.level - b.level);
  }

  #penaltyOf(peerId: string): Penalty {
    const penalty = this.#penalties.get(peerId) ?? NO_PENALTY;
    const nowMs = this.#ports.clock.nowMs();
    const isForgiven = nowMs > penalty.askAtMs + FORGIVE_MS;
    // No pause is so long: the clock was set back, and the peer would wait until it is where it was.
    const isOfAnotherTime = penalty.askAtMs > nowMs + LIED_RETRY_MS_MAX;
    return isForgiven || isOfAnotherTime ? NO_PENALTY : penalty;
  }
}
