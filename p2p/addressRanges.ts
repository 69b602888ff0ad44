/** Address ranges: from where a peer may connect, and where this node may dial. */
import ipaddr from 'ipaddr.js';

import { NetworkError } from './errors.ts';

/** Answers whether an IP address, as text, is in range. Text that is no address is not. */
export type AddressRanges = (address: string) => boolean;

/**
 * Returns the ranges of a list of CIDR blocks; every address is in range of an empty list.
 *
 * An IPv4 address that came in over IPv6 (`::ffff:10.0.0.1`) counts as the IPv4 address. Throws ERR_ADDRESS.
 */
export function createAddressRanges(blocks: readonly string[]): AddressRanges {
  const ranges = blocks.map(parseBlock);
  return (text) => {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return (
      ranges.length === 0 ||
      ranges.some(([base, bits]) => address.kind() === base.kind() && address.match(base, bits))
    );
  };
}

function parseBlock(text: string): readonly [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  throw new NetworkError('ERR_ADDRESS', `${text} is no range like 10.0.0.0/8`);
}
