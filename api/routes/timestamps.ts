/**
 * The route of time stamps: RFC 3161 over HTTP, as section 3.4 has it.
 *
 * What is wrong with a query is said in a TimeStampResp, with status 200; a problem is what is wrong with the request.
 */
import { ApiError } from '../errors.ts';
import { TIMESTAMP_QUERY_BYTES_MAX, TIMESTAMPS_PER_SECOND_MAX } from '../limits.ts';
import type { ApiPorts } from '../ports.ts';
import { createRateLimit } from '../rateLimit.ts';
import type { Route } from '../route.ts';
import { REPLY_TYPE, TIMESTAMP } from './descriptions/timestamps.ts';

/** Returns the route of time stamps. */
export function timestampRoutes({ timestamps }: Pick<ApiPorts, 'timestamps'>): readonly Route[] {
  const rateLimit = createRateLimit(TIMESTAMPS_PER_SECOND_MAX);
  return [
    {
      method: 'POST',
      path: '/api/v1/timestamp',
      open: false,
      description: TIMESTAMP,
      answer: async (exchange) => {
        if (timestamps === undefined) {
          throw new ApiError(
            'ERR_NO_TIMESTAMPS',
            'this node has no time-stamping certificate: ask the node of another institution',
          );
        }
        if (!rateLimit(exchange.address, 1)) {
          throw new ApiError('ERR_RATE', 'too many time stamps for now', { retryAfterS: 1 });
        }
        const query = await exchange.readBytes(TIMESTAMP_QUERY_BYTES_MAX);
        return { status: 200, contentType: REPLY_TYPE, body: await timestamps.answer(query) };
      },
    },
  ];
}
