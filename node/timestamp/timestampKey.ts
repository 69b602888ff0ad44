/** What a time-stamping authority signs with. */
import type { KeyObject } from 'node:crypto';

import { DER_NULL, encodeObjectIdentifier, encodeSequence } from './der.ts';
import { OID } from './oid.ts';

/** How a key signs: its hash, and the names of hash and signature as CMS writes them. */
export interface SignatureScheme {
  readonly hash: 'sha256' | 'sha384';
  /** DER of the AlgorithmIdentifiers. */
  readonly digestAlgorithm: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
}

/** A key with the certificate by which others know it. */
export interface TimestampKey {
  readonly privateKey: KeyObject;
  readonly scheme: SignatureScheme;
  /** DER: its own first, then each one's issuer. */
  readonly certificates: readonly [Uint8Array, ...Uint8Array[]];
  /** DER of the issuer's name, and content of the INTEGER: how a token names its own certificate. */
  readonly issuer: Uint8Array;
  readonly serialNumber: Uint8Array;
  /** When its own certificate is valid, Unix milliseconds, inclusive. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Under which its tokens are made, as dotted decimals. */
  readonly policy: string;
}

/** A kind of key that may sign tokens. */
export type KeyKind = 'P-256' | 'P-384' | 'RSA';

/** Returns how a kind of key signs. RFC 5754: parameters are absent, but for RSA, where they are NULL. */
export function schemeOf(kind: KeyKind): SignatureScheme {
  const hash = kind === 'P-384' ? 'sha384' : 'sha256';
  const digestAlgorithm = encodeSequence(encodeObjectIdentifier(OID[hash]));
  return { hash, digestAlgorithm, signatureAlgorithm: signatureAlgorithmOf(kind) };
}

function signatureAlgorithmOf(kind: KeyKind): Uint8Array {
  switch (kind) {
    case 'P-256':
      return encodeSequence(encodeObjectIdentifier(OID.ecdsaWithSha256));
    case 'P-384':
      return encodeSequence(encodeObjectIdentifier(OID.ecdsaWithSha384));
    case 'RSA':
      // PKCS #1 v1.5, by the name that every reader of CMS must know (RFC 3370, section 3.2).
      return encodeSequence(encodeObjectIdentifier(OID.rsaEncryption), DER_NULL);
  }
}
