/** Validators, authorities, pending submissions, changes and the last blocks, each as a table or a list. */
import { html, nothing, type TemplateResult } from 'lit/html.js';

import { formatNumber, formatSpan, timeBlocks } from '../../client/figures.ts';
import type { NetworkView } from '../../client/network.ts';
import type { Sample } from '../../schemas/events.ts';
import { blockLink, timeView } from './found.ts';
import { addressOf } from './search.ts';

const LISTED_BLOCKS = 12;
/** Blocks over which certificates are counted. */
const COUNTED_BLOCKS = 20;

const STATUS_WORDS = { up: 'up', behind: 'behind', missing: 'cannot be reached' } as const;

const PENDING_WORDS: readonly (readonly [state: keyof Sample['pending'], words: string])[] = [
  ['received', 'received'],
  ['certificate_verified', 'certificate checked'],
  ['authority_pending', 'waiting for an authority'],
  ['validated', 'waiting for a batch'],
  ['batched', 'waiting for a block'],
];

/** Returns how each validator stands. */
export function validatorsView({ sample, blocks }: NetworkView, nowMs: number): TemplateResult {
  const last = blocks.slice(-COUNTED_BLOCKS);
  const countOf = (name: string): number =>
    last.filter(({ signers }) => signers.includes(name)).length;
  return table(
    {
      id: 'validators',
      title: 'Validators',
      note: `A certificate holds the votes of a quorum, and not of all who may have voted. Counted over the last ${last.length} blocks.`,
      columns: ['Name', 'Status', '#Last signed', '#Certificates', '#Lost views', 'Last seen'],
    },
    (sample?.validators ?? []).map(
      (each) =>
        html`<tr class=${each.status} data-validator=${each.name}>
          <th scope="row">${each.name}</th>
          <td>
            <span class="mark ${each.status}">${STATUS_WORDS[each.status]}</span>${remarkOn(each)}
          </td>
          <td class="number">
            ${each.last_signed_height === null ? '–' : blockLink(each.last_signed_height)}
          </td>
          <td class="number">${countOf(each.name)}</td>
          <td class="number">${formatNumber(each.lost_views)}</td>
          <td>${each.last_seen === null ? 'never' : ago(Date.parse(each.last_seen), nowMs)}</td>
        </tr>`,
    ),
  );
}

function remarkOn(validator: Sample['validators'][number]): TemplateResult {
  const suspended = validator.suspended_until;
  return html`${suspended === null ? nothing : html`, passed over up to block ${formatNumber(suspended)}`}
  ${validator.has_equivocated ? html`, <strong>has signed two values for one slot</strong>` : nothing}`;
}

/** Returns whether each authority answers. */
export function authoritiesView({ sample }: NetworkView): TemplateResult {
  return table(
    {
      id: 'authorities',
      title: 'Authorities',
      columns: ['Authority', 'Answers', '#Waiting for it', 'Last problem'],
    },
    (sample?.authorities ?? []).map(
      ({ id, name, answering, pending_submissions: pending, last_problem: problem }) =>
        html`<tr data-authority=${id}>
          <th scope="row">${name} <code>${id}</code></th>
          <td>
            ${
              answering === null
                ? 'never asked here'
                : html`<span class="mark ${answering ? 'up' : 'missing'}"
                    >${answering ? 'yes' : 'no'}</span
                  >`
            }
          </td>
          <td class="number">${formatNumber(pending)}</td>
          <td>${problem ?? ''}</td>
        </tr>`,
    ),
  );
}

/** Returns how many submissions wait, and for what. */
export function pendingView({ sample }: NetworkView): TemplateResult {
  return table(
    { id: 'pending', title: 'Pending submissions', columns: ['State', '#Submissions'] },
    PENDING_WORDS.map(
      ([state, words]) =>
        html`<tr>
          <th scope="row">${words}</th>
          <td class="number">${formatNumber(sample?.pending[state] ?? 0)}</td>
        </tr>`,
    ),
  );
}

/** Returns who proposed and signed the last blocks. */
export function lastBlocksView({ blocks, about }: NetworkView, nowMs: number): TemplateResult {
  const timed = timeBlocks(blocks).slice(-LISTED_BLOCKS).toReversed();
  const first = timed.at(-1)?.block.block_height ?? 0;
  const earlier = Math.max(about?.base_height ?? 0, first - 20);
  return html`${table(
      {
        id: 'blocks',
        title: 'Last blocks',
        columns: [
          'Block',
          'Age',
          '#Took',
          'Proposed by',
          '#Lost views',
          'Signed by',
          '#Batches',
          '#Photographs',
        ],
      },
      timed.map(
        ({ block, tookS }) =>
          html`<tr data-height=${block.block_height}>
            <th scope="row">${blockLink(block.block_height)}</th>
            <td>${ago(block.timestamp_ms, nowMs)}</td>
            <td class="number">${tookS === undefined ? '–' : `${formatNumber(tookS)} s`}</td>
            <td>${block.validator_id ?? ''}</td>
            <td class="number">${formatNumber(block.view)}</td>
            <td>${block.signers.map((name) => name ?? '?').join(' ')}</td>
            <td class="number">${formatNumber(block.transaction_count)}</td>
            <td class="number">${formatNumber(block.record_count)}</td>
          </tr>`,
      ),
    )}
    <p>
      ${
        first > 0
          ? html`<a href=${addressOf({ type: 'blocks', from: earlier })}>Earlier blocks</a>`
          : nothing
      }
    </p>`;
}

/** Returns what has changed since the page was opened. */
export function changesView({ changes }: NetworkView): TemplateResult {
  return html`<section aria-labelledby="changes-title">
    <h2 id="changes-title">Since this page was opened</h2>
    ${
      changes.length === 0
        ? html`<p>Nobody has come or gone.</p>`
        : html`<ol class="changes" reversed>
            ${changes.map(
              ({ atMs, text, isGood }) =>
                html`<li class=${isGood ? 'up' : 'missing'}>${timeView(atMs)}: ${text}</li>`,
            )}
          </ol>`
    }
  </section>`;
}

interface TableHead {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  /** One that begins with # is of numbers. */
  readonly columns: readonly string[];
}

function table(
  { id, title, note, columns }: TableHead,
  rows: readonly TemplateResult[],
): TemplateResult {
  return html`<section>
    <h2 id="${id}-title">${title}</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="${id}-title">
      <table id=${id}>
        <thead>
          <tr>
            ${columns.map(
              (name) =>
                html`<th scope="col" class=${name.startsWith('#') ? 'number' : ''}>
                  ${name.replace('#', '')}
                </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${note === undefined ? nothing : html`<p class="note">${note}</p>`}
  </section>`;
}

function ago(atMs: number, nowMs: number): string {
  const seconds = (nowMs - atMs) / 1_000;
  return seconds < 2 ? 'now' : `${formatSpan(seconds)} ago`;
}
