/**
 * The Koa application: every request goes one way through it. Address, rate, route, answer.
 *
 * Errors are caught here and nowhere else. A refusal becomes its problem; anything else is a mistake of
 * ours, which the client hears of only as ERR_INTERNAL.
 */
import type { IncomingMessage } from 'node:http';

import { Router } from '@koa/router';
import Koa from 'koa';

import { createBodyReader } from './body.ts';
import { type BusyRoute, createBusyRoutes } from './busyRoutes.ts';
import { type ClientAddress, createClientAddress } from './clientAddress.ts';
import { ApiError } from './errors.ts';
import { createExchange, type ExchangeTools } from './exchange.ts';
import { createLastResort } from './lastResort.ts';
import { REQUESTS_PER_SECOND_MAX } from './limits.ts';
import { problemAnswer, problemOf } from './problem.ts';
import { createRateLimit } from './rateLimit.ts';
import type { Answer, Route } from './route.ts';
import { sendAnswer } from './send.ts';
import { createTurn } from './turn.ts';

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
  address: string;
  /** Undefined while no route is found. */
  route?: Route;
  answer?: Answer;
}

type Context = Koa.ParameterizedContext<RequestState>;

interface Tools extends ExchangeTools {
  readonly world: AppWorld;
  readonly clientAddress: ClientAddress;
  readonly findBusy: (method: string, path: string) => BusyRoute | undefined;
}

/**
 * Koa, but that it does not watch each response for its end: what it would do then, nothing here needs, and the
 * watching costs a tenth of a short answer. Node itself closes what a client has left.
 */
class App extends Koa<RequestState> {
  /** What `callback` runs for each request. */
  async handleRequest(
    ctx: Koa.ParameterizedContext<RequestState>,
    run: (ctx: Koa.ParameterizedContext<RequestState>) => Promise<void>,
  ): Promise<void> {
    try {
      await run(ctx);
    } catch (error) {
      ctx.onerror(error instanceof Error ? error : new Error('not an error', { cause: error }));
    }
  }
}

const CLIENT_GONE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Returns the application that answers these routes. */
export function createApp(
  routes: readonly Route[],
  options: AppOptions,
  world: AppWorld,
): Koa<RequestState> {
  const tools: Tools = {
    world,
    stopping: world.stopping,
    clientAddress: createClientAddress(options.trustedProxies ?? []),
    rateLimit: createRateLimit(options.requestsPerSecond ?? REQUESTS_PER_SECOND_MAX),
    readBody: createBodyReader(),
    findBusy: createBusyRoutes(routes),
  };
  const app = new App();
  app.on('error', (error: Error) => {
    // Refusals and mistakes are caught below: what comes here is, as a rule, a client that has gone.
    if (!('code' in error) || !CLIENT_GONE.has(String(error.code))) world.onFault(error);
  });
  app.use(createEdge(tools));
  app.use(createRouter(routes, tools).routes());
  const lastResort = createLastResort(routes);
  app.use((ctx) => {
    ctx.state.answer = lastResort(ctx.method, ctx.path);
  });
  return app;
}

function createEdge(tools: Tools): Koa.Middleware<RequestState> {
  const { world } = tools;
  const turnEnd = createTurn();
  return async (ctx, next) => {
    const startMs = performance.now();
    const answer = await findAnswer(ctx, next, tools);
    await turnEnd();
    // Koa's own way of sending costs more than finding most answers does.
    ctx.respond = false;
    const status = sendAnswer(ctx, answer, {
      open: ctx.state.route?.open ?? (ctx.method === 'GET' || ctx.method === 'HEAD'),
      last: world.stopping.aborted,
    });
    const seconds = (performance.now() - startMs) / 1_000;
    world.onResponse(labelOf(ctx.state.route), status, seconds);
  };
}

async function findAnswer(ctx: Context, next: Koa.Next, tools: Tools): Promise<Answer> {
  try {
    ctx.state.address = admit(ctx.req, tools);
    const busy = tools.findBusy(ctx.method, ctx.path);
    if (busy === undefined) {
      await next();
      return ctx.state.answer ?? refuseRoute();
    }
    ctx.state.route = busy.route;
    return await busy.route.answer(
      createExchange(ctx, { address: ctx.state.address, params: busy.params }, tools),
    );
  } catch (error) {
    return problemAnswer(problemOf(error, (fault) => tools.world.onFault(fault)));
  }
}

/** Returns the client's address. Throws ERR_RATE. */
function admit(request: IncomingMessage, { clientAddress, rateLimit }: Tools): string {
  const address = clientAddress(request);
  if (rateLimit(address, 1)) return address;
  throw new ApiError('ERR_RATE', 'too many requests for now', { retryAfterS: 1 });
}

function refuseRoute(): never {
  throw new ApiError('ERR_NOT_FOUND', 'no such route; /docs lists them');
}

function labelOf(route: Route | undefined): string {
  // As the document names it.
  return route === undefined ? 'unknown' : `${route.method} ${route.path.replace('+}', '}')}`;
}

function createRouter(routes: readonly Route[], tools: Tools): Router<RequestState> {
  const router = new Router<RequestState>();
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1').replace(/\{(\w+)\+\}/, '*$1');
    router.register(path, [route.method], async (ctx) => {
      ctx.state.route = route;
      const { address } = ctx.state;
      ctx.state.answer = await route.answer(
        createExchange(ctx, { address, params: ctx.params }, tools),
      );
    });
  }
  return router;
}
