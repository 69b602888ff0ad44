/**
 * The route for whoever asks without telling: all registered hashes that begin alike, so that the node does not learn
 * which of them, if any, is meant.
 */
import { formatHex } from '../../chain/bytes.ts';
import { ApiError } from '../errors.ts';
import { RANGE_DIGITS_MAX, RANGE_HASH_COUNT_MAX, RANGES_PER_SECOND_MAX } from '../limits.ts';
import type { ApiPorts } from '../ports.ts';
import { createRateLimit } from '../rateLimit.ts';
import { type Answer, jsonAnswer, type Route } from '../route.ts';
import type { Range } from '../schemas/range.ts';
import { rangeDigits } from '../views/node.ts';
import { formatAsOf } from '../views/verify.ts';
import { RANGE } from './descriptions/range.ts';
import type { ChainTag } from './journalists.ts';

/** Hashes are spread evenly: where so many times too many are to be expected, nothing is read. */
const HOPELESS_FACTOR = 4;
const DIGITS = new RegExp(`^[0-9a-fA-F]{1,${RANGE_DIGITS_MAX}}$`);

/** Returns the route of ranges. */
export function rangeRoutes({ ledger }: Pick<ApiPorts, 'ledger'>, tag: ChainTag): readonly Route[] {
  const rateLimit = createRateLimit(RANGES_PER_SECOND_MAX);
  return [
    {
      method: 'GET',
      open: true,
      path: '/api/v1/verify/range/{prefix}',
      description: RANGE,
      answer: (exchange) => {
        const prefix = parsePrefix(exchange.param('prefix'));
        if (rateLimit(exchange.address, 1)) return rangeAnswer(prefix, ledger, tag);
        throw new ApiError('ERR_RATE', 'too many ranges for now', { retryAfterS: 1 });
      },
    },
  ];
}

function parsePrefix(text: string): string {
  if (DIGITS.test(text)) return text.toLowerCase();
  throw new ApiError('ERR_FIELD', `prefix: must be 1 to ${RANGE_DIGITS_MAX} hex digits`);
}

async function rangeAnswer(
  prefix: string,
  ledger: ApiPorts['ledger'],
  tag: ChainTag,
): Promise<Answer> {
  // Of one moment with the read that begins here: the chain may grow while it goes on.
  const asOf = formatAsOf(ledger.asOf());
  const etag = tag();
  const expected = ledger.recordCount() / 16 ** prefix.length;
  if (expected > HOPELESS_FACTOR * RANGE_HASH_COUNT_MAX) {
    throw tooMany(prefix, ledger.recordCount());
  }
  const hashes = await ledger.findImageHashes(prefix, RANGE_HASH_COUNT_MAX + 1);
  if (hashes.length > RANGE_HASH_COUNT_MAX) throw tooMany(prefix, ledger.recordCount());
  const suffixes = hashes.map((hash) => formatHex(hash).slice(prefix.length));
  const range: Range = { prefix, total: suffixes.length, suffixes, as_of: asOf };
  return jsonAnswer(200, range, { etag, headers: { 'Cache-Control': 'no-cache' } });
}

function tooMany({ length }: string, total: number): ApiError {
  const more = Math.max(length + 1, rangeDigits(total));
  const advice = more > RANGE_DIGITS_MAX ? 'ask about the whole hash' : `ask with ${more} digits`;
  return new ApiError(
    'ERR_RANGE',
    `prefix: more than ${RANGE_HASH_COUNT_MAX} hashes begin with these ${length} digits: ${advice}`,
  );
}
