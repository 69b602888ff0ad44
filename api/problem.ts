/** Errors as problems: what a client may know of them, and no more. */
import { ChainError } from '../chain/errors.ts';
import { ApiError } from './errors.ts';
import { ERROR_TITLE, HTTP_STATUS } from './httpStatus.ts';
import type { Answer } from './route.ts';
import { type Problem, PROBLEM_TYPE } from './schemas/problem.ts';

const RETRY_AFTER_S = 5;

/** Returns the problem of an error. An error that is no refusal goes to `onFault` and shows nothing. */
export function problemOf(error: unknown, onFault: (error: unknown) => void): Problem {
  if (error instanceof ApiError || error instanceof ChainError) return problemOfRefusal(error);
  onFault(error);
  return problemOfRefusal(
    new ApiError('ERR_INTERNAL', 'this node made a mistake; the request may be sent again later'),
  );
}

function problemOfRefusal(error: ApiError | ChainError): Problem {
  const status = HTTP_STATUS[error.code];
  const waits = status === 429 || status === 503;
  const named = error instanceof ApiError ? error.retryAfterS : undefined;
  const retryAfterS = named ?? (waits ? RETRY_AFTER_S : undefined);
  return {
    type: `/docs#${error.code}`,
    title: ERROR_TITLE[error.code],
    status,
    code: error.code,
    detail: error.message,
    ...(retryAfterS === undefined ? {} : { retry_after: retryAfterS }),
  };
}

/** Returns a problem as an answer. */
export function problemAnswer(
  problem: Problem,
  headers?: Readonly<Record<string, string>>,
): Answer & { readonly body: string } {
  const { retry_after: retryAfter } = problem;
  return {
    status: problem.status,
    contentType: PROBLEM_TYPE,
    body: JSON.stringify(problem),
    headers: {
      'Cache-Control': 'no-store',
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
      ...headers,
    },
  };
}
