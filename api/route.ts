/**
 * A route: what it answers, and everything that the OpenAPI document and the page of documents say of it.
 *
 * One table of routes makes the router, the document and the page, so none can say what another does not.
 */
import type { z } from 'zod';

import type { ErrorCode } from './errors.ts';
import type { Outlet } from './events/outlet.ts';

/** What a route may ask of a request. */
export interface Exchange {
  /** The client's network address, seen through trusted proxies. */
  readonly address: string;
  /** Aborts when the client has gone or the server stops. */
  signal(): AbortSignal;
  /** A part of the path; empty if the path has no such part. */
  param(name: string): string;
  /** A value of the query; undefined if absent. Throws ERR_FIELD if given twice. */
  query(name: string): string | undefined;
  header(name: string): string | undefined;
  /** Resolves to the body. Rejects with ERR_FIELD, ERR_BODY_TOO_LARGE, ERR_NOT_READY or ERR_TIMEOUT. */
  readBytes(bytesMax: number): Promise<Uint8Array>;
  /** Resolves to the body, parsed. Rejects likewise, or with ERR_JSON. */
  readJson(bytesMax: number): Promise<JsonBody>;
  /** Takes `count` more from the client's rate; false if it has not so much. */
  charge(count: number): boolean;
}

/** A body, parsed. */
export interface JsonBody {
  readonly value: unknown;
  readonly sizeBytes: number;
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** Strong entity tag without quotes; a request that names it gets 304. */
  readonly etag?: string | undefined;
  /** Content-Security-Policy; absent: the strictest, without scripts. */
  readonly policy?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Writes the body bit by bit, in place of `body`; called once, after the head is sent. */
  readonly stream?: ((outlet: Outlet) => void) | undefined;
}

/** A body of one status, for the document. */
export interface Described {
  readonly description: string;
  /** Absent: the answer is not JSON. */
  readonly schema?: z.ZodType;
  /** Media type; `application/json` if absent. */
  readonly contentType?: string;
}

/** Whom routes are for, in the order in which documents list them. */
export const TAGS = ['Cameras', 'Journalists', 'Log', 'Institutions', 'Administration'] as const;

/** Whom a route is for. */
export type Tag = (typeof TAGS)[number];

/** What the document says of a route. */
export interface Description {
  /** Unique name for generated clients. */
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly detail?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly request?: z.ZodType;
  /** Media type of a body that is not JSON; absent: JSON, if there is a `request`. */
  readonly requestType?: string;
  readonly answers: Readonly<Record<number, Described>>;
  /** Codes of problems that the route itself gives; those of every route stand in `openapi.ts`. */
  readonly refusals: readonly ErrorCode[];
}

/** A route. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** As in OpenAPI: `/api/v1/verify/{image_hash}`; a part with a plus at its end is all that is left of the path. */
  readonly path: string;
  /** Whether any web page may ask: it only reads. */
  readonly open: boolean;
  /** Whether it is asked so often that it is looked up before the others. */
  readonly busy?: boolean;
  /** Absent: a page or a file, which is no part of the document. */
  readonly description?: Description;
  answer(exchange: Exchange): Answer | Promise<Answer>;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Returns an answer in JSON. */
export function jsonAnswer(
  status: number,
  value: unknown,
  extra?: Pick<Answer, 'etag' | 'headers'>,
): Answer {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(value), ...extra };
}

/** Returns a route's path as OpenAPI has it, which knows no part that is all the rest. */
export function documentedPath({ path }: Pick<Route, 'path'>): string {
  return path.replace('+}', '}');
}
