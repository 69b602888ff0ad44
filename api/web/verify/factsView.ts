/** What is registered: the time that the network knows apart from the camera's claim, and the pictures around it. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { unsafeSVG } from 'lit/directives/unsafe-svg.js';

import type { Found } from '../../schemas/verify.ts';
import { type Drawn, drawProvenance } from '../provenance/picture.ts';
import { formatSvg } from '../provenance/svg.ts';
import type { Speech } from './text.ts';

/** Returns the facts of a registration. */
export function factsView(found: Found, speech: Speech): TemplateResult {
  const { say, moment } = speech;
  const facts: readonly (readonly [string, unknown])[] = [
    [say('fact.block_time'), html`<strong>${moment(found.block_time)}</strong>`],
    [
      say('fact.timestamp'),
      html`${moment(found.timestamp)} <span class="soft">(${say('timestamp.claim')})</span>`,
    ],
    // Of the two times, which a proof holds: what the node makes of them is not asked.
    [say('fact.window'), windowOf(found.block_time - found.timestamp, speech)],
    [say('fact.kind'), say(`kind.${found.kind}`)],
    [say('fact.authority'), authorityView(found, speech)],
    [say('fact.camera_signature'), say(`signature.${found.camera_signature}`)],
    [say('fact.aggregator'), wordView(found.aggregator, speech)],
    [
      say('fact.block_height'),
      html`<a href="/api/v1/blocks/${found.block_height}">${found.block_height}</a>`,
    ],
    [say('fact.sha256'), html`<code dir="ltr">${found.image_hash}</code>`],
  ];
  return html`<dl>
    ${facts.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** What the node says, and no proof holds. */
function wordView(text: string, { say }: Speech): TemplateResult {
  return html`<bdi>${text}</bdi> <span class="soft">(${say('node.word')})</span>`;
}

/** A proof holds the id; whose it is, the node says. */
function authorityView({ authority, authority_name: name }: Found, speech: Speech): TemplateResult {
  if (authority === null) return html`${speech.say('authority.none')}`;
  return html`<bdi>${authority}</bdi
    >${name === null ? nothing : html` · ${wordView(name, speech)}`}`;
}

function windowOf(seconds: number, { say, duration }: Speech): string {
  return seconds < 0 ? say('window.ahead', { duration: duration(-seconds) }) : duration(seconds);
}

/** Returns what a picture was made from and what was made from it; nothing where it stands alone. */
export function kinView(
  { image_hash: hash, parents, derivatives }: Found,
  drawn: Drawn | undefined,
  speech: Speech,
): TemplateResult | typeof nothing {
  if (parents.length + derivatives.length === 0) return nothing;
  const { say } = speech;
  return html`${drawn === undefined ? nothing : pictureView(drawn, hash, speech)}
  ${linksView(say('fact.parents'), parents)}
  ${linksView(`${say('fact.derivatives')} (${say('node.word')})`, derivatives)}`;
}

function pictureView(drawn: Drawn, hash: string, { say, dir, catalog }: Speech): TemplateResult {
  const texts = {
    title: say('picture.title'),
    asked: say('picture.asked'),
    registered_original: say('picture.original'),
    declared_edit: say('picture.edit'),
    not_found: say('picture.absent'),
    more: catalog['picture.more'],
    ancestors: catalog['picture.ancestors'],
    derivatives: catalog['picture.derivatives'],
    incomplete: say('picture.incomplete'),
  };
  const svg = formatSvg(
    drawProvenance(drawn, texts),
    `picture-${hash.slice(0, 12)}`,
    (each) => `/verify/${each}`,
  );
  // Its texts and addresses are escaped where it is drawn.
  return html`<h4>${texts.title} (${say('node.word')})</h4>
    <div class="picture" dir=${dir}>${unsafeSVG(svg)}</div>`;
}

function linksView(title: string, hashes: readonly string[]): TemplateResult | typeof nothing {
  if (hashes.length === 0) return nothing;
  return html`<h4>${title}</h4>
    <ul>
      ${hashes.map(
        (hash) =>
          html`<li>
            <a href="/verify/${hash}"><code dir="ltr">${hash}</code></a>
          </li>`,
      )}
    </ul>`;
}

/** Returns later registrations of the same hash; nothing where there is none. */
export function alsoView(
  { also_registered: later }: Found,
  { say, moment }: Speech,
): TemplateResult | typeof nothing {
  if (later.length === 0) return nothing;
  return html`<h4>${say('fact.also')} (${say('node.word')})</h4>
    <ul>
      ${later.map(
        ({ aggregator, block_time: time }) =>
          html`<li><bdi>${aggregator}</bdi> <span class="soft">${moment(time)}</span></li>`,
      )}
    </ul>`;
}
