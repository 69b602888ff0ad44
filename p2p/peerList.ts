/** The list of peers: validators of the chain, and the observers that this institution lets read. */
import type { ValidatorSet } from '../chain/validatorSet.ts';
import { parseTcpAddress } from './dialAddress.ts';
import { NetworkError } from './errors.ts';

/** A validator, as the network needs it. */
export interface ValidatorPeer {
  readonly name: string;
  readonly peerId: string;
  /** Multiaddrs in the order in which they are tried. */
  readonly addresses: readonly string[];
}

/** Who may connect. */
export interface PeerList {
  /** In voting order. */
  readonly validators: readonly ValidatorPeer[];
  /** Peer ids of observers. */
  readonly observers: readonly string[];
}

const OVERRIDE = /^([a-z0-9_-]{1,64})=(\/.*)$/;

/**
 * Returns the validators of a set.
 *
 * @param overrides - `name=multiaddr`, as in P2P_PEERS: the addresses of a name stand in for all that the set
 * has. Throws ERR_ADDRESS on one that is not of this form, or of no validator.
 */
export function validatorPeersOf(
  set: ValidatorSet,
  overrides: readonly string[] = [],
): readonly ValidatorPeer[] {
  const addressesByName = new Map<string, string[]>();
  for (const override of overrides) {
    const [, name = '', address = ''] = OVERRIDE.exec(override) ?? [];
    if (!set.some((validator) => validator.name === name)) {
      throw new NetworkError('ERR_ADDRESS', `${override} is not name=multiaddr of a validator`);
    }
    parseTcpAddress(address);
    addressesByName.set(name, [...(addressesByName.get(name) ?? []), address]);
  }
  return set.map(({ name, peerId, addresses }) => ({
    name,
    peerId,
    addresses: addressesByName.get(name) ?? addresses,
  }));
}
