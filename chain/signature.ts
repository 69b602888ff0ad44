/**
 * Signature rules that hold on every platform.
 *
 * Ed25519: one rule for all, cofactorless verification (RFC 8032, section 5.1.7, as node:crypto does it).
 * For that rule to mean the same everywhere, a public key is admitted only if it is canonical and free of
 * torsion, once, when a genesis or a registry names it.
 *
 * ECDSA: a camera sends strict DER or 64 raw bytes; both become raw r||s here, so that no library's
 * leniency decides what is accepted. The verdicts agree with Wycheproof's.
 */
import { createEd25519Signer, verifyEd25519, verifyEd25519OffThread } from '#crypto';
import { ed25519 } from '@noble/curves/ed25519.js';

import { ChainError } from './errors.ts';
import { type Domain, hashDomain } from './hash.ts';

/** Size of an Ed25519 public key, seed and half signature. */
export const KEY_BYTES = 32;
/** Size of an Ed25519 signature, and of a raw P-256 one. */
export const SIGNATURE_BYTES = 64;

const P256_COORDINATE_BYTES = 32;

/** Signs the hash of canonical bytes under a domain; 64 bytes. */
export type Signer = (domain: Domain, bytes: Uint8Array) => Uint8Array;

/** Returns a signer for a 32-byte Ed25519 seed. */
export function createSigner(seed: Uint8Array): Signer {
  const sign = createEd25519Signer(seed);
  return (domain, bytes) => sign(hashDomain(domain, bytes));
}

/** A signature over canonical bytes under a domain, and who is said to have made it. */
export interface SignedBytes {
  readonly publicKey: Uint8Array;
  readonly domain: Domain;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** Returns whether the Ed25519 signature over the domain's hash verifies. */
export function verifySigned(signed: SignedBytes): boolean {
  const message = hashDomain(signed.domain, signed.bytes);
  return verifyEd25519(signed.publicKey, message, signed.signature);
}

/** Resolves to what `verifySigned` returns, off the main thread. */
export function verifySignedOffThread(signed: SignedBytes): Promise<boolean> {
  const message = hashDomain(signed.domain, signed.bytes);
  return verifyEd25519OffThread(signed.publicKey, message, signed.signature);
}

/** Returns whether 32 bytes are a canonical Ed25519 point of the prime-order subgroup. */
export function isAdmissibleEd25519Key(publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES) return false;
  try {
    const point = ed25519.Point.fromBytes(publicKey, false);
    return !point.is0() && point.isTorsionFree();
  } catch {
    return false;
  }
}

/**
 * Returns a P-256 signature as 64 bytes r||s.
 *
 * DER is tried first: 64 raw bytes that are strict DER too would need a fixed prefix of five bytes, a
 * chance of about 2^-40. Throws ERR_SIGNATURE_ENCODING on anything but these two forms.
 */
export function parseP256Signature(signature: Uint8Array): Uint8Array {
  const raw = parseDerSignature(signature);
  if (raw !== undefined) return raw;
  if (signature.length !== SIGNATURE_BYTES) {
    throw new ChainError(
      'ERR_SIGNATURE_ENCODING',
      `a signature of ${signature.length} bytes is neither strict DER nor 64 raw bytes`,
    );
  }
  return signature;
}

/**
 * Returns raw r||s of a strict DER `SEQUENCE { r INTEGER, s INTEGER }`, or undefined.
 *
 * Strict: lengths in their one-byte form, integers minimal, not negative and at most as long as a
 * coordinate of the curve (32 bytes on P-256, 48 on P-384), nothing behind.
 * Source: SEC 1, section C.5; X.690, sections 8.3 and 10.1.
 */
export function parseDerSignature(
  der: Uint8Array,
  coordinateBytes = P256_COORDINATE_BYTES,
): Uint8Array | undefined {
  // One length byte holds all: two integers of 2 + 1 + 48 bytes at most.
  if (der.length > 0x7f + 2 || der[0] !== 0x30 || der[1] !== der.length - 2) return undefined;
  const r = parseDerInteger(der, 2);
  if (r === undefined) return undefined;
  const s = parseDerInteger(der, r.end);
  if (s?.end !== der.length) return undefined;
  const sizeMax = Math.max(r.magnitude.length, s.magnitude.length);
  if (sizeMax > coordinateBytes) return undefined;
  const raw = new Uint8Array(2 * coordinateBytes);
  raw.set(r.magnitude, coordinateBytes - r.magnitude.length);
  raw.set(s.magnitude, raw.length - s.magnitude.length);
  return raw;
}

interface DerInteger {
  readonly magnitude: Uint8Array;
  readonly end: number;
}

function parseDerInteger(der: Uint8Array, start: number): DerInteger | undefined {
  const size = der[start + 1] ?? 0;
  const end = start + 2 + size;
  if (der[start] !== 0x02 || size === 0 || end > der.length) return undefined;
  const content = der.subarray(start + 2, end);
  if (isNegative(content)) return undefined;
  if (content[0] !== 0 || size === 1) return { magnitude: content, end };
  // A leading zero is there to make a number positive that would read as negative without it.
  const magnitude = content.subarray(1);
  return isNegative(magnitude) ? { magnitude, end } : undefined;
}

function isNegative(integer: Uint8Array): boolean {
  return (integer[0] ?? 0) > 0x7f;
}
