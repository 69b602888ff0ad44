/** What a reader takes away: links that stay, the proof, reports, and a badge for pages of publishers. */
import { html, nothing, type TemplateResult } from 'lit/html.js';

import { isFound } from './answers.ts';
import type { Item } from './item.ts';
import type { Actions, PageState } from './pageState.ts';

/** Returns what there is to take away of an item whose hash is known. */
export function takeView(item: Item, state: PageState, actions: Actions): TemplateResult {
  const { speech, origin, copiedId } = state;
  const { say, language } = speech;
  const { hash = '', finding, id } = item;
  const found = finding !== undefined && isFound(finding);
  return html`<h4>${say('take.title')}</h4>
    <ul class="take">
      ${
        // Whoever follows it tells the node all of the hash.
        item.isPrivate
          ? nothing
          : html`<li>
              <a href="${origin}/verify/${hash}">${say('take.link')}</a>
              ${
                isSecureContext
                  ? html`<button @click=${() => actions.copyLink(item)}>
                      ${say(copiedId === id ? 'take.copied' : 'take.copy')}
                    </button>`
                  : nothing
              }
            </li>`
      }
      ${
        found
          ? html`<li>
                <a href="/api/v1/certificate/${hash}?lang=${language}"
                  >${say('take.certificate')}</a
                >
              </li>
              <li>
                <a href="/api/v1/proof/${hash}" download="${hash}.tlog-proof"
                  >${say('take.proof')}</a
                >
              </li>`
          : nothing
      }
      <li>
        <button class="link" @click=${() => actions.saveReport([item])}>
          ${say('take.report')}
        </button>
      </li>
    </ul>
    ${found ? badgeView(hash, state) : nothing}`;
}

function badgeView(hash: string, { speech: { say }, origin }: PageState): TemplateResult {
  const lines = [
    `<script src="${origin}/badge.js" async></script>`,
    `<birthmark-badge hash="${hash}">`,
    `  <a href="${origin}/verify/${hash}">${say('take.badge.link')}</a>`,
    '</birthmark-badge>',
  ];
  return html`<details>
    <summary>${say('take.badge')}</summary>
    <p>${say('take.badge.help')}</p>
    <pre
      dir="ltr"
      tabindex="0"
      aria-label=${say('take.badge')}
    ><code>${lines.join('\n')}</code></pre>
  </details>`;
}
