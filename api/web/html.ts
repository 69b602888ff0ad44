/** HTML without a template engine: a tag that escapes every value that goes in. */
import type { Answer } from '../route.ts';

/** HTML that is safe to send: made by `html` only. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text is escaped, HTML is not, lists are joined. */
export type HtmlValue = string | number | Html | readonly (string | Html)[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Returns HTML with all values escaped, also for use inside quoted attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const texts = parts.map((part, i) => {
    const value = values[i];
    return value === undefined ? part : part + render(value);
  });
  return new Html(texts.join(''));
}

function render(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value));
  return value.map(render).join('');
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

const NOTHING = new Html('');

/** Returns a whole page. Nothing in it comes from another host; a script, if it has one, is named in its `head`. */
export function page(title: string, main: Html, head = NOTHING): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/style.css" />
        ${head}
      </head>
      <body>
        <main>${main}</main>
        <footer>
          <p>Birthmark node. <a href="/docs">How to ask this node</a></p>
        </footer>
      </body>
    </html> `;
}

/** Returns a page as an answer. */
export function htmlAnswer(status: number, content: Html): Answer {
  return { status, contentType: 'text/html; charset=utf-8', body: content.text };
}
