/** What the documents say of the routes of institutions and operators. */
import { z } from 'zod';

import { BLOCK_COUNT_DEFAULT, BLOCK_COUNT_MAX } from '../../limits.ts';
import type { Description } from '../../route.ts';
import { blockSchema, blocksSchema, stateSchema, transactionSchema } from '../../schemas/chain.ts';
import { count, hashText } from '../../schemas/fields.ts';
import {
  authoritiesSchema,
  healthSchema,
  logLevelSchema,
  readySchema,
  retriedSchema,
  statusSchema,
  validatorsSchema,
} from '../../schemas/node.ts';

const tag = 'Institutions';

/** `GET /api/v1/status`. */
export const STATUS: Description = {
  operationId: 'getStatus',
  tag,
  summary: "The node's own truth about itself.",
  answers: { 200: { description: 'The status.', schema: statusSchema } },
  refusals: [],
};

/** `GET /health`. */
export const HEALTH: Description = {
  operationId: 'getHealth',
  tag,
  summary: 'Whether the process answers.',
  answers: { 200: { description: 'It does.', schema: healthSchema } },
  refusals: [],
};

/** `GET /ready`. */
export const READY: Description = {
  operationId: 'getReady',
  tag,
  summary: 'Whether the node is synced and able to accept.',
  answers: { 200: { description: 'It is.', schema: readySchema } },
  refusals: ['ERR_NOT_READY'],
};

/** `GET /metrics`. */
export const METRICS: Description = {
  operationId: 'getMetrics',
  tag,
  summary: 'Measurements, in the text format of Prometheus.',
  answers: { 200: { description: 'The measurements.', contentType: 'text/plain' } },
  refusals: [],
};

/** `GET /api/v1/validators`. */
export const VALIDATORS: Description = {
  operationId: 'getValidators',
  tag,
  summary: 'The validators, as this node sees them.',
  answers: { 200: { description: 'The validators.', schema: validatorsSchema } },
  refusals: [],
};

/** `GET /api/v1/authorities`. */
export const AUTHORITIES: Description = {
  operationId: 'getAuthorities',
  tag,
  summary: "The manufacturers' authorities, as this node sees them.",
  answers: { 200: { description: 'The authorities.', schema: authoritiesSchema } },
  refusals: [],
};

/** `GET /api/v1/blocks`. */
export const BLOCKS: Description = {
  operationId: 'listBlocks',
  tag,
  summary: 'Blocks, ascending; the last ones if not told where to begin.',
  query: z.object({
    from: count.optional().meta({ description: 'First height.' }),
    limit: z
      .int()
      .min(1)
      .max(BLOCK_COUNT_MAX)
      .optional()
      .meta({ description: `How many; ${BLOCK_COUNT_DEFAULT} if not told.` }),
  }),
  answers: { 200: { description: 'The blocks.', schema: blocksSchema } },
  refusals: ['ERR_FIELD', 'ERR_RANGE', 'ERR_NOT_HELD'],
};

/** `GET /api/v1/blocks/{block}`. */
export const BLOCK: Description = {
  operationId: 'getBlock',
  tag,
  summary: 'One block.',
  params: z.object({
    block: z.string().meta({ description: 'A height, a block hash, or latest.' }),
  }),
  answers: { 200: { description: 'The block.', schema: blockSchema } },
  refusals: ['ERR_FIELD', 'ERR_NOT_FOUND', 'ERR_NOT_HELD'],
};

/** `GET /api/v1/transactions/{tx_hash}`. */
export const TRANSACTION: Description = {
  operationId: 'getTransaction',
  tag,
  summary: 'One committed batch.',
  params: z.object({ tx_hash: hashText }),
  answers: { 200: { description: 'The batch.', schema: transactionSchema } },
  refusals: ['ERR_FIELD', 'ERR_NOT_FOUND', 'ERR_NOT_HELD'],
};

/** `GET /api/v1/genesis`. */
export const GENESIS: Description = {
  operationId: 'getGenesis',
  tag,
  summary: 'The genesis document.',
  answers: { 200: { description: 'The document.', schema: z.looseObject({}) } },
  refusals: [],
};

/** `GET /api/v1/state`. */
export const STATE: Description = {
  operationId: 'getState',
  tag,
  summary: 'What the next block is judged by.',
  answers: { 200: { description: 'The state.', schema: stateSchema } },
  refusals: [],
};

/** `POST /admin/v1/authorities/{authority}/retry`. */
export const RETRY: Description = {
  operationId: 'retryAuthority',
  tag: 'Administration',
  summary: 'Ask an authority again at once about everything that waits for it.',
  params: z.object({ authority: z.string().meta({ description: 'Its id.' }) }),
  answers: { 200: { description: 'How many are asked again.', schema: retriedSchema } },
  refusals: ['ERR_NOT_FOUND', 'ERR_ORIGIN'],
};

/** `PUT /admin/v1/log-level`. */
export const LOG_LEVEL: Description = {
  operationId: 'setLogLevel',
  tag: 'Administration',
  summary: 'Set how much the node logs, until it restarts.',
  request: logLevelSchema,
  answers: { 200: { description: 'The level.', schema: logLevelSchema } },
  refusals: ['ERR_JSON', 'ERR_FIELD', 'ERR_BODY_TOO_LARGE', 'ERR_TIMEOUT', 'ERR_ORIGIN'],
};
