/**
 * Admission: who may connect, decided as early as each fact is known.
 *
 * An address is judged before the first byte, a peer id as soon as the noise handshake proves it and before
 * any stream is opened. Both hold for both directions. What is refused here costs at most one handshake.
 */
import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface';

import type { AddressRanges } from './addressRanges.ts';
import type { NetworkLimits } from './limits.ts';
import type { NetworkLog } from './ports.ts';

/** What admission rests on. */
export interface AdmissionFacts {
  readonly ranges: AddressRanges;
  readonly limits: NetworkLimits;
  readonly log: NetworkLog;
  /** Returns whether a peer is in the list and not banned. */
  isAdmitted(peerId: string): boolean;
  /** Returns how many connections there are to a peer. */
  connectionCount(peer: PeerId): number;
}

/** Inbound connections that were turned away since the start. */
export interface Refusals {
  /** The address is out of range. */
  addresses: number;
  /** Too many from one address have proved no peer id yet. */
  pending: number;
  /** The peer id is not in the list, or is banned, or has connections enough. */
  peers: number;
}

/** The gate, for libp2p, and what it turned away. */
export interface Admission {
  readonly gater: ConnectionGater;
  readonly refusals: Readonly<Refusals>;
}

/** Returns the gate of a network. */
export function createAdmission(facts: AdmissionFacts): Admission {
  const { limits, log } = facts;
  const refusals: Refusals = { addresses: 0, pending: 0, peers: 0 };
  const pending = new PendingAddresses(limits.pendingPerAddressCountMax);
  const denyPeer = (peer: PeerId): boolean => {
    if (
      facts.isAdmitted(peer.toString()) &&
      facts.connectionCount(peer) < limits.connectionsPerPeerCountMax
    ) {
      return false;
    }
    log.debug({ peer: peer.toString() }, 'peer id not admitted');
    return true;
  };
  const gater: ConnectionGater = {
    denyDialPeer: (peer) => !facts.isAdmitted(peer.toString()),
    denyDialMultiaddr: (address) => !facts.ranges(hostOf(address)),
    denyInboundConnection(connection) {
      const host = hostOf(connection.remoteAddr);
      if (!facts.ranges(host)) {
        refusals.addresses += 1;
        log.debug({ host }, 'address not admitted');
        return true;
      }
      if (pending.enter(host, connection)) return false;
      refusals.pending += 1;
      return true;
    },
    denyInboundEncryptedConnection(peer, connection) {
      pending.leave(connection);
      const isDenied = denyPeer(peer);
      if (isDenied) refusals.peers += 1;
      return isDenied;
    },
    denyOutboundEncryptedConnection: denyPeer,
  };
  return { gater, refusals };
}

/** Counts, for each address, inbound connections that have not proved a peer id. */
class PendingAddresses {
  readonly #countMax: number;
  readonly #counts = new Map<string, number>();
  readonly #hosts = new Map<MultiaddrConnection, string>();

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  enter(host: string, connection: MultiaddrConnection): boolean {
    const count = this.#counts.get(host) ?? 0;
    if (count >= this.#countMax) return false;
    this.#counts.set(host, count + 1);
    this.#hosts.set(connection, host);
    connection.addEventListener('close', () => {
      this.leave(connection);
    });
    return true;
  }

  leave(connection: MultiaddrConnection): void {
    const host = this.#hosts.get(connection);
    if (host === undefined) return;
    this.#hosts.delete(connection);
    const count = (this.#counts.get(host) ?? 0) - 1;
    if (count > 0) this.#counts.set(host, count);
    else this.#counts.delete(host);
  }
}

function hostOf(address: MultiaddrConnection['remoteAddr']): string {
  return address.getComponents()[0]?.value ?? '';
}
