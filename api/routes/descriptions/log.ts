/** What the documents say of the routes of the log. */
import { z } from 'zod';

import type { Description } from '../../route.ts';
import { count, hashText } from '../../schemas/fields.ts';
import { consistencySchema, proofSchema } from '../../schemas/proof.ts';

const TEXT = 'text/plain';

/** `GET /checkpoint`. */
export const CHECKPOINT: Description = {
  operationId: 'checkpoint',
  tag: 'Log',
  summary: 'The newest head of the log that a quorum of validators has cosigned.',
  detail: 'A signed note (C2SP tlog-checkpoint, tlog-cosignature).',
  query: z.object({
    witnessed: z.enum(['true', 'false']).optional().meta({
      description: 'true: the newest one that outside witnesses have cosigned too.',
    }),
  }),
  answers: { 200: { description: 'The checkpoint.', contentType: TEXT } },
  refusals: ['ERR_NOT_FINAL', 'ERR_FIELD', 'ERR_NOT_FOUND'],
};

/** `GET /tile/{path}`. */
export const TILE: Description = {
  operationId: 'tile',
  tag: 'Log',
  summary: 'A tile of the log: 1 to 256 hashes of a level, or entries.',
  detail:
    'Paths are those of C2SP tlog-tiles: `tile/<level>/<index>`, `tile/entries/<index>`, with `.p/<width>` behind it where the tile is not full. A tile never changes.',
  params: z.object({
    path: z.string().meta({ description: 'As `0/x001/234` or `entries/000.p/17`.' }),
  }),
  answers: { 200: { description: 'The tile.', contentType: 'application/octet-stream' } },
  refusals: ['ERR_NOT_FOUND'],
};

/** `GET /policy`. */
export const POLICY: Description = {
  operationId: 'policy',
  tag: 'Log',
  summary: 'Whose signatures make a checkpoint one to believe.',
  detail:
    'A trust policy (C2SP tlog-policy): the log’s key, the validators’, and how many of them.',
  query: z.object({
    size: count
      .optional()
      .meta({ description: 'Tree size of the checkpoint; the newest if absent.' }),
  }),
  answers: { 200: { description: 'The policy.', contentType: TEXT } },
  refusals: ['ERR_FIELD', 'ERR_RANGE', 'ERR_NOT_FOUND'],
};

/** `GET /log.vkey`. */
export const VERIFIER_KEY: Description = {
  operationId: 'logVerifierKey',
  tag: 'Log',
  summary: 'The key with which the log signs its checkpoints, as a verifier key of signed notes.',
  answers: { 200: { description: 'The verifier key.', contentType: TEXT } },
  refusals: [],
};

/** `GET /api/v1/proof/{image_hash}`. */
export const PROOF: Description = {
  operationId: 'proof',
  tag: 'Log',
  summary: 'The proof that a photograph is registered, to be checked offline.',
  detail:
    'A proof of C2SP tlog-proof with the entry as its extra. It waits up to 2 s where a quorum has not yet cosigned the block. See `birthmark verify --proof`.',
  params: z.object({
    image_hash: hashText.meta({ description: "SHA-256 of the photograph's file." }),
  }),
  query: z.object({
    format: z.enum(['text', 'json']).optional().meta({ description: 'text if absent.' }),
  }),
  answers: {
    200: { description: 'The proof; in JSON with format=json.', schema: proofSchema },
  },
  refusals: ['ERR_FIELD', 'ERR_NOT_FOUND', 'ERR_NOT_FINAL'],
};

/** `GET /api/v1/consistency`. */
export const CONSISTENCY: Description = {
  operationId: 'consistency',
  tag: 'Log',
  summary: 'The proof that the log of one size is the beginning of that of another (RFC 6962).',
  query: z.object({
    from: count.optional().meta({ description: 'The older size; 0 if absent.' }),
    to: count.optional().meta({ description: 'The newer size; the newest if absent.' }),
  }),
  answers: { 200: { description: 'The proof.', schema: consistencySchema } },
  refusals: ['ERR_FIELD', 'ERR_RANGE', 'ERR_NOT_FOUND'],
};
