/**
 * The Koa application: every request goes one way through it. Address, rate, route, answer.
 *
 * Errors are caught here and nowhere else. A refusal becomes its problem; anything else is a mistake of
 * ours, which the client hears of only as ERR_INTERNAL.
 */
import { Router } from '@koa/router';
import Koa from 'koa';

import { type BodyReader, createBodyReader } from './body.ts';
import { type ClientAddress, createClientAddress } from './clientAddress.ts';
import { ApiError } from './errors.ts';
import { REQUESTS_PER_SECOND_MAX } from './limits.ts';
import { problemAnswer, problemOf } from './problem.ts';
import { createRateLimit, type RateLimit } from './rateLimit.ts';
import type { Answer, Exchange, Route } from './route.ts';

/** What an application needs beside its routes. */
export interface AppWorld {
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  onResponse(route: string, status: number, seconds: number): void;
  onFault(error: unknown): void;
}

/** What may be set of an application. */
export interface AppOptions {
  /** Addresses and CIDR blocks whose `X-Forwarded-For` is believed; none by default. */
  readonly trustedProxies?: readonly string[];
  /** For one client; 5,000 by default. */
  readonly requestsPerSecond?: number;
}

interface RequestState {
  /** Method and path as documented; undefined while no route is found. */
  route?: string;
  address: string;
}

type Context = Koa.ParameterizedContext<RequestState>;

interface Tools {
  readonly world: AppWorld;
  readonly clientAddress: ClientAddress;
  readonly rateLimit: RateLimit;
  readonly readBody: BodyReader;
}

const NOT_CACHED = 'no-store';
const PREFLIGHT_S = 86_400;
const CLIENT_GONE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);

const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  [
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
];

/** Returns the application that answers these routes. */
export function createApp(
  routes: readonly Route[],
  options: AppOptions,
  world: AppWorld,
): Koa<RequestState> {
  const tools: Tools = {
    world,
    clientAddress: createClientAddress(options.trustedProxies ?? []),
    rateLimit: createRateLimit(options.requestsPerSecond ?? REQUESTS_PER_SECOND_MAX),
    readBody: createBodyReader(),
  };
  const app = new Koa<RequestState>();
  app.on('error', (error: Error) => {
    // Answers are texts and errors are caught below: what comes here is a client that has gone.
    if (!('code' in error) || !CLIENT_GONE.has(String(error.code))) world.onFault(error);
  });
  app.use(createEdge(tools));
  // A router tries all its routes in turn, so the busy ones have one of their own.
  app.use(
    createRouter(
      routes.filter(({ busy }) => busy === true),
      tools,
    ).routes(),
  );
  app.use(
    createRouter(
      routes.filter(({ busy }) => busy !== true),
      tools,
    ).routes(),
  );
  app.use(createLastResort(routes));
  return app;
}

function createEdge({ world, clientAddress, rateLimit }: Tools): Koa.Middleware<RequestState> {
  return async (ctx, next) => {
    const startMs = performance.now();
    for (const [name, value] of SECURITY_HEADERS) ctx.res.setHeader(name, value);
    if (ctx.method === 'GET' || ctx.method === 'HEAD') allowAnyOrigin(ctx);
    if (world.stopping.aborted) ctx.res.setHeader('Connection', 'close');
    try {
      ctx.state.address = clientAddress(ctx.req);
      if (!rateLimit(ctx.state.address, 1)) {
        throw new ApiError('ERR_RATE', 'too many requests for now', { retryAfterS: 1 });
      }
      await next();
    } catch (error) {
      send(ctx, problemAnswer(problemOf(error, (fault) => world.onFault(fault))));
    }
    const seconds = (performance.now() - startMs) / 1_000;
    world.onResponse(ctx.state.route ?? 'unknown', ctx.status, seconds);
  };
}

function createRouter(routes: readonly Route[], tools: Tools): Router<RequestState> {
  const router = new Router<RequestState>();
  for (const route of routes) {
    const label = `${route.method} ${route.path}`;
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router.register(path, [route.method], async (ctx: Context) => {
      ctx.state.route = label;
      if (route.open) allowAnyOrigin(ctx);
      send(ctx, await route.answer(new KoaExchange(ctx, tools)));
    });
  }
  return router;
}

function allowAnyOrigin(ctx: Context): void {
  ctx.res.setHeader('Access-Control-Allow-Origin', '*');
}

function send(ctx: Context, answer: Answer): void {
  const { res } = ctx;
  res.setHeader('Content-Type', answer.contentType);
  res.setHeader('Cache-Control', NOT_CACHED);
  for (const [name, value] of Object.entries(answer.headers ?? {})) res.setHeader(name, value);
  ctx.status = answer.status;
  if (answer.etag !== undefined) {
    res.setHeader('ETag', `"${answer.etag}"`);
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
  }
  ctx.body = answer.body;
}

/** Answers what no route did: another method, a preflight, or nothing at all. */
function createLastResort(routes: readonly Route[]): Koa.Middleware<RequestState> {
  const known = routes.map((route) => ({
    route,
    pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));
  return (ctx) => {
    const here = known.filter(({ pattern }) => pattern.test(ctx.path)).map(({ route }) => route);
    if (here.length === 0) throw new ApiError('ERR_NOT_FOUND', 'no such route; /docs lists them');
    const methods = here.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    const allow = [...new Set(methods), 'OPTIONS'].join(', ');
    ctx.res.setHeader('Allow', allow);
    if (ctx.method !== 'OPTIONS') {
      throw new ApiError('ERR_METHOD', `this route has the methods ${allow}`);
    }
    if (here.every(({ open }) => open)) {
      allowAnyOrigin(ctx);
      ctx.res.setHeader('Access-Control-Allow-Methods', allow);
      ctx.res.setHeader('Access-Control-Allow-Headers', 'Content-Type, If-None-Match');
      ctx.res.setHeader('Access-Control-Max-Age', String(PREFLIGHT_S));
    }
    ctx.status = 204;
  };
}

/** What a route sees of a request: nothing is computed before it is asked for. */
class KoaExchange implements Exchange {
  readonly address: string;
  readonly #ctx: Context & { readonly params?: Readonly<Record<string, string | undefined>> };
  readonly #tools: Tools;

  constructor(ctx: Context, tools: Tools) {
    this.address = ctx.state.address;
    this.#ctx = ctx;
    this.#tools = tools;
  }

  signal(): AbortSignal {
    const gone = new AbortController();
    this.#ctx.res.once('close', () => gone.abort());
    return AbortSignal.any([gone.signal, this.#tools.world.stopping]);
  }

  param(name: string): string {
    return this.#ctx.params?.[name] ?? '';
  }

  query(name: string): string | undefined {
    const value = this.#ctx.query[name];
    if (Array.isArray(value)) throw new ApiError('ERR_FIELD', `${name}: must be given once`);
    return value;
  }

  header(name: string): string | undefined {
    const value = this.#ctx.req.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  readJson(bytesMax: number): ReturnType<Exchange['readJson']> {
    return this.#tools.readBody(this.#ctx.req, bytesMax);
  }

  charge(count: number): boolean {
    return this.#tools.rateLimit(this.address, count);
  }
}
