/**
 * ECDSA on P-256 over a digest that is there already.
 *
 * A node knows the SHA-256 of a photograph and not its bytes, and the platform's own functions hash what they sign.
 * Nonces follow from key and digest (RFC 6979), so that a photograph signed twice has one signature.
 */
import { p256 } from '@noble/curves/nist.js';

import { parseDerSignature } from '../signature.ts';

/** Either of the two values of s is as good; other programs make both. */
const OPTIONS = { prehash: false, lowS: false } as const;

/** Returns the signature, in DER, of a secret scalar of 32 bytes over a digest of 32. */
export function signDigest(secret: Uint8Array, digest: Uint8Array): Uint8Array {
  return p256.sign(digest, secret, { ...OPTIONS, format: 'der' });
}

/** Returns whether a signature in strict DER verifies over a digest, with a key as an uncompressed point. */
export function verifyDigest(
  point: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const raw = parseDerSignature(signature);
  return raw !== undefined && p256.verify(raw, digest, point, OPTIONS);
}
