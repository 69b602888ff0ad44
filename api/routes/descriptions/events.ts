/** What the documents say of the stream of events. */
import { z } from 'zod';

import { FOLLOWED_RECEIPT_COUNT_MAX, REPLAY_BLOCK_COUNT_MAX } from '../../limits.ts';
import type { Description } from '../../route.ts';
import { EVENT_NAMES, eventSchema } from '../../schemas/events.ts';

/** `GET /api/v1/events`. */
export const EVENTS: Description = {
  operationId: 'listen',
  tag: 'Institutions',
  summary: 'Blocks, validators, submissions and how the node stands, as server-sent events.',
  detail:
    `The first event is a snapshot. A client that comes back with the header Last-Event-ID is sent all blocks since, ` +
    `at most ${REPLAY_BLOCK_COUNT_MAX}; nothing else is sent again.`,
  query: z.object({
    types: z
      .string()
      .optional()
      .meta({ description: `Some of ${EVENT_NAMES.join(', ')}, with commas; all if not told.` }),
    receipts: z
      .string()
      .optional()
      .meta({
        description: `Receipts whose submissions are followed, with commas, at most ${FOLLOWED_RECEIPT_COUNT_MAX}.`,
      }),
  }),
  answers: {
    200: {
      description:
        'Events until one of both ends them. The schema shows each with its data parsed.',
      schema: eventSchema,
      contentType: 'text/event-stream',
    },
  },
  refusals: ['ERR_FIELD', 'ERR_RANGE', 'ERR_NOT_FOUND', 'ERR_OBSERVER', 'ERR_NOT_READY'],
};
