/**
 * Routes that change the node itself. They listen on an address of their own, loopback by default.
 *
 * Whoever reaches that address may use them. A page in an operator's browser reaches loopback too, so a
 * request that a page made is refused: browsers name the page's origin in every POST and PUT.
 */
import { ApiError } from '../errors.ts';
import { OBJECT_BODY_BYTES_MAX } from '../limits.ts';
import type { AdminPort } from '../ports.ts';
import { type Exchange, jsonAnswer, type Route } from '../route.ts';
import { logLevelSchema } from '../schemas/node.ts';
import { parseWith } from '../schemas/parse.ts';
import { LOG_LEVEL, RETRY } from './descriptions/institutions.ts';

/** Returns the routes of the admin address. */
export function adminRoutes(admin: AdminPort): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/admin/v1/authorities/{authority}/retry',
      open: false,
      description: RETRY,
      answer: (exchange) => {
        checkOrigin(exchange);
        const authority = exchange.param('authority');
        const asked = admin.retryAuthority(authority);
        if (asked === undefined) {
          throw new ApiError('ERR_NOT_FOUND', 'authority: no such id in the registry');
        }
        return jsonAnswer(200, { authority, asked });
      },
    },
    {
      method: 'PUT',
      path: '/admin/v1/log-level',
      open: false,
      description: LOG_LEVEL,
      answer: async (exchange) => {
        checkOrigin(exchange);
        const { value } = await exchange.readJson(OBJECT_BODY_BYTES_MAX);
        const { level } = parseWith(logLevelSchema, value);
        admin.setLogLevel(level);
        return jsonAnswer(200, { level });
      },
    },
  ];
}

function checkOrigin(exchange: Exchange): void {
  if (exchange.header('origin') !== undefined) {
    throw new ApiError('ERR_ORIGIN', 'header Origin: a page in a browser may not change the node');
  }
}
