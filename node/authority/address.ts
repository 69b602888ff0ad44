/**
 * Which network addresses this node may ask.
 *
 * Only what the Internet routes to everyone: a certificate or a name must not make the node speak to its
 * own network, its host or its cloud's metadata service. What is allowed is listed, not what is refused.
 *
 * Source: the IANA special-purpose address registries, as ipaddr.js names their ranges.
 */
import ipaddr from 'ipaddr.js';

/** An address that a name stands for; `family` is 4 or 6. */
export interface Address {
  readonly address: string;
  readonly family: number;
}

/** Metadata services at addresses that look public: Azure's. The others lie in special ranges. */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16']);

/** 2000::/3, all of IPv6 that is global unicast (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Returns whether the whole Internet reaches this address. False for text that is no address. */
export function isPublicAddress(text: string): boolean {
  // Strict forms only: other parsers read "010.0.0.1" or "127.1" differently from ours.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return ipaddr.IPv4.parse(text).range() === 'unicast' && !METADATA_ADDRESSES.has(text);
  }
  if (!ipaddr.IPv6.isValid(text) || text.includes('%')) return false;
  const address = ipaddr.IPv6.parse(text);
  return address.range() === 'unicast' && address.match(GLOBAL_UNICAST);
}
