/** Answers about what a picture was made from, and what was made from it. */
import { z } from 'zod';

import { PROVENANCE_DEPTH_MAX, PROVENANCE_PICTURE_COUNT_MAX } from '../limits.ts';
import { asOfSchema, count, hash, seconds, validatorName } from './fields.ts';

const pictureSchema = z
  .object({
    image_hash: hash,
    relation: z.enum(['asked', 'ancestor', 'derivative']).meta({
      description: 'ancestor: the asked one was made from it; derivative: it was made from that.',
    }),
    distance: count
      .max(PROVENANCE_DEPTH_MAX)
      .meta({ description: 'Steps from the asked picture, at least.' }),
    verdict: z.enum(['registered_original', 'declared_edit', 'not_found']),
    kind: z.enum(['camera', 'legacy', 'edit']).nullable(),
    aggregator: validatorName.nullable(),
    block_time: seconds.nullable(),
  })
  .meta({
    id: 'ProvenancePicture',
    description: 'A picture of the walk; the last three are null where it is not registered.',
  });

const stepSchema = z
  .object({ parent: hash, child: hash })
  .meta({ id: 'ProvenanceStep', description: 'Some registration of the child names the parent.' });

const endSchema = z
  .object({
    image_hash: hash,
    direction: z.enum(['parents', 'derivatives']),
    limit: z.enum(['depth', 'pictures']),
  })
  .meta({ id: 'ProvenanceEnd', description: 'A picture with more behind it, not listed here.' });

/** Parents and derivatives of a picture. */
export const provenanceSchema = z
  .object({
    image_hash: hash,
    pictures: z
      .array(pictureSchema)
      .max(PROVENANCE_PICTURE_COUNT_MAX)
      .meta({ description: 'Each once, the asked one first, then by distance.' }),
    steps: z.array(stepSchema).meta({ description: 'All steps between pictures that are listed.' }),
    complete: z.boolean().meta({ description: 'Whether nothing was cut off.' }),
    cut_off: z
      .array(endSchema)
      .meta({ description: 'Where the walk ended at a limit: ask about those pictures.' }),
    as_of: asOfSchema,
  })
  .meta({ id: 'Provenance', description: 'Parents and derivatives of a picture.' });

/** Parents and derivatives of a picture. */
export type Provenance = z.infer<typeof provenanceSchema>;
/** A picture of the walk. */
export type ProvenancePicture = z.infer<typeof pictureSchema>;
/** A picture with more behind it. */
export type ProvenanceEnd = z.infer<typeof endSchema>;
