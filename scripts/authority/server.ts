/**
 * The authority's HTTP interface.
 *
 * | route                                 | who             | answer                                    |
 * | ------------------------------------- | --------------- | ----------------------------------------- |
 * | POST /validate-cert, POST /validate   | nodes           | always 200 if the question can be read    |
 * | POST /api/v1/devices/provision        | the factory     | 201; open unless `requireToken`           |
 * | GET  /api/v1/devices/{serial}         | administrator   | bearer token                              |
 * | POST /api/v1/devices/{serial}/revoke  | administrator   | bearer token                              |
 * | GET  /registry-entry, GET /health     | anyone          |                                           |
 *
 * Errors are problem objects (RFC 9457) with a stable `code`. Requests are logged at debug level by route,
 * never by path: a path holds a serial.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

import { Router } from '@koa/router';
import Koa from 'koa';
import getRawBody from 'raw-body';
import type { z } from 'zod';

import type { ManufacturerAuthority } from './authority.ts';
import type { Device } from './deviceStore.ts';
import { Refusal, REFUSAL_STATUS } from './errors.ts';
import type { Log } from './log.ts';
import { CERTIFICATE_PATH, type RegistryEntry, TOKEN_PATH } from './registryEntry.ts';
import {
  BODY_BYTES_MAX,
  certificateQuestionSchema,
  parseRequest,
  provisionSchema,
  revokeSchema,
  tokenQuestionSchema,
} from './request.ts';

/** What the interface says and demands, beside the authority's own answers. */
export interface ServerOptions {
  readonly registryEntry: RegistryEntry;
  readonly adminToken: string;
  /** Whether provisioning needs the administrator's token too. */
  readonly requireToken: boolean;
}

/** What the interface serves. */
export interface ServerWorld {
  readonly authority: ManufacturerAuthority;
  readonly log: Log;
}

/** Returns the application; it listens nowhere. */
export function createApp(options: ServerOptions, { authority, log }: ServerWorld): Koa {
  const app = new Koa();
  const router = createRouter(options, authority);
  app.silent = true;
  app.on('error', (error: unknown) => log.debug({ err: error }, 'connection failed'));
  app.use(async (ctx, next) => {
    const startMs = performance.now();
    await answerRefusals(ctx, next, log);
    const route: unknown = ctx['_matchedRoute'];
    const ms = Math.round(performance.now() - startMs);
    log.debug({ method: ctx.method, route, status: ctx.status, ms }, 'request answered');
  });
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

function createRouter(options: ServerOptions, authority: ManufacturerAuthority): Router {
  const router = new Router();
  const checkAdmin = (ctx: Koa.Context): void => checkToken(ctx, options.adminToken);

  router.get('/health', (ctx) => {
    ctx.body = { status: 'ok' };
  });
  router.get('/registry-entry', (ctx) => {
    ctx.body = options.registryEntry;
  });
  router.post(`/${CERTIFICATE_PATH}`, async (ctx) => {
    ctx.body = await authority.validateCertificate(await read(ctx, certificateQuestionSchema));
  });
  router.post(`/${TOKEN_PATH}`, async (ctx) => {
    ctx.body = authority.validateToken(await read(ctx, tokenQuestionSchema));
  });
  router.post('/api/v1/devices/provision', async (ctx) => {
    if (options.requireToken) checkAdmin(ctx);
    const answer = await authority.provision(await read(ctx, provisionSchema));
    ctx.status = 201;
    ctx.set('cache-control', 'no-store');
    ctx.body = answer;
  });
  router.get('/api/v1/devices/:serial', (ctx) => {
    checkAdmin(ctx);
    ctx.body = formatDevice(authority.find(serialOf(ctx)));
  });
  router.post('/api/v1/devices/:serial/revoke', async (ctx) => {
    checkAdmin(ctx);
    const { reason } = await read(ctx, revokeSchema);
    ctx.body = formatDevice(await authority.revoke(serialOf(ctx), reason ?? 'not stated'));
  });
  return router;
}

function serialOf({ params }: { readonly params: Readonly<Record<string, string>> }): string {
  return params['serial'] ?? '';
}

/** Reads the body within its limit; an empty one stands for an empty object. */
async function read<T>({ req }: Koa.Context, schema: z.ZodType<T>): Promise<T> {
  const length = req.headers['content-length'] ?? null;
  const limits = { limit: BODY_BYTES_MAX, length, encoding: true } as const;
  const body = await getRawBody(req, limits).catch((cause: unknown) => {
    throw refuseBody(cause);
  });
  return parseRequest(schema, body === '' ? '{}' : body);
}

function refuseBody(cause: unknown): Refusal {
  const status = cause instanceof Error && 'status' in cause ? cause.status : undefined;
  return status === 413
    ? new Refusal('ERR_BODY_TOO_LARGE', `the body is larger than ${BODY_BYTES_MAX} bytes`)
    : new Refusal('ERR_JSON', 'the body did not arrive whole', { cause });
}

function checkToken(ctx: Koa.Context, token: string): void {
  const given = /^Bearer (\S+)$/i.exec(ctx.get('authorization'))?.[1] ?? '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  // Digests have one length and cannot be steered, so the comparison tells nothing by its time.
  if (timingSafeEqual(digest(given), digest(token))) return;
  ctx.set('www-authenticate', 'Bearer');
  throw new Refusal(
    'ERR_TOKEN',
    'send "Authorization: Bearer TOKEN" with the token in admin.token of the authority\'s folder',
  );
}

function formatDevice(device: Device): object {
  return {
    device_serial: device.serial,
    device_family: device.family,
    device_certificate: device.certificatePem,
    table_assignments: device.tableAssignments,
    provisioned_at: device.provisionedAt,
    status: device.revocation === undefined ? 'active' : 'revoked',
    revoked_at: device.revocation?.revokedAt ?? null,
    revocation_reason: device.revocation?.reason ?? null,
  };
}

async function answerRefusals(ctx: Koa.Context, next: Koa.Next, log: Log): Promise<void> {
  try {
    await next();
    if (ctx.body === undefined && ctx.status >= 400) writeProblem(ctx, refuseRoute(ctx.status));
  } catch (error) {
    if (!(error instanceof Refusal)) log.error({ err: error }, 'request failed');
    writeProblem(
      ctx,
      error instanceof Refusal ? error : new Refusal('ERR_INTERNAL', 'our mistake'),
    );
  }
}

function refuseRoute(status: number): Refusal {
  return status === 404
    ? new Refusal('ERR_NOT_FOUND', 'there is no such route')
    : new Refusal('ERR_METHOD', 'the route has no such method');
}

function writeProblem(ctx: Koa.Context, { code, message }: Refusal): void {
  const status = REFUSAL_STATUS[code];
  ctx.status = status;
  ctx.body = { type: 'about:blank', title: ctx.message, status, code, detail: message };
  ctx.type = 'application/problem+json';
}
