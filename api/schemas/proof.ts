/** Proofs of the log, as JSON. */
import { z } from 'zod';

import { count } from './fields.ts';

/** 32 bytes in base64, as the log's own texts have them. */
const base64Hash = z.base64().length(44);

/** A proof that an entry stands in the log. */
export const proofSchema = z
  .object({
    index: count.meta({ description: 'Of the entry in the log.' }),
    entry: z.base64().meta({ description: 'Bytes of the entry.' }),
    hashes: z
      .array(base64Hash)
      .meta({ description: 'From the leaf’s sibling to the root’s child.' }),
    tree_size: count,
    root: base64Hash,
    checkpoint: z
      .string()
      .meta({ description: 'Signed note, verbatim, with a quorum of cosignatures.' }),
  })
  .meta({ id: 'Proof' });
/** A proof, as JSON. */
export type Proof = z.output<typeof proofSchema>;

/** A proof that one tree is the beginning of another. */
export const consistencySchema = z
  .object({ from: count, to: count, hashes: z.array(base64Hash) })
  .meta({ id: 'Consistency' });
