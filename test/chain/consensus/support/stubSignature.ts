/**
 * Signatures that cost nothing: a hash over the key and what is signed, so that many schedules run in a
 * second. Whoever has the key can make them, and in a test everybody has.
 */
import { sha256 } from '#crypto';

import { concatBytes, equalBytes, formatUtf8 } from '../../../../chain/bytes.ts';
import type { Verifier } from '../../../../chain/consensus/statement.ts';
import type { Domain } from '../../../../chain/hash.ts';
import type { Signer } from '../../../../chain/signature.ts';

function stubSignature(publicKey: Uint8Array, domain: Domain, bytes: Uint8Array): Uint8Array {
  const half = sha256(concatBytes(publicKey, formatUtf8(domain), bytes));
  return concatBytes(half, half);
}

/** Returns the signer of a key. */
export function stubSigner(publicKey: Uint8Array): Signer {
  return (domain, bytes) => stubSignature(publicKey, domain, bytes);
}

/** Verifies what a stub signer has signed. */
export const stubVerify: Verifier = ({ publicKey, domain, bytes, signature }) =>
  equalBytes(stubSignature(publicKey, domain, bytes), signature);
