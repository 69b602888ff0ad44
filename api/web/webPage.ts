/**
 * A page with a script: what it shows without one, and the files of the web build that make it live.
 *
 * Its Content-Security-Policy admits files and answers of this node and nothing else: no other host, and nothing that
 * is written into the page itself.
 */
import type { Answer } from '../route.ts';
import type { Assets } from './assets.ts';
import { html, type Html, page } from './html.ts';

/** A page with a script. */
export interface WebPage {
  readonly title: string;
  /** What stands there until the script runs, and where none does. */
  readonly main: Html;
  /** Files of the build, as `scripts/web/entries.ts` names them; one that was not built is left out, as is ''. */
  readonly script: string;
  readonly style: string;
  /** Files that the script asks for itself: it finds their addresses as `<meta name="NAME" content="ADDRESS">`. */
  readonly others?: readonly string[];
}

/** What a page with a script may do. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Returns a page with a script as an answer. It is not kept by caches: what it names changes with the software. */
export function webPageAnswer(status: number, webPage: WebPage, assets: Assets): Answer {
  const { title, main } = webPage;
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    body: page(title, main, headOf(webPage, assets)).text,
    policy: PAGE_POLICY,
    headers: { 'Cache-Control': 'no-cache' },
  };
}

/** Returns the served names of all files that a page uses, for its entity tag; `html` where none was built. */
export function filesTagOf({ script, style, others = [] }: WebPage, assets: Assets): string {
  const names = [script, style, ...others].map((name) => assets.nameOf(name) ?? '');
  return names.filter((name) => name !== '').join('+') || 'html';
}

function headOf({ script, style, others = [] }: WebPage, assets: Assets): Html {
  const addressOf = (name: string): readonly string[] => {
    const served = assets.nameOf(name);
    return served === undefined ? [] : [`/assets/${served}`];
  };
  return html`${addressOf(style).map(
    (address) => html`<link rel="stylesheet" href="${address}" /> `,
  )}${others.flatMap((name) =>
    addressOf(name).map((address) => html`<meta name="${name}" content="${address}" /> `),
  )}${addressOf(script).map((address) => html`<script type="module" src="${address}"></script> `)}`;
}
