/** What a node says of witnesses: those of its own log, and itself as one of others. */
import { z } from 'zod';

import { count } from './fields.ts';

/** Outside witnesses of this node's log. */
export const witnessesSchema = z
  .array(
    z.object({
      name: z.string(),
      cosigned_size: count.meta({
        description: 'Entries of the last tree that it has cosigned since the node runs.',
      }),
      problem: z.string().nullable().meta({ description: 'Why it has not, the last time.' }),
      conflicting: z.boolean().meta({
        description: 'Whether it says again and again that this log contradicts itself.',
      }),
    }),
  )
  .meta({ description: 'Outside witnesses that this node asks.' });

/** A node as a witness of other logs. */
export const witnessingSchema = z
  .object({
    verifier_key: z.string().meta({ description: 'For policies, and for those who ask.' }),
    logs: z.array(
      z.object({
        origin: z.string(),
        size: count.nullable().meta({ description: 'Null: nothing was cosigned yet.' }),
        forked: z.boolean().meta({ description: 'Whether it has signed two roots of one size.' }),
      }),
    ),
  })
  .nullable()
  .meta({ description: 'Null: this node witnesses no other log.' });

/** Outside witnesses of this node's log. */
export type Witnesses = z.infer<typeof witnessesSchema>;
/** A node as a witness of other logs. */
export type Witnessing = z.infer<typeof witnessingSchema>;
