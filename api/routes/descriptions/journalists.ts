/** What the documents say of the routes of journalists. */
import { z } from 'zod';

import type { Description } from '../../route.ts';
import { hashText } from '../../schemas/fields.ts';
import { blockchainStatusSchema } from '../../schemas/node.ts';
import { absentSchema, foundSchema, questionSchema, resultsSchema } from '../../schemas/verify.ts';

const params = z.object({
  image_hash: hashText.meta({ description: "SHA-256 of the photograph's file." }),
});

/** `GET /api/v1/verify/{image_hash}`. */
export const VERIFY: Description = {
  operationId: 'verify',
  tag: 'Journalists',
  summary: "Ask what is known of a photograph's hash.",
  detail:
    '`verified` is true for the verdict registered_original only. A hash that is not registered is answered with 404; that says nothing about authenticity.',
  params,
  answers: {
    200: { description: 'The hash is registered.', schema: foundSchema },
    404: { description: 'The hash is not registered, or not yet.', schema: absentSchema },
  },
  refusals: ['ERR_FIELD'],
};

/** `POST /api/v1/verify`. */
export const VERIFY_MANY: Description = {
  operationId: 'verifyMany',
  tag: 'Journalists',
  summary: 'Ask about up to 1,000 hashes at once.',
  detail:
    'Results stand in the order of the question; a malformed hash has a problem in its place.',
  request: questionSchema,
  answers: { 200: { description: 'What is known of each.', schema: resultsSchema } },
  refusals: ['ERR_JSON', 'ERR_FIELD', 'ERR_RANGE', 'ERR_BODY_TOO_LARGE', 'ERR_TIMEOUT'],
};

/** `GET /verify/{image_hash}`. */
export const VERIFY_PAGE: Description = {
  operationId: 'verifyPage',
  tag: 'Journalists',
  summary: 'The same as a page, for whoever names text/html in Accept; JSON otherwise.',
  params,
  answers: {
    200: { description: 'The hash is registered.', schema: foundSchema },
    404: { description: 'The hash is not registered, or not yet.', schema: absentSchema },
  },
  refusals: ['ERR_FIELD'],
};

/** `GET /api/v1/blockchain/verify/{image_hash}`. */
export const BLOCKCHAIN_VERIFY: Description = {
  operationId: 'blockchainVerify',
  tag: 'Journalists',
  summary: 'The same with status 200 in both cases, for existing clients.',
  params,
  answers: {
    200: { description: 'What is known.', schema: z.union([foundSchema, absentSchema]) },
  },
  refusals: ['ERR_FIELD'],
};

/** `GET /api/v1/blockchain/status`. */
export const BLOCKCHAIN_STATUS: Description = {
  operationId: 'blockchainStatus',
  tag: 'Journalists',
  summary: 'The status, with the names that existing clients read beside the others.',
  answers: { 200: { description: 'The status.', schema: blockchainStatusSchema } },
  refusals: [],
};
