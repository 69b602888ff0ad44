/**
 * What may be asked of the authority, checked once at the edge.
 *
 * Fields that are not known are tolerated: nodes and cameras send a superset. `bundle_signature`,
 * `timestamp` and `gps_hash` are accepted and not looked at; see authority.ts for the reason.
 */
import { z } from 'zod';

import { parseBase64, parseHex } from '../../chain/bytes.ts';
import { KEY_INDEX_MAX, KEY_TABLE_ID_MAX, NUC_BYTES } from '../../chain/certificate/extensions.ts';
import { CERTIFICATE_BYTES_MAX, DEVICE_FAMILY_BYTES_MAX } from '../../chain/limits.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import { Refusal } from './errors.ts';

/** Size of a request's body. */
export const BODY_BYTES_MAX = 65_536;
/** Length of a camera's serial number: X.509 allows a common name of 64. */
const SERIAL_LENGTH_MAX = 64;
/** Length of the reason that is given for a revocation. */
const REASON_LENGTH_MAX = 200;

const CERTIFICATE_BASE64_MAX = 4 * Math.ceil(CERTIFICATE_BYTES_MAX / 3);
const TABLE_COUNT = 3;

function hex(size: number): z.ZodType<string> {
  const digits = 2 * size;
  return z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`), `must be ${digits} lower-case hex digits`);
}

const hash = hex(HASH_BYTES).transform(parseHex);
const base64 = z
  .string()
  .min(1, 'must not be empty')
  .max(CERTIFICATE_BASE64_MAX, `must be at most ${CERTIFICATE_BASE64_MAX} characters`)
  .transform((text, context) => {
    try {
      return parseBase64(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'must be padded base64' });
      return z.NEVER;
    }
  });
const integers = (max: number): z.ZodType<readonly number[]> =>
  z.array(z.int().min(0).max(max)).length(TABLE_COUNT);
const serial = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, 'must be letters, digits and ". _ : -"')
  .max(SERIAL_LENGTH_MAX, `must be at most ${SERIAL_LENGTH_MAX} characters`);
const text = (lengthMax: number): z.ZodType<string> =>
  z
    .string()
    .min(1, 'must not be empty')
    .regex(/^\P{Cc}*$/u, 'must hold no control characters')
    .refine((value) => new TextEncoder().encode(value).length <= lengthMax, {
      message: `must be at most ${lengthMax} bytes`,
    });

/** Shape of a request for a new camera. */
export const provisionSchema = z.object({
  device_serial: serial,
  device_family: text(DEVICE_FAMILY_BYTES_MAX).nullish(),
  nuc_hash: hex(HASH_BYTES).nullish(),
});
/** A request for a new camera. */
export type ProvisionRequest = z.output<typeof provisionSchema>;

/** Shape of a node's question about a certificate. */
export const certificateQuestionSchema = z.object({
  camera_cert: base64,
  image_hash: hash,
  chain_id: hash.nullish(),
});
/** A node's question about a certificate; `camera_cert` is its DER, or its PEM text. */
export type CertificateQuestion = z.output<typeof certificateQuestionSchema>;

/** Shape of a node's question about a legacy token. */
export const tokenQuestionSchema = z
  .object({
    ciphertext: hex(NUC_BYTES).transform(parseHex),
    table_references: integers(KEY_TABLE_ID_MAX),
    key_indices: integers(KEY_INDEX_MAX),
    image_hash: hash.nullish(),
    chain_id: hash.nullish(),
  })
  .refine(({ chain_id, image_hash }) => !chain_id || image_hash, {
    path: ['image_hash'],
    message: 'must be given with chain_id, since a signed verdict names the photograph',
  });
/** A node's question about a legacy token. */
export type TokenQuestion = z.output<typeof tokenQuestionSchema>;

/** Shape of a request to revoke a camera. */
export const revokeSchema = z.object({ reason: text(REASON_LENGTH_MAX).nullish() });

/** Returns the request that a JSON text holds. Throws ERR_JSON or ERR_FIELD, naming the field. */
export function parseRequest<T>(schema: z.ZodType<T>, body: string): T {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (cause) {
    throw new Refusal('ERR_JSON', 'the body is not JSON', { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.');
  throw new Refusal('ERR_FIELD', `${field}: ${issue?.message ?? 'has the wrong form'}`);
}
