/**
 * Addresses to dial: what genesis or settings say, as addresses with an IP and the peer id that must answer.
 *
 * Names are resolved here, before the dial, so that the ranges are held against the address that is really
 * dialled. Private addresses and any port are admitted: institutions have networks of their own.
 */
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';

import type { AddressRanges } from './addressRanges.ts';
import { NetworkError, textOf } from './errors.ts';

/** What is needed to find the addresses of one peer. */
export interface DialTarget {
  readonly peerId: string;
  /** Multiaddrs like `/ip4/10.0.0.1/tcp/26656` or `/dns4/node.example.org/tcp/26656`. */
  readonly addresses: readonly string[];
}

/** How addresses are found and judged. */
export interface DialRules {
  readonly ranges: AddressRanges;
  readonly lookup: (host: string) => Promise<readonly string[]>;
}

const NAMES: readonly string[] = ['dns', 'dns4', 'dns6'];
const TCP_FORM = /^(?:ip4|ip6|dns|dns4|dns6)\/tcp(?:\/p2p)?$/;

/** Returns the parts of a multiaddr of TCP over an IP or a name. Throws ERR_ADDRESS. */
export function parseTcpAddress(text: string): {
  readonly kind: string;
  readonly host: string;
  readonly port: string;
  readonly peerId: string | undefined;
} {
  const [host, tcp, peer] = componentsOf(text);
  const form = componentsOf(text).map(({ name }) => name);
  if (host === undefined || tcp === undefined || !TCP_FORM.test(form.join('/'))) {
    throw new NetworkError('ERR_ADDRESS', `${text} is no address like /ip4/10.0.0.1/tcp/26656`);
  }
  return { kind: host.name, host: host.value ?? '', port: tcp.value ?? '', peerId: peer?.value };
}

/**
 * Returns the addresses to dial, in the order given.
 *
 * Throws ERR_ADDRESS that says why if there is none: not an address, of another peer, out of range, or a name
 * that does not resolve.
 */
export async function findDialAddresses(
  { peerId, addresses }: DialTarget,
  rules: DialRules,
): Promise<Multiaddr[]> {
  const found: Multiaddr[] = [];
  const problems: string[] = [];
  for (const address of addresses) {
    try {
      for (const text of await resolveAddress(address, peerId, rules)) found.push(multiaddr(text));
    } catch (error) {
      problems.push(textOf(error));
    }
  }
  if (found.length > 0) return found;
  throw new NetworkError(
    'ERR_ADDRESS',
    problems.length === 0 ? 'no address is known' : problems.join('; '),
  );
}

async function resolveAddress(
  text: string,
  peerId: string,
  { ranges, lookup }: DialRules,
): Promise<readonly string[]> {
  const address = parseTcpAddress(text);
  if (address.peerId !== undefined && address.peerId !== peerId) {
    throw new NetworkError('ERR_ADDRESS', `${text} is the address of another peer`);
  }
  const hosts = NAMES.includes(address.kind) ? await lookup(address.host) : [address.host];
  const wanted = hosts.filter((host) => isOfKind(host, address.kind) && ranges(host));
  if (wanted.length === 0) {
    throw new NetworkError('ERR_ADDRESS', `${text} gives no address within the allowed ranges`);
  }
  return wanted.map(
    (host) => `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${address.port}/p2p/${peerId}`,
  );
}

function isOfKind(host: string, kind: string): boolean {
  if (kind === 'dns') return true;
  return host.includes(':') === kind.endsWith('6');
}

function componentsOf(text: string): ReturnType<Multiaddr['getComponents']> {
  try {
    return multiaddr(text).getComponents();
  } catch (cause) {
    throw new NetworkError('ERR_ADDRESS', `${text} is not a multiaddr`, { cause });
  }
}
