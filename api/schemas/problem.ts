/** A refusal as clients see it: RFC 9457, with a stable code. */
import { z } from 'zod';

import { HTTP_STATUS } from '../httpStatus.ts';

/** Media type of a refusal. */
export const PROBLEM_TYPE = 'application/problem+json';

/** A refusal. */
export const problemSchema = z
  .object({
    type: z.string().meta({
      description: 'Where the code is explained, relative to this node.',
      examples: ['/docs#ERR_FIELD'],
    }),
    title: z.string().meta({ description: 'What the code means.' }),
    status: z.int().min(400).max(599),
    code: z.enum(Object.keys(HTTP_STATUS)).meta({ description: 'Stable; act on this.' }),
    detail: z.string().meta({ description: 'What was wrong with which field, for people.' }),
    retry_after: z.int().optional().meta({ description: 'Seconds after which to come back.' }),
  })
  .meta({ id: 'Problem', description: 'A refusal (RFC 9457).' });

/** A refusal. */
export type Problem = z.infer<typeof problemSchema>;
