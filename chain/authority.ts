/**
 * The authority registry: which manufacturers' keys the chain trusts, and where their authorities answer.
 *
 * Trust is a pinned key, not a name chain: real cameras carry an issuer name that differs from their CA's
 * subject. The registry is chain state, so that every validator judges a certificate alike.
 */
import { bin, bool, list, optional, type Schema, str, tuple } from './codec.ts';
import {
  CA_CERTIFICATE_COUNT_MAX,
  CERTIFICATE_BYTES_MAX,
  ENDPOINT_COUNT_MAX,
  ID_BYTES_MAX,
  NAME_BYTES_MAX,
  URL_BYTES_MAX,
} from './limits.ts';
import { KEY_BYTES } from './signature.ts';

/** One manufacturer of the registry. */
export interface Authority {
  /** The manufacturerID that its certificates carry. Unique in the registry. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** DER of the CA certificates whose keys may sign camera certificates. */
  readonly caCertificates: readonly Uint8Array[];
  /** URL prefixes under which its authority may be asked. */
  readonly endpoints: readonly string[];
  /** Whether a certificate's issuer must equal the CA's subject, byte for byte. */
  readonly strictNames: boolean;
  /** Whether private and loopback addresses may be asked: for development. */
  readonly allowPrivate: boolean;
  /** Ed25519 key that signs verdicts; undefined: verdicts are the aggregator's word. */
  readonly verdictKey: Uint8Array | undefined;
  /** Whether the authority is asked about a commitment in place of the image hash. */
  readonly blind: boolean;
  /** URL that judges the legacy form; undefined: this authority judges none. */
  readonly legacyEndpoint: string | undefined;
  /** URLs of revocation lists. */
  readonly revocation: readonly string[];
}

/** Canonical form of a registry entry. */
export const authoritySchema: Schema<Authority> = tuple<Authority>({
  id: str(ID_BYTES_MAX),
  name: str(NAME_BYTES_MAX),
  caCertificates: list(bin(CERTIFICATE_BYTES_MAX, 1), CA_CERTIFICATE_COUNT_MAX, 1),
  endpoints: list(str(URL_BYTES_MAX), ENDPOINT_COUNT_MAX, 1),
  strictNames: bool(),
  allowPrivate: bool(),
  verdictKey: optional(bin(KEY_BYTES)),
  blind: bool(),
  legacyEndpoint: optional(str(URL_BYTES_MAX)),
  revocation: list(str(URL_BYTES_MAX), ENDPOINT_COUNT_MAX),
});

/**
 * Returns whether `url` lies under one of the authority's endpoint prefixes.
 *
 * Both are compared as parsed URLs: scheme, host and port equal, the path by whole segments. A URL that
 * `parseEndpoint` refuses lies under none.
 */
export function isUnderEndpoint(authority: Authority, url: string): boolean {
  const target = parseEndpoint(url);
  if (target === undefined) return false;
  return authority.endpoints.some((prefix) => {
    const pinned = parseEndpoint(prefix);
    return pinned?.origin === target.origin && isPathUnder(pinned, target);
  });
}

/** Scheme, host with port, path: printable ASCII without credentials, escapes, query or fragment. */
const ENDPOINT = /^https?:\/\/[^/@]+(?<path>\/.*)?$/i;
const OUTSIDE_ENDPOINT = /[^\x21-\x7e]|[%?#\\]/;

/**
 * Returns the parsed URL if it may be an endpoint, or undefined.
 *
 * What a parser would rewrite is refused: dot segments and escapes could mean another place to another
 * program, and other letters than ASCII another host to another version of this one.
 */
export function parseEndpoint(url: string): URL | undefined {
  if (!ENDPOINT.test(url) || OUTSIDE_ENDPOINT.test(url) || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  const path = ENDPOINT.exec(url)?.groups?.['path'] ?? '/';
  return path === parsed.pathname && !path.includes('//') ? parsed : undefined;
}

function isPathUnder(prefix: URL, target: URL): boolean {
  const base = prefix.pathname.replace(/\/$/, '');
  return target.pathname === base || target.pathname.startsWith(`${base}/`);
}
