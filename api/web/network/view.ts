/** The operator's page: what is wrong first, then the figures, then everything behind them. */
import { html, nothing, type TemplateResult } from 'lit/html.js';

import { formatBytes, formatNumber, formatSpan, pendingCountOf } from '../../client/figures.ts';
import { findingsOf } from '../../client/findings.ts';
import type { NetworkView } from '../../client/network.ts';
import type { Sample } from '../../schemas/events.ts';
import { figuresView, type Tables } from './figures.ts';
import { blockLink, foundView } from './found.ts';
import type { Finding } from './lookup.ts';
import {
  authoritiesView,
  changesView,
  lastBlocksView,
  pendingView,
  validatorsView,
} from './tables.ts';

/** What the page shows. */
export interface PageState {
  readonly network: NetworkView;
  readonly nowMs: number;
  /** What stands in the search field is wrong. */
  readonly problem: string | undefined;
  readonly found: Finding | undefined;
}

/** What the page tells. */
export interface PageEvents {
  readonly tables: Tables;
  onSearch(text: string): void;
}

/** Returns the page. */
export function pageView(
  { network, nowMs, problem, found }: PageState,
  events: PageEvents,
): TemplateResult {
  return html`${headerView(network)} ${searchView(problem, events)}
    ${found === undefined ? nothing : html`<section class="found" aria-labelledby="found">${foundView(found)}</section>`}
    <section class="findings" aria-labelledby="findings-title">
      <h2 id="findings-title" class="unseen">How it stands</h2>
      <div role="status">
        <ul>
          ${findingsOf(network).map(({ level, text }) => html`<li class=${level}>${text}</li>`)}
        </ul>
      </div>
    </section>
    ${network.sample === undefined ? nothing : keyView(network.sample, network, nowMs)}
    ${validatorsView(network, nowMs)} ${lastBlocksView(network, nowMs)}
    <div class="beside">${authoritiesView(network)} ${pendingView(network)}</div>
    ${figuresView(network, events.tables)} ${changesView(network)}`;
}

const CONNECTION_WORDS = {
  connecting: 'connecting',
  open: 'live',
  waiting: 'no connection',
  refused: 'refused',
} as const;

function headerView({ about, connection }: NetworkView): TemplateResult {
  const { state } = connection;
  return html`<header class="top">
    <h1>The network, as ${about?.node_id ?? 'this node'} sees it</h1>
    <p>
      <span class="mark ${state === 'open' ? 'up' : 'missing'}" id="connection"
        >${CONNECTION_WORDS[state]}</span
      >
      ${about === undefined ? nothing : html`chain <code>${about.chain_id.slice(0, 16)}…</code>, version ${about.version}`}
    </p>
  </header>`;
}

function searchView(problem: string | undefined, events: PageEvents): TemplateResult {
  return html`<form
    role="search"
    @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      const text = new FormData(event.currentTarget as HTMLFormElement).get('text');
      events.onSearch(typeof text === 'string' ? text : '');
    }}
  >
    <label for="search">Height, or hash of a block, a batch or a photograph</label>
    <div class="row">
      <input
        id="search"
        name="text"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        aria-describedby="search-problem"
        aria-invalid=${problem === undefined ? 'false' : 'true'}
      />
      <button type="submit">Find</button>
    </div>
    <p id="search-problem" role="alert">${problem ?? ''}</p>
  </form>`;
}

/** Of the first sample nothing a second is known. */
const NO_RATES: Partial<NonNullable<Sample['per_second']>> = {};

function keyView(sample: Sample, { blocks, about }: NetworkView, nowMs: number): TemplateResult {
  const last = blocks.at(-1);
  const rates = sample.per_second ?? NO_RATES;
  const unfinal = sample.log_size - sample.final_size;
  const rows: readonly (readonly [name: string, value: TemplateResult | string, more?: string])[] =
    [
      [
        'Height',
        blockLink(last?.block_height ?? sample.block_height),
        lastBlockWords(last?.timestamp_ms, nowMs),
      ],
      ['Photographs', formatNumber(sample.total_hashes), `${rateWords(rates.records)} registered`],
      [
        'Submissions',
        rateWords(rates.submissions),
        `${formatNumber(pendingCountOf(sample.pending))} not decided`,
      ],
      [
        'Verifications',
        rateWords(rates.verify_answers),
        `${rateWords(rates.signatures)} signatures checked`,
      ],
      ['View', formatNumber(sample.view), `${sample.proposer} is to propose`],
      [
        'Quorum',
        `${sample.quorum} of ${sample.validators.length}`,
        `${about?.stops_tolerated ?? 0} may be away`,
      ],
      [
        'Log',
        formatNumber(sample.log_size),
        unfinal === 0 ? 'all cosigned' : `${formatNumber(unfinal)} not cosigned yet`,
      ],
      ['Disk', formatBytes(sample.disk_free_bytes), 'left, at least'],
      ['Memory', formatBytes(sample.memory_bytes), 'at most'],
      ['Up', formatSpan(sample.uptime_seconds), `${formatNumber(sample.peers_connected)} peers`],
    ];
  return html`<dl class="keys">
    ${rows.map(
      ([name, value, more]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}<small>${more ?? ''}</small></dd>
        </div>`,
    )}
  </dl>`;
}

function lastBlockWords(timestampMs: number | undefined, nowMs: number): string {
  return timestampMs === undefined
    ? ''
    : `${formatSpan((nowMs - timestampMs) / 1_000)} since the last`;
}

function rateWords(rate: number | undefined): string {
  return rate === undefined ? '–' : `${formatNumber(rate)}/s`;
}
