/**
 * Questions to a manufacturer authority, one for each submission, and what can come of them.
 *
 * The body and what a signed verdict must bind are made together here, so that they cannot differ: an
 * authority that is asked blind signs the commitment that it was sent.
 *
 * | authority | body                                                                               |
 * | --------- | ---------------------------------------------------------------------------------- |
 * | usual     | camera_cert, image_hash, timestamp, gps_hash?, bundle_signature                    |
 * | blind     | camera_cert, image_hash (the commitment): a signature or a time would betray more  |
 * | legacy    | ciphertext, table_references, key_indices                                          |
 *
 * An authority that signs its verdicts is sent chain_id too, and image_hash in every case.
 */
import { sha256 } from '#crypto';

import type { Authority } from '../../chain/authority.ts';
import { formatBase64, formatHex } from '../../chain/bytes.ts';
import { blindHash } from '../../chain/evidence.ts';
import { invariant } from '../../chain/invariant.ts';
import type { Verdict, VerdictProof } from '../../chain/verdict.ts';
import type { CameraSubmission, LegacySubmission, Reason } from '../store/workStore.ts';

/** One question. */
export interface Question {
  readonly authority: Authority;
  /** Exactly the certificate's maEndpoint, or the authority's legacy endpoint. */
  readonly url: string;
  /** JSON. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What a signed verdict must bind. */
  readonly verdict: Pick<Verdict, 'chainId' | 'subject' | 'imageHash'>;
}

/** Why a question brought no verdict. */
export type ProblemCode =
  | 'ERR_ENDPOINT' // the URL lies outside the pinned prefixes: nobody was asked
  | 'ERR_AUTHORITY_ADDRESS' // the name has no address, or one that may not be asked
  | 'ERR_AUTHORITY_UNREACHABLE' // no connection, or it broke
  | 'ERR_AUTHORITY_TIMEOUT' // no whole answer in time
  | 'ERR_AUTHORITY_ANSWER' // an answer that is no verdict
  | 'ERR_VERDICT_SIGNATURE'; // a verdict without the signature that the registry demands

/** A `Reason` whose code tells why there is no verdict. */
export interface Problem extends Reason {
  readonly code: ProblemCode;
}

/** What came of a question. */
export type Answer =
  /** `proof`: the signature, where the registry knows a key for it. */
  | { readonly type: 'passed'; readonly proof: VerdictProof | undefined }
  /** `message`: the authority's text, short and printable. */
  | { readonly type: 'refused'; readonly message: string }
  /** No verdict: ask again later. */
  | { readonly type: 'none'; readonly problem: Problem };

/** What a camera's question is made of, beside its submission. */
export interface CameraContext {
  readonly authority: Authority;
  readonly chainId: Uint8Array;
  /** The certificate as it was sent. */
  readonly certificateBytes: Uint8Array;
  /** SHA-256 of the certificate's DER. */
  readonly fingerprint: Uint8Array;
  /** maEndpoint, as the certificate has it. */
  readonly endpoint: string;
  /** `saltOf` this submission, where the authority is asked blind. */
  readonly salt: Uint8Array | undefined;
}

/** What a camera's question says of its submission. */
export type CameraClaims = Pick<
  CameraSubmission,
  'imageHash' | 'capturedAt' | 'gpsHash' | 'signature'
>;

/** Returns the question about a camera's submission. */
export function buildCameraQuestion(claims: CameraClaims, context: CameraContext): Question {
  const { authority, chainId, endpoint: url, fingerprint: subject, salt } = context;
  const imageHash = authority.blind ? blindHashOf(claims, salt) : claims.imageHash;
  const body = {
    // Base64 is strict at intake, so this is the very string that the camera sent, and may have signed.
    camera_cert: formatBase64(context.certificateBytes),
    image_hash: formatHex(imageHash),
    ...(authority.blind ? {} : openFields(claims)),
    ...(authority.verdictKey === undefined ? {} : { chain_id: formatHex(chainId) }),
  };
  return { authority, url, body, verdict: { chainId, subject, imageHash } };
}

function blindHashOf({ imageHash }: CameraClaims, salt: Uint8Array | undefined): Uint8Array {
  invariant(salt !== undefined, 'a blind question has a salt');
  return blindHash(imageHash, salt);
}

function openFields({ capturedAt, gpsHash, signature }: CameraClaims): Record<string, unknown> {
  return {
    timestamp: capturedAt,
    ...(gpsHash === undefined ? {} : { gps_hash: formatHex(gpsHash) }),
    bundle_signature: formatBase64(signature),
  };
}

/** What a legacy question says of its submission. */
export type LegacyClaims = Pick<
  LegacySubmission,
  'imageHash' | 'token' | 'tableReferences' | 'keyIndices'
>;

/** Returns the question about a legacy submission, or undefined if the authority judges none. */
export function buildLegacyQuestion(
  claims: LegacyClaims,
  { authority, chainId }: Pick<CameraContext, 'authority' | 'chainId'>,
): Question | undefined {
  const { legacyEndpoint: url, verdictKey } = authority;
  if (url === undefined) return undefined;
  const { imageHash, token, tableReferences, keyIndices } = claims;
  const signed = { image_hash: formatHex(imageHash), chain_id: formatHex(chainId) };
  const body = {
    ciphertext: formatHex(token),
    table_references: tableReferences,
    key_indices: keyIndices,
    ...(verdictKey === undefined ? {} : signed),
  };
  return { authority, url, body, verdict: { chainId, subject: sha256(token), imageHash } };
}
