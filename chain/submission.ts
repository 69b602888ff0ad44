/**
 * What a camera signs, in the forms that exist.
 *
 * | form | signed bytes                                                                          |
 * | ---- | ------------------------------------------------------------------------------------- |
 * | v1   | ASCII: image hash in hex, then the timestamp in decimal, nothing between              |
 * | v1n  | ASCII: `image_hash\n` `camera_cert\n` `timestamp\n` `gps_hash or nothing\n`           |
 * | v2   | `birthmark/submission/v2` 0x00 canonical [chain id, image hash, SHA-256 of the DER    |
 * |      | certificate, timestamp, gps hash, parents, digests]                                   |
 *
 * All are ECDSA P-256 with SHA-256. v1 and v1n leave most fields unsigned, or unsalted: what the camera
 * did not sign in a safe form never reaches the chain.
 */
import { type EcdsaPublicKey, verifyEcdsa } from '#crypto';

import { formatBase64, formatHex, formatUtf8 } from './bytes.ts';
import { bin, encode, type Infer, list, optional, tuple, uint } from './codec.ts';
import { ChainError } from './errors.ts';
import { domainMessage } from './hash.ts';
import { DIGEST_COUNT_MAX, PARENT_COUNT_MAX } from './limits.ts';
import { type Digest, digestSchema, HASH_BYTES, SIGNED_FORM, type SignedForm } from './record.ts';
import { parseP256Signature } from './signature.ts';

/** What a camera's signature may cover. */
export interface Claims {
  readonly imageHash: Uint8Array;
  /** Unix seconds. */
  readonly capturedAt: number;
  readonly gpsHash: Uint8Array | undefined;
  readonly parents: readonly Uint8Array[];
  readonly digests: readonly Digest[];
}

/** Claims with the certificate and signature that came with them. */
export interface SignedClaims extends Claims {
  /** The certificate as it was sent: DER or PEM text. */
  readonly certificateBytes: Uint8Array;
  /** SHA-256 of the certificate's DER. */
  readonly fingerprint: Uint8Array;
  /** Strict DER or 64 raw bytes. */
  readonly signature: Uint8Array;
}

const v2Schema = tuple<{
  readonly chainId: Uint8Array;
  readonly imageHash: Uint8Array;
  readonly fingerprint: Uint8Array;
  readonly capturedAt: number;
  readonly gpsHash: Uint8Array | undefined;
  readonly parents: readonly Uint8Array[];
  readonly digests: readonly Digest[];
}>({
  chainId: bin(HASH_BYTES),
  imageHash: bin(HASH_BYTES),
  fingerprint: bin(HASH_BYTES),
  capturedAt: uint(),
  gpsHash: optional(bin(HASH_BYTES)),
  parents: list(bin(HASH_BYTES), PARENT_COUNT_MAX),
  digests: list(digestSchema, DIGEST_COUNT_MAX),
});

/** What a v2 signature covers. */
export type V2Claims = Infer<typeof v2Schema>;

/** Returns the bytes that a v2 camera signs with ECDSA P-256 and SHA-256. */
export function formatV2Message(claims: V2Claims): Uint8Array {
  return domainMessage('submission', encode(v2Schema, claims));
}

/** Returns the bytes that the reference cameras sign. */
export function formatV1Message({ imageHash, capturedAt }: Claims): Uint8Array {
  return formatUtf8(`${formatHex(imageHash)}${capturedAt}`);
}

/** Returns the bytes that the newer phone client signs. */
export function formatV1nMessage(
  claims: Claims & Pick<SignedClaims, 'certificateBytes'>,
): Uint8Array {
  const gps = claims.gpsHash === undefined ? '' : formatHex(claims.gpsHash);
  const certificate = formatBase64(claims.certificateBytes);
  return formatUtf8(
    `${formatHex(claims.imageHash)}\n${certificate}\n${claims.capturedAt}\n${gps}\n`,
  );
}

/** Returns the bytes that are signed in one form. */
export function formatSignedMessage(
  form: Exclude<SignedForm, 0>,
  claims: SignedClaims,
  chainId: Uint8Array,
): Uint8Array {
  switch (form) {
    case SIGNED_FORM.v1:
      return formatV1Message(claims);
    case SIGNED_FORM.v1n:
      return formatV1nMessage(claims);
    case SIGNED_FORM.v2:
      return formatV2Message({ ...claims, chainId });
  }
}

/** A camera's key, and the chain for which v2 signs. */
export interface CameraContext {
  readonly publicKey: EcdsaPublicKey;
  readonly chainId: Uint8Array;
}

const FORMS = [SIGNED_FORM.v1, SIGNED_FORM.v1n, SIGNED_FORM.v2] as const;

/**
 * Resolves to the form in which the camera signed.
 *
 * At most three verifications; `likely` is tried first. No signature verifies in two forms, since the
 * messages differ in their first 65 bytes or in length. Rejects with ERR_SIGNATURE_ENCODING or
 * ERR_CAMERA_SIGNATURE.
 */
export async function findSignedForm(
  claims: SignedClaims,
  context: CameraContext,
  likely: SignedForm,
): Promise<Exclude<SignedForm, 0>> {
  const raw = parseP256Signature(claims.signature);
  for (const form of [...FORMS].sort((a, b) => Number(b === likely) - Number(a === likely))) {
    const message = formatSignedMessage(form, claims, context.chainId);
    if (await verifyEcdsa(context.publicKey, message, raw)) return form;
  }
  throw new ChainError(
    'ERR_CAMERA_SIGNATURE',
    'the signature of the camera verifies in no form (v1, v1n, v2)',
  );
}

/** Checks the camera's signature in the form that is claimed. Rejects as `findSignedForm` does. */
export async function checkSignedForm(
  form: Exclude<SignedForm, 0>,
  claims: SignedClaims,
  context: CameraContext,
): Promise<void> {
  const message = formatSignedMessage(form, claims, context.chainId);
  if (!(await verifyEcdsa(context.publicKey, message, parseP256Signature(claims.signature)))) {
    throw new ChainError(
      'ERR_CAMERA_SIGNATURE',
      `the camera's signature does not verify as form ${form}`,
    );
  }
}
