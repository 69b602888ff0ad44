/**
 * What the chain needs of its platform, in a browser: the noble twin of `node.ts`, name by name.
 *
 * Ed25519 verifies without the cofactor, as node:crypto does: R is recomputed and compared as bytes. The
 * library's own strict mode multiplies by the cofactor and so accepts signatures that Node refuses.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384 } from '@noble/curves/nist.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';

import type { EcdsaCurve, EcdsaPublicKey } from './ecdsaKey.ts';
import { isSmallOrder } from './smallOrder.ts';

export type { EcdsaCurve, EcdsaPublicKey } from './ecdsaKey.ts';

const CURVES = { 'P-256': p256, 'P-384': p384 };

/** Returns lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** Returns the bytes of hex that the caller has checked. */
export function fromHex(text: string): Uint8Array {
  return hexToBytes(text);
}

/** Returns padded base64. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Returns the bytes of base64, or undefined or any bytes where it is something else. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Returns the 32 bytes of SHA-256. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}

/** Returns the 32 bytes of HMAC-SHA-256. */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, bytes);
}

/** Returns the 32-byte Ed25519 public key of a 32-byte seed. */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed);
}

/** Returns a function that signs messages with the Ed25519 key of a 32-byte seed (64 bytes each). */
export function createEd25519Signer(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  return (message) => ed25519.sign(message, seed);
}

/**
 * Returns whether a 64-byte Ed25519 signature verifies, without the cofactor (RFC 8032, 5.1.7). A key or an
 * R of small order never does.
 */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const r = signature.subarray(0, 32);
  if (isSmallOrder(publicKey, toHex) || isSmallOrder(r, toHex)) return false;
  const s = integerOf(signature.subarray(32));
  const order = ed25519.Point.Fn.ORDER;
  if (s >= order) return false;
  try {
    const key = ed25519.Point.fromBytes(publicKey, true);
    const k = integerOf(sha512(concatBytes(r, publicKey, message))) % order;
    const expected = ed25519.Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k));
    return toHex(expected.toBytes()) === toHex(r);
  } catch {
    return false; // The 32 bytes are not a point.
  }
}

/** Resolves to what `verifyEd25519` returns. */
export function verifyEd25519OffThread(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return Promise.resolve(verifyEd25519(publicKey, message, signature));
}

/** Returns an ECDSA key from an uncompressed point (65 or 97 bytes), or undefined off the curve. */
export function importEcdsaKey(curve: EcdsaCurve, point: Uint8Array): EcdsaPublicKey | undefined {
  if (point[0] !== 4) return undefined;
  try {
    CURVES[curve].Point.fromBytes(point);
    return { curve, handle: Uint8Array.from(point) };
  } catch {
    return undefined;
  }
}

/** Resolves to whether raw r||s verifies over the curve's hash of `message`. */
export function verifyEcdsa(
  key: EcdsaPublicKey,
  message: Uint8Array,
  rawSignature: Uint8Array,
): Promise<boolean> {
  const options = { prehash: true, lowS: false };
  try {
    const point = key.handle as Uint8Array;
    return Promise.resolve(CURVES[key.curve].verify(rawSignature, message, point, options));
  } catch {
    return Promise.resolve(false); // r or s is out of range.
  }
}

/** Little-endian bytes as an integer. */
function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}
