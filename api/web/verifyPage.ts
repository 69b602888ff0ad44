/** The verify answer for people: what is known, who checked what, and what nobody did. */
import { EN } from '../messages/en.ts';
import type { Found } from '../schemas/verify.ts';
import { type Finding, isFound } from '../views/verify.ts';
import { html, type Html } from './html.ts';
import type { WebPage } from './webPage.ts';

/** What makes these pages live. */
const FILES = { script: 'verify.js', style: 'verify.css', others: ['verifyWorker.js'] };

/** Returns the page where photographs are dropped; without a script, hashes can be looked up. */
export function dropPage(): WebPage {
  return {
    ...FILES,
    title: EN.title,
    main: html`<h1>${EN.title}</h1>
      <p>${EN.lead}</p>
      <form class="ask" action="/verify">
        <label for="hash">${EN['hash.label']}</label>
        <div class="row">
          <input id="hash" name="hash" required pattern="[0-9a-fA-F]{64}" autocomplete="off" />
          <button>${EN['hash.add']}</button>
        </div>
      </form>
      ${byHand()}`,
  };
}

/** Returns the page about a hash. */
export function verifyPage(finding: Finding): WebPage {
  const title = EN[`verdict.${finding.verdict}`];
  return {
    ...FILES,
    title,
    main: html`<section class="verdict" aria-labelledby="verdict">
        <h1 id="verdict">${title}</h1>
        <p>${finding.statement}</p>
      </section>
      <p>Asked about the file whose SHA-256 is <code>${finding.image_hash}</code>.</p>
      ${isFound(finding) ? foundSections(finding) : html``}
      <p>
        This node looked up to block ${finding.as_of.height}, made at
        ${formatMoment(finding.as_of.block_time)}.
        <a href="/api/v1/verify/${finding.image_hash}">The same answer for programs</a>.
      </p>`,
  };
}

/** Returns the page about a hash that is none. */
export function refusalPage(detail: string): WebPage {
  const title = 'This is not a SHA-256 hash';
  return {
    ...FILES,
    // It stays as it is: what is wrong would be gone.
    script: '',
    others: [],
    title,
    main: html`<h1>${title}</h1>
      <p>${detail}.</p>
      <p><a href="/verify">${EN.title}</a></p>
      ${byHand()}`,
  };
}

function byHand(): Html {
  return html`<p>
    On Linux, <code>sha256sum photo.jpg</code> prints the hash of a file; on macOS,
    <code>shasum -a 256 photo.jpg</code>; on Windows,
    <code>certutil -hashfile photo.jpg SHA256</code>.
  </p>`;
}

function foundSections(found: Found): Html {
  return html`<h2>What is registered</h2>
    <dl>
      ${facts(found).map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd> `,
      )}
    </dl>
    <h2>What was checked, and by whom</h2>
    <ul>
      ${items(found.checked)}
    </ul>
    <h2>What was not</h2>
    <ul>
      ${items(found.not_checked)}
    </ul>
    ${hashList('Made from', found.parents)} ${hashList('Declared edits of it', found.derivatives)}
    ${laterSection(found)}`;
}

function facts(found: Found): readonly (readonly [string, Html | string])[] {
  const authority = found.authority_name ?? found.authority ?? 'not published';
  return [
    ['Registered by', EN[`kind.${found.kind}`]],
    ['Manufacturer', authority],
    ["Camera's own time", formatMoment(found.timestamp)],
    ['Known to the network since', formatMoment(found.block_time)],
    ['Time between the two', formatWindow(found.trust_window_s)],
    ["Camera's signature", found.camera_signature.replace('_', ' ')],
    ['Submitted through', found.aggregator],
    ['Block', html`<a href="/api/v1/blocks/${found.block_height}">${found.block_height}</a>`],
    [
      'Batch',
      html`<a href="/api/v1/transactions/${found.tx_hash}"><code>${found.tx_hash}</code></a>`,
    ],
  ];
}

function items(sentences: readonly string[]): readonly Html[] {
  return sentences.map((sentence) => html`<li>${sentence}</li> `);
}

function hashList(title: string, hashes: readonly string[]): Html {
  if (hashes.length === 0) return html``;
  const links = hashes.map(
    (hash) =>
      html`<li>
        <a href="/verify/${hash}"><code>${hash}</code></a>
      </li> `,
  );
  return html`<h2>${title}</h2>
    <ul>
      ${links}
    </ul>`;
}

function laterSection({ also_registered: later }: Found): Html {
  if (later.length === 0) return html``;
  const rows = later.map(
    (each) =>
      html`<li>
        ${each.aggregator}, block ${each.block_height}, ${formatMoment(each.block_time)}
      </li> `,
  );
  return html`<h2>Registered again, later</h2>
    <ul>
      ${rows}
    </ul>`;
}

function formatMoment(seconds: number): Html {
  const time = new Date(seconds * 1_000);
  // A camera may claim a time that no calendar has.
  if (Number.isNaN(time.getTime())) return html`${seconds} s after 1970`;
  const iso = time.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, -5).replace('T', ' ')} UTC</time>`;
}

function formatWindow(seconds: number): string {
  if (seconds < 0) return `the camera's clock was ${-seconds} s ahead`;
  const units = [
    [86_400, 'days'],
    [3_600, 'hours'],
    [60, 'minutes'],
  ] as const;
  const unit = units.find(([size]) => seconds >= 2 * size);
  return unit === undefined
    ? `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
    : `about ${Math.floor(seconds / unit[0])} ${unit[1]}`;
}
