/**
 * Who asks: the address of the connection, or the one that a trusted proxy names.
 *
 * `X-Forwarded-For` is read from the right, past trusted proxies only: what stands further left was written
 * by whoever asked, and could be anything.
 */
import type { IncomingMessage } from 'node:http';

import ipaddr from 'ipaddr.js';

const MAPPED = '::ffff:';
const UNKNOWN = 'unknown';

/** Returns the address of who made a request. */
export type ClientAddress = (request: IncomingMessage) => string;

/**
 * Returns the reader of addresses.
 *
 * @param trusted - proxies, as addresses or CIDR blocks. Throws a RangeError on anything else.
 */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  if (trusted.length === 0) return connectionAddress;
  const blocks = trusted.map(parseBlock);
  const isTrusted = (address: string): boolean => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return blocks.some(([base, bits]) => parsed.kind() === base.kind() && parsed.match(base, bits));
  };
  return (request) => {
    let address = connectionAddress(request);
    const forwarded = request.headers['x-forwarded-for'];
    const named = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '')).split(',');
    while (isTrusted(address)) {
      const before = named.pop()?.trim() ?? '';
      if (!ipaddr.isValid(before)) return address;
      address = ipaddr.process(before).toString();
    }
    return address;
  };
}

function connectionAddress({ socket }: IncomingMessage): string {
  const address = socket.remoteAddress ?? UNKNOWN;
  return address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
}

function parseBlock(text: string): readonly [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (ipaddr.isValid(text)) {
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  throw new RangeError(`trusted proxy ${text} is neither an address nor a CIDR block`);
}
