/**
 * The camera's signature, in the forms that this camera speaks, and the request that carries it.
 *
 * v2 covers everything that is sent. v1 covers the image hash and the timestamp alone, as the reference
 * cameras do; what it does not cover is not sent.
 */
import { sign } from 'node:crypto';

import { sha256 } from '#crypto';

import { concatBytes, formatBase64, formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { type Claims, formatV1Message, formatV2Message } from '../../chain/submission.ts';
import type { Provisioning } from './provisioning.ts';

/** The forms in which this camera signs. */
export type CameraForm = 'v1' | 'v2';

/** The body of a submission, as JSON. */
export interface SubmissionBody {
  readonly image_hash: string;
  readonly camera_cert: string;
  readonly software_cert: null;
  readonly timestamp: number;
  readonly gps_hash?: string;
  readonly parents?: readonly string[];
  readonly bundle_signature: string;
}

/** Returns the body with a v1 signature. Only the image hash and the time are claimed. */
export function signV1(claims: Claims, camera: Provisioning): SubmissionBody {
  return formatBody(
    { ...claims, gpsHash: undefined, parents: [] },
    camera,
    formatV1Message(claims),
  );
}

/** Returns the body with a v2 signature for one chain. */
export function signV2(claims: Claims, camera: Provisioning, chainId: Uint8Array): SubmissionBody {
  const { imageHash, capturedAt, gpsHash, parents, digests } = claims;
  const { fingerprint } = camera;
  const message = formatV2Message({
    chainId,
    imageHash,
    fingerprint,
    capturedAt,
    gpsHash,
    parents,
    digests,
  });
  return formatBody(claims, camera, message);
}

/**
 * Returns the hash of a position under a salt of 32 bytes: SHA-256(salt, UTF-8 of the position).
 *
 * Positions are few enough to try all of them, so without a secret salt the hash would tell the place.
 */
export function hashPosition(position: string, salt: Uint8Array): Uint8Array {
  return sha256(concatBytes(salt, formatUtf8(position)));
}

function formatBody(
  { imageHash, capturedAt, gpsHash, parents }: Claims,
  { certificateDer, privateKey }: Provisioning,
  message: Uint8Array,
): SubmissionBody {
  return {
    image_hash: formatHex(imageHash),
    camera_cert: formatBase64(certificateDer),
    software_cert: null,
    timestamp: capturedAt,
    ...(gpsHash === undefined ? {} : { gps_hash: formatHex(gpsHash) }),
    ...(parents.length === 0 ? {} : { parents: parents.map(formatHex) }),
    bundle_signature: formatBase64(sign('sha256', message, privateKey)),
  };
}
