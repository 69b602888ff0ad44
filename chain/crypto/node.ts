/**
 * What the chain needs of its platform, on Node: hashes and signatures of node:crypto, and text forms.
 *
 * The twin for browsers is `browser.ts`; both export the same names, and the subpath import `#crypto`
 * chooses. Nothing here knows a domain or a format: callers pass the bytes that are hashed or signed.
 * Everything returned is a plain `Uint8Array`, never a `Buffer`.
 */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

import type { EcdsaCurve, EcdsaPublicKey } from './ecdsaKey.ts';
import { isSmallOrder } from './smallOrder.ts';

export type { EcdsaCurve, EcdsaPublicKey } from './ecdsaKey.ts';

const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const DIGEST: Readonly<Record<EcdsaCurve, string>> = { 'P-256': 'sha256', 'P-384': 'sha384' };
const COORDINATE_BYTES: Readonly<Record<EcdsaCurve, number>> = { 'P-256': 32, 'P-384': 48 };

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Returns lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return view(bytes).toString('hex');
}

/** Returns the bytes of hex that the caller has checked. */
export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Returns padded base64. */
export function toBase64(bytes: Uint8Array): string {
  return view(bytes).toString('base64');
}

/** Returns the bytes of base64, or undefined or any bytes where it is something else. */
export function fromBase64(text: string): Uint8Array | undefined {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** Returns the 32 bytes of SHA-256. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return plain(hash('sha256', bytes, 'buffer'));
}

/** Returns the 32 bytes of HMAC-SHA-256. */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return plain(createHmac('sha256', hmacHandle(key)).update(bytes).digest());
}

/** Returns the 32-byte Ed25519 public key of a 32-byte seed. */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  const spki = createPublicKey(ed25519PrivateKey(seed)).export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(SPKI_ED25519.length));
}

/** Returns a function that signs messages with the Ed25519 key of a 32-byte seed (64 bytes each). */
export function createEd25519Signer(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  const key = ed25519PrivateKey(seed);
  return (message) => plain(sign(null, message, key));
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
  if (!mayVerify(publicKey, signature)) return false;
  try {
    return verify(null, message, ed25519Handle(publicKey), signature);
  } catch {
    return false; // The 32 bytes are not a point.
  }
}

/** Resolves to what `verifyEd25519` returns, off the main thread. */
export function verifyEd25519OffThread(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!mayVerify(publicKey, signature)) return Promise.resolve(false);
  let handle: KeyObject;
  try {
    handle = ed25519Handle(publicKey);
  } catch {
    return Promise.resolve(false); // The 32 bytes are not a point.
  }
  return new Promise((resolve) => {
    handOver(() => {
      verify(null, message, handle, signature, (error, verified) => {
        resolve(error === null && verified);
      });
    });
  });
}

/** Returns an ECDSA key from an uncompressed point (65 or 97 bytes), or undefined off the curve. */
export function importEcdsaKey(curve: EcdsaCurve, point: Uint8Array): EcdsaPublicKey | undefined {
  const size = COORDINATE_BYTES[curve];
  if (point.length !== 1 + 2 * size || point[0] !== 4) return undefined;
  const x = view(point.subarray(1, 1 + size)).toString('base64url');
  const y = view(point.subarray(1 + size)).toString('base64url');
  try {
    const handle = createPublicKey({ key: { kty: 'EC', crv: curve, x, y }, format: 'jwk' });
    return { curve, handle };
  } catch {
    return undefined;
  }
}

/** Resolves to whether raw r||s verifies over the curve's hash of `message`, off the main thread. */
export function verifyEcdsa(
  key: EcdsaPublicKey,
  message: Uint8Array,
  rawSignature: Uint8Array,
): Promise<boolean> {
  if (rawSignature.length !== 2 * COORDINATE_BYTES[key.curve]) return Promise.resolve(false);
  // A bare KeyObject with a DER signature: naming `dsaEncoding` takes 100 µs of the main thread, not 5.
  const signature = formatDerSignature(rawSignature);
  return new Promise((resolve, reject) => {
    handOver(() => {
      verify(DIGEST[key.curve], message, key.handle as KeyObject, signature, (error, verified) => {
        if (error === null) resolve(verified);
        else reject(error);
      });
    });
  });
}

/** Verifications that begin at the end of this turn of the event loop. */
let waiting: (() => void)[] = [];

/**
 * Hands the verifications of one turn to the other threads together: waking a thread for each costs half as much
 * as the verification, and a thread that is awake takes the next for nothing.
 */
function handOver(start: () => void): void {
  waiting.push(start);
  if (waiting.length > 1) return;
  // eslint-disable-next-line no-restricted-globals -- decides when a thread begins, never what it finds
  setImmediate(() => {
    const starts = waiting;
    waiting = [];
    for (const each of starts) each();
  });
}

/** Whether both have their sizes, and neither the key nor R is of small order. */
function mayVerify(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return !isSmallOrder(publicKey, toHex) && !isSmallOrder(signature.subarray(0, 32), toHex);
}

/** Returns `SEQUENCE { r INTEGER, s INTEGER }` of raw r||s. Both forms hold the same two numbers. */
function formatDerSignature(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  const r = formatDerInteger(raw.subarray(0, half));
  const s = formatDerInteger(raw.subarray(half));
  return Buffer.concat([Buffer.of(0x30, r.length + s.length), r, s]);
}

/** A positive INTEGER in its shortest form; at most 51 bytes, so that one byte tells each length. */
function formatDerInteger(magnitude: Uint8Array): Buffer {
  const zeros = magnitude.findIndex((byte) => byte !== 0);
  const digits = magnitude.subarray(zeros === -1 ? magnitude.length - 1 : zeros);
  const padding = (digits[0] ?? 0) > 0x7f ? 1 : 0;
  const der = Buffer.alloc(2 + padding + digits.length);
  der[0] = 0x02;
  der[1] = padding + digits.length;
  der.set(digits, 2 + padding);
  return der;
}

/** Imported keys by the array that held their bytes, which a caller may fill anew. */
const ED25519_HANDLES = new WeakMap<
  Uint8Array,
  { readonly hex: string; readonly key: KeyObject }
>();

/** Secrets that were imported for HMAC, likewise. */
const HMAC_HANDLES = new WeakMap<Uint8Array, { readonly hex: string; readonly key: KeyObject }>();

/** Imports a secret, or finds it: importing costs more than hashing a short message. */
function hmacHandle(secret: Uint8Array): KeyObject {
  const hex = toHex(secret);
  const known = HMAC_HANDLES.get(secret);
  if (known?.hex === hex) return known.key;
  const key = createSecretKey(secret);
  HMAC_HANDLES.set(secret, { hex, key });
  return key;
}

/** Imports a key, or finds it: importing costs half a verification. */
function ed25519Handle(publicKey: Uint8Array): KeyObject {
  const hex = toHex(publicKey);
  const known = ED25519_HANDLES.get(publicKey);
  if (known?.hex === hex) return known.key;
  const spki = Buffer.concat([SPKI_ED25519, publicKey]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  ED25519_HANDLES.set(publicKey, { hex, key });
  return key;
}

function ed25519PrivateKey(seed: Uint8Array): KeyObject {
  const key = Buffer.concat([PKCS8_ED25519, seed]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
