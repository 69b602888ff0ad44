/** What the documents say of the routes of a witness. */
import { z } from 'zod';

import type { Description } from '../../route.ts';
import { hashText } from '../../schemas/fields.ts';

const TEXT = 'text/plain';
/** Media type of an answer that names a tree size (C2SP tlog-witness). */
export const SIZE_TYPE = 'text/x.tlog.size';

/** `POST /add-checkpoint`. */
export const ADD_CHECKPOINT: Description = {
  operationId: 'addCheckpoint',
  tag: 'Log',
  summary: 'Have this institution cosign the newest checkpoint of another log, as a witness.',
  detail:
    'The question of C2SP tlog-witness: the size that was cosigned last, a consistency proof from there, and the checkpoint. Only logs that the node’s operator has named are witnessed.',
  requestType: TEXT,
  answers: {
    200: { description: 'The cosignature, as a line of a signed note.', contentType: TEXT },
    409: { description: 'The size that was cosigned last.', contentType: SIZE_TYPE },
  },
  refusals: [
    'ERR_NOT_FOUND',
    'ERR_UNKNOWN_SIGNER',
    'ERR_MALFORMED',
    'ERR_FIELD',
    'ERR_PROOF',
    'ERR_BODY_TOO_LARGE',
    'ERR_TIMEOUT',
    'ERR_NOT_READY',
  ],
};

/** `GET /witness/{origin_hash}/checkpoint`. */
export const WITNESSED: Description = {
  operationId: 'witnessedCheckpoint',
  tag: 'Log',
  summary: 'The checkpoint of another log that this institution has cosigned last.',
  params: z.object({
    origin_hash: hashText.meta({ description: "SHA-256 of the log's origin." }),
  }),
  answers: { 200: { description: 'The checkpoint.', contentType: TEXT } },
  refusals: ['ERR_FIELD', 'ERR_NOT_FOUND'],
};
