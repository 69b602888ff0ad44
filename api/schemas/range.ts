/** Answers about all hashes that begin alike. */
import { z } from 'zod';

import { RANGE_DIGITS_MAX, RANGE_HASH_COUNT_MAX } from '../limits.ts';
import { asOfSchema, count } from './fields.ts';

/** What begins a hash, as requests may have it. */
export const prefixText = z
  .string()
  .regex(new RegExp(`^[0-9a-fA-F]{1,${RANGE_DIGITS_MAX}}$`))
  .meta({
    description: `The first 1 to ${RANGE_DIGITS_MAX} hex digits of the hash; range_digits of the status says how many are right.`,
  });

/** All registered hashes that begin alike. */
export const rangeSchema = z
  .object({
    prefix: z.string().meta({ description: 'In lower case.' }),
    total: count.meta({ description: 'How many hashes begin so: among so many the asker hides.' }),
    suffixes: z
      .array(z.string().regex(/^[0-9a-f]{56,63}$/))
      .max(RANGE_HASH_COUNT_MAX)
      .meta({ description: 'What is left of each, ascending; each once.' }),
    as_of: asOfSchema,
  })
  .meta({ id: 'Range', description: 'All registered hashes that begin alike.' });

/** All registered hashes that begin alike. */
export type Range = z.infer<typeof rangeSchema>;
