/** What the documents say of the route of ranges. */
import { z } from 'zod';

import { RANGE_HASH_COUNT_MAX } from '../../limits.ts';
import type { Description } from '../../route.ts';
import { prefixText, rangeSchema } from '../../schemas/range.ts';

/** `GET /api/v1/verify/range/{prefix}`. */
export const RANGE: Description = {
  operationId: 'verifyRange',
  tag: 'Journalists',
  summary: 'List all registered hashes that begin alike, without telling which one is meant.',
  detail: `Hash the file, send the first digits, and look for the rest among \`suffixes\`. At most ${RANGE_HASH_COUNT_MAX} hashes are listed: where more begin so, the refusal says with how many digits to ask.`,
  params: z.object({ prefix: prefixText }),
  answers: { 200: { description: 'All of them, none among them too.', schema: rangeSchema } },
  refusals: ['ERR_FIELD', 'ERR_RANGE'],
};
