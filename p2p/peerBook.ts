/** The peers of this node, by index and by peer id; who is not in it does not exist for the network. */
import type { Role } from './channel.ts';
import { Peer } from './peer.ts';
import type { PeerList } from './peerList.ts';
import type { PeerName } from './ports.ts';

/** A peer as callers name it: validator index, or peer id. */
export type PeerKey = number | string;

/** Who was dropped from a list, and who stands there in another role. */
export interface ListChange {
  readonly removed: readonly Peer[];
  readonly changed: readonly Peer[];
}

/** The list, with what is remembered of each. */
export class PeerBook {
  readonly #ownPeerId: string;
  #byPeerId: ReadonlyMap<string, Peer> = new Map();
  #validatorIds: readonly string[] = [];

  constructor(ownPeerId: string, list: PeerList) {
    this.#ownPeerId = ownPeerId;
    this.replace(list);
  }

  /** A validator if the list says so, else an observer. */
  get ownRole(): Role {
    return this.#validatorIds.includes(this.#ownPeerId) ? 'validator' : 'observer';
  }

  /** All peers, without this node itself. */
  get peers(): readonly Peer[] {
    return [...this.#byPeerId.values()];
  }

  /** Returns a peer; undefined if it is not in the list, or is this node. */
  find(key: PeerKey): Peer | undefined {
    const peerId = typeof key === 'number' ? this.#validatorIds[key] : key;
    return peerId === undefined ? undefined : this.#byPeerId.get(peerId);
  }

  /** Takes another list. What is remembered of a peer that stays is kept. */
  replace(list: PeerList): ListChange {
    const before = this.#byPeerId;
    const roleBefore = this.ownRole;
    this.#validatorIds = list.validators.map(({ peerId }) => peerId);
    const next = new Map<string, Peer>();
    const changed: Peer[] = [];
    const add = (name: PeerName, addresses: readonly string[]): void => {
      if (name.peerId === this.#ownPeerId || next.has(name.peerId)) return;
      const known = before.get(name.peerId);
      if (known !== undefined && (known.role !== name.role || roleBefore !== this.ownRole)) {
        changed.push(known);
      }
      const peer = known ?? new Peer(name, addresses);
      peer.name = name;
      peer.addresses = addresses;
      next.set(name.peerId, peer);
    };
    list.validators.forEach(({ name, peerId, addresses }, index) => {
      add({ peerId, role: 'validator', index, name }, addresses);
    });
    for (const peerId of list.observers) {
      add({ peerId, role: 'observer', index: undefined, name: undefined }, []);
    }
    this.#byPeerId = next;
    return { removed: [...before.values()].filter(({ peerId }) => !next.has(peerId)), changed };
  }
}
