/** What was looked for: a block, a batch, a photograph, or a list of blocks. */
import { html, nothing, type TemplateResult } from 'lit/html.js';

import { formatNumber } from '../../client/figures.ts';
import type { Block } from '../../schemas/chain.ts';
import type { Absent, Found } from '../../schemas/verify.ts';
import { type Finding, LISTED_BLOCKS } from './lookup.ts';
import { addressOf } from './search.ts';

/** Photographs of a batch that are listed at a time. */
const LISTED_HASHES = 100;

/** The last moment that `Date` has (ECMAScript, section 21.4.1.1). */
const CALENDAR_MS_MAX = 8.64e15;

type BatchFinding = Extract<Finding, { type: 'transaction' }>;
type Facts = readonly (readonly [name: string, value: TemplateResult | string])[];

/** Returns what is shown of a finding. Its heading takes the focus. */
export function foundView(finding: Finding): TemplateResult {
  switch (finding.type) {
    case 'block':
      return blockView(finding.block);
    case 'blocks':
      return blocksView(finding);
    case 'transaction':
      return transactionView(finding);
    case 'photograph':
      return photographView(finding.verify);
    case 'nothing':
      return section('Not found', html`<p>${finding.why}</p>`);
  }
}

/** Returns a link to a block of this page. */
export function blockLink(height: number): TemplateResult {
  const block = String(height);
  return html`<a href=${addressOf({ type: 'block', block })}>${formatNumber(height)}</a>`;
}

