/** Answers about a photograph's hash. */
import { z } from 'zod';

import { VERIFY_HASH_COUNT_MAX } from '../limits.ts';
import { asOfSchema, count, hash, seconds, validatorName } from './fields.ts';
import { problemSchema } from './problem.ts';

/** What is said of a hash; never that a picture is false. */
const verdict = z
  .enum([
    'registered_original',
    'same_picture_data',
    'declared_edit',
    'registered_revoked',
    'pending',
    'not_found',
  ])
  .meta({ description: 'registered_original alone is verified.' });

const kind = z.enum(['camera', 'legacy', 'edit']);
const cameraSignature = z.enum(['v1', 'v1n', 'v2', 'not_checkable']);
const sentences = z.array(z.string());

const laterSchema = z
  .object({
    aggregator: validatorName,
    block_height: count,
    block_time: seconds,
    tx_hash: hash,
    timestamp: seconds,
    kind,
    authority: z.string().nullable(),
    camera_signature: cameraSignature,
  })
  .meta({ id: 'LaterRegistration', description: 'The same hash, registered later by another.' });

/** A registered hash. */
export const foundSchema = z
  .object({
    verified: z.boolean(),
    image_hash: hash,
    timestamp: seconds.meta({ description: "The camera's claim." }),
    block_height: count,
    aggregator: validatorName,
    tx_hash: hash.meta({ description: 'The batch.' }),
    gps_hash: hash.nullable(),
    verdict,
    kind,
    authority: z.string().nullable().meta({ description: 'Id; null where it is not published.' }),
    block_time: seconds.meta({ description: 'When the network knew the hash.' }),
    camera_signature: cameraSignature,
    status: z.enum(['active', 'revoked']),
    parents: z.array(hash),
    derivatives: z.array(hash),
    proof_url: z.string().meta({ description: 'Where the proof of this record is, on this node.' }),
    as_of: asOfSchema,
    trust_window_s: z.int().meta({ description: 'block_time less timestamp.' }),
    authority_name: z.string().nullable(),
    authority_check: z.enum(['reported', 'signed']),
    digests: z.array(z.object({ name: z.string(), digest: z.string() })),
    log_index: count,
    also_registered: z.array(laterSchema),
    statement: z.string().meta({ description: 'The verdict as a sentence.' }),
    checked: sentences.meta({ description: 'What was checked, and by whom.' }),
    not_checked: sentences.meta({
      description: 'What nobody checked, or this answer cannot show.',
    }),
  })
  .meta({ id: 'Found', description: 'A registered hash.' });

/** A hash that is not registered. */
export const absentSchema = z
  .object({
    verified: z.literal(false),
    image_hash: hash,
    timestamp: z.null(),
    block_height: z.null(),
    aggregator: z.null(),
    tx_hash: z.null(),
    verdict: z.enum(['pending', 'not_found']),
    as_of: asOfSchema,
    statement: z.string(),
  })
  .meta({ id: 'Absent', description: 'A hash that is not registered.' });

/** The body of `POST /api/v1/verify`. */
export const questionSchema = z
  .object(
    {
      image_hashes: z
        .array(z.unknown(), { error: 'must be a list of image hashes' })
        .min(1, { error: 'must name at least one' })
        .max(VERIFY_HASH_COUNT_MAX, { error: `must name at most ${VERIFY_HASH_COUNT_MAX}` })
        .meta({ override: { items: { type: 'string', pattern: '^[0-9a-fA-F]{64}$' } } }),
    },
    { error: 'must be a JSON object' },
  )
  .meta({ id: 'Question', description: 'Many hashes at once.' });

/** The answer of `POST /api/v1/verify`, in the order of the question. */
export const resultsSchema = z
  .object({
    results: z.array(z.union([foundSchema, absentSchema, problemSchema])),
    as_of: asOfSchema,
  })
  .meta({ id: 'Results' });

/** A registered hash. */
export type Found = z.infer<typeof foundSchema>;
/** A hash that is not registered. */
export type Absent = z.infer<typeof absentSchema>;
/** A later registration of the same hash. */
export type Later = z.infer<typeof laterSchema>;
