/** Answers what no route does: a preflight, another method, or nothing at all. */
import { ApiError } from './errors.ts';
import { problemAnswer, problemOf } from './problem.ts';
import type { Answer, Route } from './route.ts';

const PREFLIGHT_S = 86_400;

/** Returns the answerer. It throws ERR_NOT_FOUND where no route has the path. */
export function createLastResort(
  routes: readonly Route[],
): (method: string, path: string) => Answer {
  const known = routes.map((route) => ({
    route,
    pattern: new RegExp(
      `^${route.path.replaceAll(/\{\w+\}/g, '[^/]+').replace(/\{\w+\+\}/, '.+')}/?$`,
    ),
  }));
  return (method, path) => {
    const here = known.filter(({ pattern }) => pattern.test(path)).map(({ route }) => route);
    if (here.length === 0) throw new ApiError('ERR_NOT_FOUND', 'no such route; /docs lists them');
    const methods = here.flatMap((route) =>
      route.method === 'GET' ? ['GET', 'HEAD'] : [route.method],
    );
    const allow = [...new Set(methods), 'OPTIONS'].join(', ');
    if (method === 'OPTIONS') return optionsAnswer(here, allow);
    const refusal = new ApiError('ERR_METHOD', `this route has the methods ${allow}`);
    return problemAnswer(
      problemOf(refusal, () => undefined),
      { Allow: allow },
    );
  };
}

/** Only routes that read may be asked by any page. */
function optionsAnswer(routes: readonly Route[], allow: string): Answer {
  const open = routes.every((route) => route.open);
  const cors = {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': allow,
    'Access-Control-Allow-Headers': 'Content-Type, If-None-Match, Last-Event-ID',
    'Access-Control-Max-Age': String(PREFLIGHT_S),
  };
  return {
    status: 204,
    contentType: 'text/plain',
    body: '',
    headers: { Allow: allow, ...(open ? cors : {}) },
  };
}
