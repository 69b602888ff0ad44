/**
 * Known signatures: what has verified once is not verified again.
 *
 * Votes come back: repeated by R15, in the certificates of VIEW-CHANGEs, in NEW-VIEWs. A peer that sends them over
 * and over costs a hash each, not a verification. Nothing is remembered of what does not verify, so that nobody can
 * make this node forget by lying.
 */
import { LRUCache } from 'lru-cache';

import { concatBytes, formatHex } from '../../chain/bytes.ts';
import type { Verifier } from '../../chain/consensus/statement.ts';
import { hashDomain } from '../../chain/hash.ts';
import { KEY_BYTES, type SignedBytes, SIGNATURE_BYTES } from '../../chain/signature.ts';

/** What a hundred validators sign in a dozen views. */
const KNOWN_COUNT_MAX = 4_096;

/** Returns a verifier that asks the given one only for what it has not said to verify. */
export function rememberSignatures(verify: Verifier): Verifier {
  const known = new LRUCache<string, true>({ max: KNOWN_COUNT_MAX });
  return (signed) => {
    const key = keyOf(signed);
    if (key === undefined) return verify(signed);
    if (known.get(key) === true) return true;
    if (!verify(signed)) return false;
    known.set(key, true);
    return true;
  };
}

/** Names all that a verification rests on; undefined for parts of other lengths, which could run together. */
function keyOf({ domain, bytes, publicKey, signature }: SignedBytes): string | undefined {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return undefined;
  return formatHex(concatBytes(hashDomain(domain, bytes), publicKey, signature));
}
