/** What the documents say of the route of certificates. */
import { z } from 'zod';

import { CERTIFICATE_CATALOGS, EXCUSES } from '../../messages/certificate/catalogs.ts';
import type { Description } from '../../route.ts';
import { hashText } from '../../schemas/fields.ts';

/** `GET /api/v1/certificate/{image_hash}`. */
export const CERTIFICATE: Description = {
  operationId: 'certificate',
  tag: 'Journalists',
  summary: 'Make a certificate of a registered photograph as PDF, with its proof in it.',
  detail:
    'What the proof shows, as text; the proof and the policy are attached, and the QR code leads to the record. The document itself is not signed.',
  params: z.object({
    image_hash: hashText.meta({ description: "SHA-256 of the picture's file." }),
  }),
  query: z.object({
    lang: z
      .enum([...Object.keys(CERTIFICATE_CATALOGS), ...Object.keys(EXCUSES)])
      .optional()
      .meta({ description: 'Language, English by default; ar gives English, and says why.' }),
  }),
  answers: { 200: { description: 'The certificate.', contentType: 'application/pdf' } },
  refusals: ['ERR_FIELD', 'ERR_NOT_FOUND', 'ERR_NOT_FINAL', 'ERR_NOT_READY'],
};
