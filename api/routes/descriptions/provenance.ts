/** What the documents say of the route of provenance. */
import { z } from 'zod';

import { PROVENANCE_DEPTH_MAX, PROVENANCE_PICTURE_COUNT_MAX } from '../../limits.ts';
import type { Description } from '../../route.ts';
import { hashText } from '../../schemas/fields.ts';
import { provenanceSchema } from '../../schemas/provenance.ts';

/** `GET /api/v1/provenance/{image_hash}`. */
export const PROVENANCE: Description = {
  operationId: 'provenance',
  tag: 'Journalists',
  summary: 'Tell what a picture was made from, and what was made from it, as far as is registered.',
  detail: `At most ${PROVENANCE_PICTURE_COUNT_MAX} pictures, at most ${PROVENANCE_DEPTH_MAX} steps away; \`cut_off\` says where there is more. What a record names as parents is its maker's word.`,
  params: z.object({
    image_hash: hashText.meta({ description: "SHA-256 of the picture's file." }),
  }),
  answers: { 200: { description: 'The walk.', schema: provenanceSchema } },
  refusals: ['ERR_FIELD', 'ERR_NOT_FOUND'],
};
