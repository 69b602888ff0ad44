/** What cameras send. Keys that are not named here are tolerated and ignored. */
import { z } from 'zod';

import { KEY_INDEX_MAX, KEY_TABLE_ID_MAX, NUC_BYTES } from '../../chain/certificate/extensions.ts';
import { CERTIFICATE_BYTES_MAX, PARENT_COUNT_MAX } from '../../chain/limits.ts';
import { type Digest, DIGEST_BYTES } from '../../chain/record.ts';
import { parseP256Signature } from '../../chain/signature.ts';
import type { CameraRequest, LegacyRequest } from '../ports.ts';
import { base64Field, hashField, isAbsent, secondsField } from './parse.ts';

// Longer than any signature, so that what is too long is called a bad signature, not a bad field.
const SIGNATURE_TEXT_BYTES_MAX = 256;
const LEGACY_SIGNATURE_BYTES_MAX = 72;
const DIGEST_NAMES = Object.keys(DIGEST_BYTES);
const NOT_AN_OBJECT = 'must be a JSON object';

const gpsHash = hashField(
  'SHA-256 of the place, salted by the client; kept from v2 only.',
).nullish();

const digestFields: Record<
  string,
  z.ZodOptional<ReturnType<typeof hashField>>
> = Object.fromEntries(DIGEST_NAMES.map((name) => [name, hashField(`Digest ${name}.`).optional()]));

/** The body of `POST /api/v1/submit-cert`: a certificate, a photograph's hash, and a signature. */
export const submissionSchema = z
  .object(
    {
      image_hash: hashField("SHA-256 of the photograph's file."),
      camera_cert: base64Field("The camera's certificate: DER, or PEM text.", [
        1,
        CERTIFICATE_BYTES_MAX,
      ]),
      software_cert: z
        .unknown()
        .optional()
        .refine(isAbsent, {
          error: 'must be null: software certificates are not accepted',
          params: { code: 'ERR_RANGE' },
        })
        .meta({ description: 'Reserved; null.', override: { type: 'null' } }),
      timestamp: secondsField("When the photograph was taken, by the camera's clock."),
      gps_hash: gpsHash,
      bundle_signature: base64Field('ECDSA P-256 with SHA-256: strict DER, or 64 raw bytes.', [
        1,
        SIGNATURE_TEXT_BYTES_MAX,
      ]).refine(isP256Signature, {
        error: 'must be a P-256 signature in strict DER, or 64 raw bytes',
        params: { code: 'ERR_SIGNATURE_ENCODING' },
      }),
      parents: z
        .array(hashField('Image hash of what this photograph was made from.'), {
          error: 'must be a list of image hashes',
        })
        .max(PARENT_COUNT_MAX, { error: `must name at most ${PARENT_COUNT_MAX}` })
        .nullish()
        .meta({ description: 'What this was made from; kept from v2 only.' }),
      digests: z
        .strictObject(digestFields, {
          error: `must be an object with names of ${DIGEST_NAMES.join(', ')}`,
        })
        .nullish()
        .meta({ description: 'Further digests of the picture; kept from v2 only.' }),
    },
    { error: NOT_AN_OBJECT },
  )
  .meta({ id: 'Submission', description: "A camera's submission." });

/** The body of `POST /api/v1/submit`: the form of the first cameras. */
export const legacySchema = z
  .object(
    {
      image_hash: hashField("SHA-256 of the photograph's file."),
      encrypted_nuc_token: base64Field('The encrypted sensor fingerprint.', [NUC_BYTES, NUC_BYTES]),
      table_references: references('Key tables', KEY_TABLE_ID_MAX),
      key_indices: references('Keys', KEY_INDEX_MAX),
      timestamp: secondsField("When the photograph was taken, by the camera's clock."),
      gps_hash: gpsHash,
      device_signature: base64Field('Cannot be checked.', [
        1,
        LEGACY_SIGNATURE_BYTES_MAX,
      ]).nullish(),
    },
    { error: NOT_AN_OBJECT },
  )
  .meta({ id: 'LegacySubmission', description: "An early camera's submission." });

function references(what: string, max: number): z.ZodArray<z.ZodInt> {
  const number = z
    .int({ error: 'must be a whole number' })
    .min(0, { error: 'must not be negative' })
    .max(max, { error: `must be at most ${max}` });
  return z
    .array(number, { error: 'must be a list of three whole numbers' })
    .length(3, { error: 'must be a list of three whole numbers' })
    .meta({ description: `${what} that the token was made with.` });
}

function isP256Signature(signature: Uint8Array): boolean {
  try {
    parseP256Signature(signature);
    return true;
  } catch {
    return false;
  }
}

/** Returns a parsed body as the chain's values. */
export function toCameraRequest(body: z.output<typeof submissionSchema>): CameraRequest {
  return {
    imageHash: body.image_hash,
    certificateBytes: body.camera_cert,
    timestamp: body.timestamp,
    gpsHash: body.gps_hash ?? undefined,
    parents: body.parents ?? [],
    digests: toDigests(body.digests ?? {}),
    signature: body.bundle_signature,
  };
}

/** Sorted by name, as the chain's records are. The names are ASCII, so text sorts as bytes do. */
function toDigests(digests: Readonly<Record<string, Uint8Array | undefined>>): readonly Digest[] {
  return Object.keys(digests)
    .sort()
    .flatMap((name) => {
      const digest = digests[name];
      return digest === undefined ? [] : [{ name, digest }];
    });
}

/** Returns a parsed legacy body as the chain's values. */
export function toLegacyRequest(body: z.output<typeof legacySchema>): LegacyRequest {
  return {
    imageHash: body.image_hash,
    token: body.encrypted_nuc_token,
    tableReferences: body.table_references,
    keyIndices: body.key_indices,
    timestamp: body.timestamp,
    gpsHash: body.gps_hash ?? undefined,
    signature: body.device_signature ?? undefined,
  };
}
