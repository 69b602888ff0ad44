/** What the documents say of the routes of cameras. */
import { z } from 'zod';

import { WAIT_S_MAX } from '../../limits.ts';
import type { Description } from '../../route.ts';
import { receiptIdText } from '../../schemas/fields.ts';
import { acceptedListSchema, acceptedSchema, receiptSchema } from '../../schemas/receipt.ts';
import { legacySchema, submissionSchema } from '../../schemas/submission.ts';

/** Codes that an intake gives for what is wrong with a camera's submission. */
const INTAKE_CODES = [
  'ERR_CAMERA_SIGNATURE',
  'ERR_CERTIFICATE_MALFORMED',
  'ERR_EXTENSION_MISSING',
  'ERR_EXTENSION_DUPLICATE',
  'ERR_EXTENSION_ENCODING',
  'ERR_NUC_LENGTH',
  'ERR_KEY_TABLE_RANGE',
  'ERR_KEY_INDEX_RANGE',
  'ERR_CRITICAL_EXTENSION',
  'ERR_KEY_NOT_P256',
  'ERR_CA_AS_LEAF',
  'ERR_KEY_USAGE',
  'ERR_CERTIFICATE_NOT_YET_VALID',
  'ERR_CERTIFICATE_EXPIRED',
  'ERR_CERTIFICATE_SIGNATURE',
  'ERR_ISSUER_NOT_PINNED',
  'ERR_ISSUER_NAME',
  'ERR_ISSUER_EXPIRED',
  'ERR_MANUFACTURER_ID',
  'ERR_ENDPOINT',
  'ERR_TIMESTAMP_AHEAD',
  'ERR_TIMESTAMP_BEFORE_CERTIFICATE',
  'ERR_QUEUE_FULL',
  'ERR_NOT_READY',
] as const;

/** What a body may be refused for, before it is read or as it is parsed. */
const BODY_CODES = [
  'ERR_JSON',
  'ERR_FIELD',
  'ERR_RANGE',
  'ERR_BODY_TOO_LARGE',
  'ERR_TIMEOUT',
  'ERR_OBSERVER',
] as const;

/** `POST /api/v1/submit-cert`. */
export const SUBMIT: Description = {
  operationId: 'submitCertificate',
  tag: 'Cameras',
  summary: 'Submit the hash of a photograph, or up to 1,000 of them.',
  detail:
    'One object is at most 256 KiB. A list is at most 1,000 objects and 4 MiB, and is answered with a list in the same order: for each a receipt, or a problem with its status. 202 means that the submission is durable here and will be decided. Sent again, it gets the same receipt. Keys that are not named are ignored. Hashes may be in upper case; they mean, and are signed as, lower case.',
  request: z.union([submissionSchema, z.array(submissionSchema)]),
  answers: {
    202: {
      description: 'The receipt, or a list of receipts and problems.',
      schema: z.union([acceptedSchema, acceptedListSchema]),
    },
  },
  refusals: [...BODY_CODES, 'ERR_SIGNATURE_ENCODING', ...INTAKE_CODES],
};

/** `POST /api/v1/submit`. */
export const LEGACY: Description = {
  operationId: 'submitLegacy',
  tag: 'Cameras',
  summary: 'Submit in the form of the first cameras, where the chain takes it.',
  request: legacySchema,
  answers: { 202: { description: 'The receipt.', schema: acceptedSchema } },
  refusals: [
    ...BODY_CODES,
    'ERR_LEGACY_GONE',
    'ERR_TIMESTAMP_AHEAD',
    'ERR_QUEUE_FULL',
    'ERR_NOT_READY',
  ],
};

/** `GET /api/v1/submission/{receipt_id}`. */
export const RECEIPT: Description = {
  operationId: 'getSubmission',
  tag: 'Cameras',
  summary: 'Ask what became of a submission.',
  detail:
    'With `wait`, the answer comes at the next change, or after so many seconds. A client that sends the ETag of what it has seen in If-None-Match is answered at once if there is something else.',
  params: z.object({ receipt_id: receiptIdText }),
  query: z.object({
    wait: z
      .int()
      .min(0)
      .max(WAIT_S_MAX)
      .optional()
      .meta({ description: 'Seconds to wait for a change.' }),
  }),
  answers: { 200: { description: 'The receipt.', schema: receiptSchema } },
  refusals: ['ERR_FIELD', 'ERR_RANGE', 'ERR_NOT_FOUND', 'ERR_OBSERVER'],
};
