/**
 * Finds the routes that are asked most, before the router tries all of them in turn: for a verify answer the
 * router alone costs more than the answer.
 */
import type { Route } from './route.ts';

/** A route with the parts of the path that it names. */
export interface BusyRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

const NO_PARAMS: Readonly<Record<string, string>> = {};

/** Returns the finder. A busy route has a fixed path, or one with a single part, or all the rest, at its end. */
export function createBusyRoutes(
  routes: readonly Route[],
): (method: string, path: string) => BusyRoute | undefined {
  const busy = routes
    .filter((route) => route.busy === true)
    .map((route) => {
      const [prefix = '', name] = route.path.split(/[{}]/);
      const param = name?.replace('+', '');
      return { route, prefix, param, isRest: param !== name };
    });
  return (method, path) => {
    const asked = method === 'HEAD' ? 'GET' : method;
    for (const { route, prefix, param, isRest } of busy) {
      if (route.method !== asked || !path.startsWith(prefix)) continue;
      if (param === undefined) {
        if (path.length === prefix.length) return { route, params: NO_PARAMS };
        continue;
      }
      const value = path.slice(prefix.length);
      // What needs decoding or more thought is the router's.
      if (value !== '' && !(isRest ? /%/ : /[/%]/).test(value))
        return { route, params: { [param]: value } };
    }
    return undefined;
  };
}
