/** Proofs that a validator signed two values for one slot. */
import { z } from 'zod';

import { count, hash, signature } from './fields.ts';

const signedValueSchema = z.object({
  value_hash: hash.meta({ description: 'Of a block; of a view change, of what it says.' }),
  signature,
});

/** The proof itself. */
export const equivocationSchema = z
  .object({
    height: count,
    view: count,
    phase: z.enum(['pre_prepare', 'prepare', 'commit', 'view_change']),
    values: z.array(signedValueSchema).length(2),
  })
  .meta({ id: 'Equivocation', description: 'Two values that one validator signed for one slot.' });

/** The proof itself. */
export type EquivocationProof = z.infer<typeof equivocationSchema>;
