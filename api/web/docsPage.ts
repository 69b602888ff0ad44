/** The page of documents: every route and every code, from the tables that the node itself works by. */
import { listCodes, listFields } from '../openapi.ts';
import { type Description, documentedPath, type Route, type Tag, TAGS } from '../route.ts';
import { html, type Html, page } from './html.ts';

/** Returns the page of documents. */
export function docsPage(routes: readonly Route[]): Html {
  return page(
    'How to ask this node',
    html`<h1>How to ask this node</h1>
      <p>
        Everything here is plain HTTP and JSON; no key is needed.
        <a href="/openapi.json">The OpenAPI document</a> says the same for programs. Refusals are
        <code>application/problem+json</code> (RFC 9457): act on <code>code</code>, and show
        <code>detail</code> to people.
      </p>
      ${TAGS.map((tag) => tagSection(tag, routes))}
      <h2 id="codes">Codes of refusals</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Code</th>
              <th scope="col">Status</th>
              <th scope="col">When</th>
            </tr>
          </thead>
          <tbody>
            ${listCodes().map(
              ({ code, status, when }) =>
                html`<tr id="${code}">
                  <td><code>${code}</code></td>
                  <td>${status}</td>
                  <td>${when}</td>
                </tr> `,
            )}
          </tbody>
        </table>
      </div>`,
  );
}

function tagSection(tag: Tag, routes: readonly Route[]): Html {
  const sections = routes.flatMap((route) =>
    route.description?.tag === tag ? [routeSection(route, route.description)] : [],
  );
  return html`<h2>${tag}</h2>
    ${sections}`;
}

function routeSection(route: Route, description: Description): Html {
  const fields = [description.params, description.query, description.request].flatMap(listFields);
  const answers = Object.entries(description.answers).map(
    ([status, answer]) => html`<li>${status}: ${withCode(answer.description)}</li> `,
  );
  return html`<h3><code>${route.method} ${documentedPath(route)}</code></h3>
    <p>${withCode(description.summary)} ${withCode(description.detail ?? '')}</p>
    ${fieldList(fields)}
    <ul>
      ${answers}
    </ul> `;
}

/** Descriptions are in CommonMark, as OpenAPI has them: of that they use code spans alone. */
function withCode(text: string): readonly (Html | string)[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part));
}

function fieldList(fields: readonly (readonly [string, string])[]): Html {
  if (fields.length === 0) return html``;
  const rows = fields.map(
    ([name, text]) =>
      html`<dt><code>${name}</code></dt>
        <dd>${withCode(text)}</dd> `,
  );
  return html`<dl>${rows}</dl>`;
}