/** Returns a moment, by Unix milliseconds: as they are where no calendar has them, as a batch may claim. */
export function timeView(atMs: number): TemplateResult {
  if (Math.abs(atMs) > CALENDAR_MS_MAX) return html`${formatNumber(atMs)} ms after 1970`;
  const iso = new Date(atMs).toISOString();
  return html`<time datetime=${iso}>${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

function section(title: string, content: TemplateResult): TemplateResult {
  return html`<h2 id="found" tabindex="-1">${title}</h2>
    ${content}
    <p><a href="#/" class="close">Close</a></p>`;
}

function facts(rows: Facts): TemplateResult {
  return html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function code(text: string): TemplateResult {
  return html`<code>${text}</code>`;
}

function transactionLink(hash: string): TemplateResult {
  return html`<a href=${addressOf({ type: 'transaction', hash, from: 0 })}
    ><code>${hash}</code></a
  >`;
}

function photographLink(hash: string): TemplateResult {
  return html`<a href=${addressOf({ type: 'photograph', hash })}><code>${hash}</code></a>`;
}

function blockView(block: Block): TemplateResult {
  const { block_height: height, certificate } = block;
  const signers = certificate?.signatures.map(
    ({ validator, index }) => validator ?? `place ${index}`,
  );
  return section(
    `Block ${formatNumber(height)}`,
    html`${facts([
        ['Hash', code(block.block_hash)],
        ['Time', timeView(block.timestamp_ms)],
        ['Proposed by', block.validator_id ?? 'nobody: block 0 is derived'],
        ['Lost views', formatNumber(block.view)],
        ['Signed by', signers?.join(', ') ?? 'nobody: block 0 is derived'],
        ['Photographs', formatNumber(block.record_count)],
        ['Log', html`${formatNumber(block.log_size)} entries, root ${code(block.log_root)}`],
        ['State', code(block.state_root)],
        ['Before it', height === 0 ? 'nothing' : blockLink(height - 1)],
        ['After it', blockLink(height + 1)],
      ])}
      <h3>Batches</h3>
      ${
        block.transactions.length === 0
          ? html`<p>This block has no batch.</p>`
          : html`<ul>
              ${block.transactions.map((hash) => html`<li>${transactionLink(hash)}</li>`)}
            </ul>`
      }
      <p>
        <a href="/api/v1/blocks/${height}">The same for programs</a>,
        <a href=${addressOf({ type: 'blocks', from: Math.max(0, height - LISTED_BLOCKS / 2) })}
          >blocks around it</a
        >
      </p>`,
  );
}

function blocksView({ blocks, from, tip }: Extract<Finding, { type: 'blocks' }>): TemplateResult {
  const last = blocks.at(-1)?.block_height ?? from;
  return section(
    `Blocks ${formatNumber(from)} to ${formatNumber(last)}`,
    html`<div class="scroll" tabindex="0" role="region" aria-label="Table: blocks">
        <table>
          <caption class="unseen">
            Blocks, the newest first
          </caption>
          <thead>
            <tr>
              <th scope="col">Block</th>
              <th scope="col">Time</th>
              <th scope="col">Proposed by</th>
              <th scope="col" class="number">Lost views</th>
              <th scope="col" class="number">Batches</th>
              <th scope="col" class="number">Photographs</th>
            </tr>
          </thead>
          <tbody>
            ${blocks.toReversed().map(
              (block) =>
                html`<tr>
                  <th scope="row">${blockLink(block.block_height)}</th>
                  <td>${timeView(block.timestamp_ms)}</td>
                  <td>${block.validator_id ?? ''}</td>
                  <td class="number">${formatNumber(block.view)}</td>
                  <td class="number">${formatNumber(block.transaction_count)}</td>
                  <td class="number">${formatNumber(block.record_count)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <p class="pages">
        ${from > 0 ? pageLink('Earlier blocks', Math.max(0, from - LISTED_BLOCKS)) : nothing}
        ${last < tip ? pageLink('Later blocks', last + 1) : nothing}
      </p>`,
  );
}

function pageLink(text: string, from: number): TemplateResult {
  return html`<a href=${addressOf({ type: 'blocks', from })}>${text}</a> `;
}

function transactionView(finding: BatchFinding): TemplateResult {
  const { transaction } = finding;
  const { image_hashes: hashes, status_changes: changes } = transaction;
  return section(
    'Batch',
    html`${facts([
        ['Hash', code(transaction.tx_hash)],
        ['Block', blockLink(transaction.block_height)],
        ['Submitted through', transaction.aggregator],
        ['Number of that institution', formatNumber(transaction.sequence)],
        ['Made', timeView(transaction.created_at_ms)],
        ['Photographs', formatNumber(hashes.length)],
        ['Proofs of equivocation', formatNumber(changes.length)],
      ])}
      ${photographsView(finding)}
      <p><a href="/api/v1/transactions/${transaction.tx_hash}">The same for programs</a></p>`,
  );
}

function photographsView({ transaction, from }: BatchFinding): TemplateResult {
  const { image_hashes: hashes, tx_hash: hash } = transaction;
  const first = from < hashes.length ? from : 0;
  const listed = hashes.slice(first, first + LISTED_HASHES);
  const end = first + listed.length;
  const link = (text: string, to: number): TemplateResult =>
    html`<a href=${addressOf({ type: 'transaction', hash, from: to })}>${text}</a> `;
  if (listed.length === 0) return html`<p>This batch registers no photograph.</p>`;
  return html`<h3>
      ${
        listed.length === hashes.length
          ? 'Photographs'
          : `Photographs ${formatNumber(first + 1)} to ${formatNumber(end)}`
      }
    </h3>
    <ol start=${first + 1}>
      ${listed.map((each) => html`<li>${photographLink(each)}</li>`)}
    </ol>
    <p class="pages">
      ${first > 0 ? link('Earlier photographs', Math.max(0, first - LISTED_HASHES)) : nothing}
      ${end < hashes.length ? link('Later photographs', end) : nothing}
    </p>`;
}

function photographView(verify: Found | Absent): TemplateResult {
  const { image_hash: hash, statement } = verify;
  return section(
    'Photograph',
    html`<p>${statement}</p>
      ${facts([
        ['Hash', code(hash)],
        ['Verdict', code(verify.verdict)],
        ...(verify.block_height === null ? [] : registration(verify)),
      ])}
      <p><a href="/verify/${hash}">The page about this photograph</a></p>`,
  );
}

function registration(found: Found): Facts {
  return [
    ['Block', html`${blockLink(found.block_height)}, ${timeView(found.block_time * 1_000)}`],
    ['Batch', transactionLink(found.tx_hash)],
    ['Submitted through', found.aggregator],
    ['Manufacturer', found.authority_name ?? found.authority ?? 'not published'],
    ['Entry of the log', formatNumber(found.log_index)],
    ['Made from', html`${found.parents.map((hash) => html`${photographLink(hash)} `)}`],
  ];
}
