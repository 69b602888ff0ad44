/**
 * The hash of a sensor's non-uniformity correction (NUC), encrypted as real cameras carry it.
 *
 * | where             | bytes                                      | AES-256-GCM key                           |
 * | ----------------- | ------------------------------------------ | ----------------------------------------- |
 * | certificate       | ciphertext (32), tag (16), nonce (12)      | the table's 32-byte master key            |
 * | legacy token      | ciphertext (32), nonce (12), tag (16)      | HKDF-SHA256(master, no salt, key index as |
 * |                   |                                            | 4 bytes big-endian and "Birthmark")       |
 *
 * Neither has additional authenticated data. The orders differ; measured on the reference cameras.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

import { concatBytes, formatUtf8 } from '../../chain/bytes.ts';
import { NUC_BYTES } from '../../chain/certificate/extensions.ts';

/** Size of a NUC hash. */
export const NUC_HASH_BYTES = 32;
/** Size of a nonce. It must never come twice under one key: draw it at random. */
export const NONCE_BYTES = 12;

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const LEGACY_INFO = formatUtf8('Birthmark');

interface Sealed {
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
  readonly nonce: Uint8Array;
}

/** A NUC hash and a fresh nonce. */
export interface Plaintext {
  readonly nucHash: Uint8Array;
  readonly nonce: Uint8Array;
}

/** A key of the legacy form: a table's master key, and the index from which the key is derived. */
export interface LegacyKey {
  readonly masterKey: Uint8Array;
  readonly keyIndex: number;
}

/** Returns the 60 bytes that a certificate carries. */
export function encryptNuc(masterKey: Uint8Array, plaintext: Plaintext): Uint8Array {
  const { ciphertext, tag, nonce } = seal(masterKey, plaintext);
  return concatBytes(ciphertext, tag, nonce);
}

/** Returns the NUC hash of a certificate's 60 bytes, or undefined if they were not made with this key. */
export function decryptNuc(masterKey: Uint8Array, encrypted: Uint8Array): Uint8Array | undefined {
  if (encrypted.length !== NUC_BYTES) return undefined;
  const nonceStart = NUC_HASH_BYTES + TAG_BYTES;
  return unseal(masterKey, {
    ciphertext: encrypted.subarray(0, NUC_HASH_BYTES),
    tag: encrypted.subarray(NUC_HASH_BYTES, nonceStart),
    nonce: encrypted.subarray(nonceStart),
  });
}

/** Returns the 60 bytes of a legacy token. */
export function encryptLegacyToken(key: LegacyKey, plaintext: Plaintext): Uint8Array {
  const { ciphertext, tag, nonce } = seal(deriveLegacyKey(key), plaintext);
  return concatBytes(ciphertext, nonce, tag);
}

/** Returns the NUC hash of a legacy token, or undefined if it was not made with this key. */
export function decryptLegacyToken(key: LegacyKey, token: Uint8Array): Uint8Array | undefined {
  if (token.length !== NUC_BYTES) return undefined;
  const tagStart = NUC_HASH_BYTES + NONCE_BYTES;
  return unseal(deriveLegacyKey(key), {
    ciphertext: token.subarray(0, NUC_HASH_BYTES),
    nonce: token.subarray(NUC_HASH_BYTES, tagStart),
    tag: token.subarray(tagStart),
  });
}

/** Returns the 32-byte key of a legacy token. */
export function deriveLegacyKey({ masterKey, keyIndex }: LegacyKey): Uint8Array {
  const index = new Uint8Array(4);
  new DataView(index.buffer).setUint32(0, keyIndex);
  const info = concatBytes(index, LEGACY_INFO);
  return new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(), info, KEY_BYTES));
}

function seal(key: Uint8Array, { nucHash, nonce }: Plaintext): Sealed {
  const cipher = createCipheriv(CIPHER, key, nonce);
  const ciphertext = concatBytes(cipher.update(nucHash), cipher.final());
  return { ciphertext, tag: cipher.getAuthTag(), nonce };
}

function unseal(key: Uint8Array, { ciphertext, tag, nonce }: Sealed): Uint8Array | undefined {
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  try {
    return concatBytes(plaintext, decipher.final());
  } catch {
    return undefined; // The tag does not match.
  }
}
