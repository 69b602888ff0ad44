/** What a route sees of a request: nothing is computed before it is asked for. */
import type { Context } from 'koa';

import type { BodyReader } from './body.ts';
import { ApiError } from './errors.ts';
import type { RateLimit } from './rateLimit.ts';
import type { Exchange } from './route.ts';

/** What every exchange of an application shares. */
export interface ExchangeTools {
  readonly rateLimit: RateLimit;
  readonly readBody: BodyReader;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

/** What is known of a request before its route is asked. */
export interface Asked {
  readonly address: string;
  readonly params: Readonly<Record<string, string | undefined>>;
}

/** Returns the exchange of one request. */
export function createExchange(
  ctx: Pick<Context, 'req' | 'res' | 'query'>,
  { address, params }: Asked,
  { rateLimit, readBody, stopping }: ExchangeTools,
): Exchange {
  return {
    address,
    signal: () => {
      const gone = new AbortController();
      ctx.res.once('close', () => gone.abort());
      return AbortSignal.any([gone.signal, stopping]);
    },
    param: (name) => params[name] ?? '',
    query: (name) => {
      const value = ctx.query[name];
      if (Array.isArray(value)) throw new ApiError('ERR_FIELD', `${name}: must be given once`);
      return value;
    },
    header: (name) => {
      const value = ctx.req.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    readBytes: (bytesMax) => readBody.bytes(ctx.req, bytesMax),
    readJson: (bytesMax) => readBody.json(ctx.req, bytesMax),
    charge: (count) => rateLimit(address, count),
  };
}
