/** Photographs as cameras submit them: signed requests in every form, as values and as JSON. */
import type { CameraRequest } from '../../api/ports.ts';
import { formatBase64, formatHex } from '../../chain/bytes.ts';
import type { Claims } from '../../chain/submission.ts';
import { formatSignedMessage } from '../../chain/submission.ts';
import { sha256 } from '#crypto';
import { type Camera, signEcdsa } from './certificates.ts';
import { CHAIN_ID, hashOfText } from './chainValues.ts';

/** When the photographs of the tests are taken, Unix seconds. */
export const NOW_S = 1_795_224_915;

/** What a photograph is; what is absent is the usual. */
export interface ShotOptions {
  readonly claims?: Partial<Claims>;
  readonly form?: 1 | 2 | 3;
  readonly encoding?: 'der' | 'compact';
  /** The certificate as it is sent. Default: its DER. */
  readonly sent?: Uint8Array;
  readonly chainId?: Uint8Array;
}

/** Returns a camera's request about photograph `name`. */
export function requestOf(camera: Camera, name: string, options: ShotOptions = {}): CameraRequest {
  const { form = 1, encoding = 'der', sent = camera.der, chainId = CHAIN_ID } = options;
  const claims: Claims = {
    imageHash: hashOfText(name),
    capturedAt: NOW_S,
    gpsHash: undefined,
    parents: [],
    digests: [],
    ...options.claims,
  };
  const fingerprint = sha256(camera.der);
  const signed = { ...claims, certificateBytes: sent, fingerprint, signature: sent };
  const signature = signEcdsa(camera.key, formatSignedMessage(form, signed, chainId), encoding);
  const { imageHash, capturedAt: timestamp, gpsHash, parents, digests } = claims;
  return { imageHash, certificateBytes: sent, timestamp, gpsHash, parents, digests, signature };
}

/** Returns a request as JSON. */
export function bodyOf(request: CameraRequest): Readonly<Record<string, unknown>> {
  const { gpsHash, parents, digests } = request;
  return {
    image_hash: formatHex(request.imageHash),
    camera_cert: formatBase64(request.certificateBytes),
    software_cert: null,
    timestamp: request.timestamp,
    ...(gpsHash === undefined ? {} : { gps_hash: formatHex(gpsHash) }),
    ...(parents.length === 0 ? {} : { parents: parents.map(formatHex) }),
    ...(digests.length === 0
      ? {}
      : {
          digests: Object.fromEntries(digests.map((each) => [each.name, formatHex(each.digest)])),
        }),
    bundle_signature: formatBase64(request.signature),
  };
}

/** Returns the id of a certificate as it was sent. */
export function certificateIdOf(sent: Uint8Array): Uint8Array {
  return sha256(sent);
}
