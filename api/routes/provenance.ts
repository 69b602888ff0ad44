/** The route of provenance: what a picture was made from, and what was made from it. */
import { ApiError } from '../errors.ts';
import { PROVENANCES_PER_SECOND_MAX } from '../limits.ts';
import type { ApiPorts } from '../ports.ts';
import { createRateLimit } from '../rateLimit.ts';
import { jsonAnswer, type Route } from '../route.ts';
import { parseHashText } from '../schemas/parse.ts';
import type { Names } from '../views/names.ts';
import { provenanceOf } from '../views/provenance.ts';
import { PROVENANCE } from './descriptions/provenance.ts';
import type { ChainTag } from './journalists.ts';

/** Returns the route of provenance. */
export function provenanceRoutes(
  { ledger }: Pick<ApiPorts, 'ledger'>,
  names: Names,
  tag: ChainTag,
): readonly Route[] {
  const rateLimit = createRateLimit(PROVENANCES_PER_SECOND_MAX);
  return [
    {
      method: 'GET',
      open: true,
      path: '/api/v1/provenance/{image_hash}',
      description: PROVENANCE,
      answer: (exchange) => {
        const imageHash = parseHashText(exchange.param('image_hash'), 'image_hash');
        if (!rateLimit(exchange.address, 1)) {
          throw new ApiError('ERR_RATE', 'too many walks for now', { retryAfterS: 1 });
        }
        const found = provenanceOf(imageHash, ledger, names);
        if (found === undefined) {
          throw new ApiError(
            'ERR_NOT_FOUND',
            'image_hash: not registered, and no registered picture was made from it',
          );
        }
        return jsonAnswer(200, found, { etag: tag(), headers: { 'Cache-Control': 'no-cache' } });
      },
    },
  ];
}
