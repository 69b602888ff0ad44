/** The OpenAPI 3.1 document, made from the table of routes and the schemas that parse requests. */
import { type z, ZodObject, ZodUnion } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiParameters,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';

import type { ErrorCode } from './errors.ts';
import { ERROR_TITLE, HTTP_STATUS } from './httpStatus.ts';
import { type Described, type Description, documentedPath, type Route, TAGS } from './route.ts';
import { PROBLEM_TYPE, problemSchema } from './schemas/problem.ts';

/** Codes that any route may answer with. */
const COMMON_CODES: readonly ErrorCode[] = ['ERR_RATE', 'ERR_INTERNAL'];

/** A code with its status and meaning, as the document lists it. */
export interface CodeRow {
  readonly code: string;
  readonly status: number;
  readonly when: string;
}

/** Returns every code, in the order of the source. */
export function listCodes(): readonly CodeRow[] {
  return Object.entries(HTTP_STATUS).map(([code, status]) => ({
    code,
    status,
    when: ERROR_TITLE[code as ErrorCode],
  }));
}

/** Returns the document of some routes. */
export function createOpenApi(routes: readonly Route[], version: string): unknown {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const { method, description } = route;
    if (description === undefined) continue;
    (paths[documentedPath(route)] ??= {})[method.toLowerCase()] = operationOf(description);
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.1',
    info: {
      title: 'Birthmark node',
      version,
      description:
        'Lets anyone find out whether a photograph came out of a real camera. Refusals are problems (RFC 9457) with a stable code.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: TAGS.map((name) => ({ name })),
    paths,
    'x-error-codes': listCodes(),
  };
  return createDocument(document, {
    allowEmptySchema: { unknown: true },
    // Answers may grow: a client that refuses unknown fields would break with the next version.
    override: ({ jsonSchema, io }) => {
      if (io === 'output' && jsonSchema.additionalProperties === false) {
        delete jsonSchema.additionalProperties;
      }
    },
  });
}

function operationOf(description: Description): ZodOpenApiOperationObject {
  const { params, query } = description;
  const parameters: ZodOpenApiParameters = {
    ...(params === undefined ? {} : { path: params }),
    ...(query === undefined ? {} : { query }),
  };
  return {
    operationId: description.operationId,
    tags: [description.tag],
    summary: description.summary,
    ...(description.detail === undefined ? {} : { description: description.detail }),
    ...((params ?? query) ? { requestParams: parameters } : {}),
    ...requestOf(description),
    responses: responsesOf(description),
  };
}

function requestOf({
  request,
  requestType,
}: Description): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  if (request === undefined && requestType === undefined) return {};
  const content = {
    [requestType ?? 'application/json']: request === undefined ? {} : { schema: request },
  };
  return { requestBody: { required: true, content } };
}

function responsesOf({ answers, refusals }: Description): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy([...refusals, ...COMMON_CODES], (code) => HTTP_STATUS[code]);
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const [status, described] of Object.entries(answers)) {
    responses[status] = { description: described.description, content: contentOf(described) };
  }
  for (const [status, codes] of byStatus) {
    const before = responses[status];
    const text = codes.join(', ');
    responses[status] = {
      description: before === undefined ? text : `${String(before.description)} Or: ${text}`,
      content: { ...before?.content, [PROBLEM_TYPE]: { schema: problemSchema } },
    };
  }
  return responses;
}

function contentOf({
  schema,
  contentType,
}: Described): NonNullable<ZodOpenApiResponseObject['content']> {
  return { [contentType ?? 'application/json']: schema === undefined ? {} : { schema } };
}

/** Returns the names of an object schema's fields with what is said of them. */
export function listFields(schema: z.ZodType | undefined): readonly (readonly [string, string])[] {
  // One submission or a list of them: the fields are those of one.
  if (schema instanceof ZodUnion) return listFields(schema.options[0] as z.ZodType);
  if (!(schema instanceof ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => [
    name,
    describe(field),
  ]);
}

/** What is said of a field stands at its innermost part: the text that is parsed. */
function describe(field: z.ZodType): string {
  if (field.description !== undefined) return field.description;
  const { in: parsed, innerType } = field.def as { in?: z.ZodType; innerType?: z.ZodType };
  const inner = parsed ?? innerType;
  return inner === undefined ? '' : describe(inner);
}
