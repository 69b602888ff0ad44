/**
 * Announcements: which batches this node holds, told to all; and those of others, fetched where they do not
 * come by themselves. So a batch that was sent to one honest validator reaches all.
 */
import { LRUCache } from 'lru-cache';

import { formatHex, parseHex } from '../../chain/bytes.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Peers } from '../peers.ts';
import { ANNOUNCED_COUNT_MAX, encodeBatchFrame } from '../wire/batches.ts';
import { BATCH_COUNT_MAX } from '../wire/requests.ts';
import { REMEMBERED_COUNT_MAX, WANTED_DELAY_MS, WANTED_PER_PEER_COUNT_MAX } from './limits.ts';

/** The world of announcements. */
export interface AnnouncementPorts {
  readonly peers: Peers;
  readonly clock: Clock;
  /** Returns whether a batch is here, on its way in, or known to be of no use. */
  isKnown(id: Uint8Array): boolean;
  /** Asks a peer for batches; resolves when what it brought is judged. */
  fetch(peerId: string, ids: readonly Uint8Array[]): Promise<void>;
  onFault(error: unknown): void;
}

/** Tells of batches, and hears of them. */
export class Announcements {
  readonly #ports: AnnouncementPorts;
  readonly #gone = new LRUCache<string, true>({ max: REMEMBERED_COUNT_MAX });
  /** What each peer has announced and is not here, in the order in which it did; who was asked last stands last. */
  readonly #wanted = new Map<string, Set<string>>();
  /** Peers that owe an answer. */
  readonly #fetching = new Set<string>();
  /** What they were asked for: nobody else is meanwhile. */
  readonly #asked = new Set<string>();
  #fresh: Uint8Array[] = [];
  #telling: Timer | undefined;
  #looking: Timer | undefined;
  #stopped = false;

  constructor(ports: AnnouncementPorts) {
    this.#ports = ports;
  }

  /** Tells all peers of a batch, together with the others of this moment. */
  announce(id: Uint8Array): void {
    this.#fresh.push(id);
    this.#telling ??= this.#ports.clock.setTimer(0, () => {
      this.#telling = undefined;
      const ids = this.#fresh;
      this.#fresh = [];
      for (const frame of framesOf(ids)) this.#ports.peers.broadcast('batches', frame);
    });
  }

  /** Tells one peer of batches. */
  announceTo(peerId: string, ids: readonly Uint8Array[]): void {
    for (const frame of framesOf(ids)) this.#ports.peers.send(peerId, 'batches', frame);
  }

  /** Takes word of batches that a peer holds. */
  hear(peerId: string, ids: readonly Uint8Array[]): void {
    const wanted = this.#wanted.get(peerId) ?? new Set();
    this.#wanted.set(peerId, wanted);
    for (const id of ids) {
      if (wanted.size >= WANTED_PER_PEER_COUNT_MAX) break;
      if (!this.#isKnown(id)) wanted.add(formatHex(id));
    }
    this.#arm();
  }

  /** Forgets what a peer has announced. */
  forget(peerId: string): void {
    this.#wanted.delete(peerId);
  }

  /** Remembers that a batch is over, so that nobody is asked for it. */
  markGone(id: Uint8Array): void {
    this.#gone.set(formatHex(id), true);
  }

  /** Asks for nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#telling?.cancel();
    this.#looking?.cancel();
  }

  #isKnown(id: Uint8Array): boolean {
    return this.#gone.has(formatHex(id)) || this.#ports.isKnown(id);
  }

  /** Its aggregator sends it to all: only what has not come after a while is asked for. */
  #arm(): void {
    if (this.#stopped || [...this.#wanted.values()].every(({ size }) => size === 0)) return;
    this.#looking ??= this.#ports.clock.setTimer(WANTED_DELAY_MS, () => {
      this.#looking = undefined;
      for (const peerId of [...this.#wanted.keys()]) void this.#look(peerId);
      this.#arm();
    });
  }

  async #look(peerId: string): Promise<void> {
    if (this.#fetching.has(peerId)) return;
    const ids = this.#takeWanted(peerId);
    if (ids.length === 0) return;
    this.#moveLast(peerId);
    this.#fetching.add(peerId);
    try {
      await this.#ports.fetch(peerId, ids);
    } catch (error) {
      this.#ports.onFault(error);
    }
    for (const id of ids) this.#asked.delete(formatHex(id));
    this.#fetching.delete(peerId);
  }

  /** So that one which announces again what it never brings is not asked before all others once more. */
  #moveLast(peerId: string): void {
    const wanted = this.#wanted.get(peerId);
    if (wanted === undefined) return;
    this.#wanted.delete(peerId);
    this.#wanted.set(peerId, wanted);
  }

  /** What a peer is asked for now: each batch once, whatever it brings. */
  #takeWanted(peerId: string): readonly Uint8Array[] {
    const wanted = this.#wanted.get(peerId) ?? new Set();
    const taken: Uint8Array[] = [];
    for (const key of wanted) {
      if (taken.length === BATCH_COUNT_MAX) break;
      if (this.#asked.has(key)) continue;
      wanted.delete(key);
      const id = parseHex(key);
      if (this.#isKnown(id)) continue;
      this.#asked.add(key);
      taken.push(id);
    }
    return taken;
  }
}

function* framesOf(ids: readonly Uint8Array[]): Generator<Uint8Array> {
  for (let start = 0; start < ids.length; start += ANNOUNCED_COUNT_MAX) {
    const part = ids.slice(start, start + ANNOUNCED_COUNT_MAX);
    yield encodeBatchFrame({ type: 'announcement', ids: part });
  }
}
