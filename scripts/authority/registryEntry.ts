/**
 * The authority file: what a chain's authority registry says about this authority.
 *
 * An institution hands this file to whoever writes the genesis. It holds nothing secret.
 */
import type { Manufacturer } from './ca.ts';
import type { Keys } from './keyFolder.ts';

/** An entry of a chain's authority registry, as JSON. */
export interface RegistryEntry {
  readonly id: string;
  readonly name: string;
  /** PEM. */
  readonly ca_certificates: readonly string[];
  /** URL prefixes. */
  readonly endpoints: readonly string[];
  readonly strict_names: boolean;
  readonly allow_private: boolean;
  /** PEM of an Ed25519 key. */
  readonly verdict_key: string;
  readonly blind: boolean;
  readonly legacy_endpoint: string | null;
  readonly revocation: readonly string[];
}

/** What an operator decides about the entry. */
export interface EntryOptions extends Manufacturer {
  /** With a slash at its end. */
  readonly publicUrl: string;
  readonly allowPrivate: boolean;
  readonly legacy: boolean;
}

/** Path of the question about a certificate, below the public URL. */
export const CERTIFICATE_PATH = 'validate-cert';
/** Path of the question about a legacy token, below the public URL. */
export const TOKEN_PATH = 'validate';

/** Returns the entry of an authority with these keys. */
export function createRegistryEntry(
  { id, name, publicUrl, allowPrivate, legacy }: EntryOptions,
  { ca, verdictKeyPem }: Pick<Keys, 'ca' | 'verdictKeyPem'>,
): RegistryEntry {
  return {
    id,
    name,
    ca_certificates: [ca.certificatePem],
    endpoints: [publicUrl],
    strict_names: false,
    allow_private: allowPrivate,
    verdict_key: verdictKeyPem,
    blind: false,
    legacy_endpoint: legacy ? `${publicUrl}${TOKEN_PATH}` : null,
    revocation: [],
  };
}
