/** What the node says of its own interface: the OpenAPI document, a page of it, and what all pages share. */
import { createOpenApi } from '../openapi.ts';
import { type Answer, jsonAnswer, type Route } from '../route.ts';
import { docsPage } from '../web/docsPage.ts';
import { htmlAnswer } from '../web/html.ts';
import { ICON } from '../web/icon.ts';
import { STYLE } from '../web/style.ts';

const CACHED = { 'Cache-Control': 'public, max-age=300' };

/** Returns the routes that describe `routes`. `others` are on another address. */
export function documentRoutes(
  routes: readonly Route[],
  others: readonly Route[],
  version: () => string,
): readonly Route[] {
  const get = (path: string, answer: () => Answer): Route => {
    // Made when first asked for: most nodes are never asked, and it takes some milliseconds.
    let made: Answer | undefined;
    return {
      method: 'GET',
      path,
      open: true,
      answer: () => (made ??= { ...answer(), headers: CACHED }),
    };
  };
  return [
    get('/openapi.json', () => jsonAnswer(200, createOpenApi([...routes, ...others], version()))),
    get('/docs', () => htmlAnswer(200, docsPage([...routes, ...others]))),
    get('/style.css', () => ({ status: 200, contentType: 'text/css; charset=utf-8', body: STYLE })),
    get('/icon.svg', () => ({ status: 200, contentType: 'image/svg+xml', body: ICON })),
  ];
}
