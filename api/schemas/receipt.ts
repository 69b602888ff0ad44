/** Receipts of submissions. */
import { z } from 'zod';

import { count, hash, receiptId, submissionState, time } from './fields.ts';
import { problemSchema } from './problem.ts';
import { foundSchema } from './verify.ts';

const notKept = z.array(z.string()).meta({
  description: 'Fields that the camera did not sign in a safe form: the chain keeps none.',
});

/** The answer to a submission: it is durable here and will be decided. */
export const acceptedSchema = z
  .object({
    receipt_id: receiptId,
    status: z.literal('pending_validation'),
    message: z.string(),
    state: submissionState,
    not_kept: notKept.optional(),
  })
  .meta({ id: 'Accepted', description: 'Durable here; it will be decided.' });

/** The answer to a list of submissions, in order. */
export const acceptedListSchema = z.array(z.union([acceptedSchema, problemSchema]));

const reason = z.object({ code: z.string(), detail: z.string() }).nullable();

/** How far a submission has come. */
export const receiptSchema = z
  .object({
    receipt_id: receiptId,
    image_hash: hash,
    state: submissionState,
    steps: z
      .array(z.object({ state: submissionState, time }))
      .meta({ description: 'In time order; the last is the present state.' }),
    reason: reason.meta({ description: 'Why it was rejected.' }),
    duplicate_of: receiptId.nullable().meta({ description: 'The first receipt of this picture.' }),
    attempts: count.meta({ description: 'Questions to the authority that brought no verdict.' }),
    next_attempt: time.nullable(),
    problem: reason.meta({ description: 'Why the last question brought no verdict.' }),
    tx_hash: hash.nullable(),
    not_kept: notKept,
    verify: foundSchema.nullable().meta({ description: 'The verify answer, once committed.' }),
  })
  .meta({ id: 'Receipt' });

/** The answer to a submission. */
export type Accepted = z.infer<typeof acceptedSchema>;
/** How far a submission has come. */
export type Receipt = z.infer<typeof receiptSchema>;
