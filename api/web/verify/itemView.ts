/** One file or hash: how far it is, the verdict in words, and what is known. */
import { html, nothing, type TemplateResult } from 'lit/html.js';

import type { MessageKey } from '../../messages/en.ts';
import type { Found } from '../../schemas/verify.ts';
import { isFound } from './answers.ts';
import { type CheckOutcome, outcomeOf } from './checkState.ts';
import { checkView, shortCheckOf } from './checkView.ts';
import { alsoView, factsView, kinView } from './factsView.ts';
import { headlineOf, isRefuted, shownVerdictOf } from './headline.ts';
import { isStale, isUnderWay, type Item, verdictOf } from './item.ts';
import type { Actions, PageState } from './pageState.ts';
import { SHARING_COUNT_MIN } from './range.ts';
import { checkedKeys, notCheckedKeys } from './sentences.ts';
import { takeView } from './takeView.ts';
import type { Speech } from './text.ts';

type Part = TemplateResult | typeof nothing;

/** Returns an item. */
export function itemView(item: Item, state: PageState, actions: Actions): TemplateResult {
  return isUnderWay(item.stage)
    ? underWayView(item, state.speech, actions)
    : endedView(item, state, actions);
}

/** The name of a file, or the hash that was given. */
function nameView({ file, hash }: Item): TemplateResult {
  return file === undefined
    ? html`<code dir="ltr">${hash}</code>`
    : html`<bdi class="name">${file.name}</bdi>`;
}

function underWayView(item: Item, { say, bytes }: Speech, actions: Actions): TemplateResult {
  const { id, file, stage, hashedBytes } = item;
  const name = file?.name ?? item.hash ?? '';
  return html`<article class="item under-way">
    <span class="mark" aria-hidden="true"></span>
    <div class="what">
      <p class="title">${say(`stage.${stage}` as MessageKey)}</p>
      <p class="soft">
        ${nameView(item)}${
          file === undefined
            ? nothing
            : html`<span
                >${say('total.bytes', { done: bytes(hashedBytes), total: bytes(file.size) })}</span
              >`
        }
      </p>
      ${
        stage === 'hashing' && file !== undefined
          ? html`<progress
              aria-label=${say('file.progress', { name })}
              max=${file.size}
              .value=${hashedBytes}
            ></progress>`
          : nothing
      }
    </div>
    <button aria-label="${say('remove')}: ${name}" @click=${() => actions.remove(id)}>✕</button>
  </article>`;
}

function endedView(item: Item, state: PageState, actions: Actions): TemplateResult {
  const { id, isOpen } = item;
  const { speech } = state;
  const toggle = (event: Event): void =>
    actions.setOpen(id, (event.currentTarget as HTMLDetailsElement).open);
  return html`<details
    class="item"
    data-verdict=${shownVerdictOf(item)}
    data-proof=${outcomeOf(item.check)}
    .open=${isOpen}
    @toggle=${toggle}
  >
    <summary>
      <span class="mark" aria-hidden="true"></span>
      <span class="what">
        <h3 class="title">${headlineOf(item, speech)}</h3>
        <span class="soft">
          ${nameView(item)} <span>${shortCheckOf(item.check, speech)}</span>
          ${isStale(item) ? html`<span>${speech.say('stage.unasked')}</span>` : nothing}
        </span>
      </span>
    </summary>
    ${isOpen ? html`<div class="body">${bodyView(item, state, actions)}</div>` : nothing}
  </details>`;
}

function bodyView(item: Item, state: PageState, actions: Actions): TemplateResult {
  const { finding, range, hash } = item;
  const { speech } = state;
  const parts: readonly Part[] =
    finding !== undefined && isFound(finding)
      ? foundParts(finding, item, { state, actions })
      : hash === undefined
        ? [html`<p>${speech.say('stage.unreadable.help')}</p>`, reasonView(item)]
        : absentParts(item, speech, actions);
  return html`${staleView(item, speech)} ${parts} ${rangeView(range, speech)}
    ${finding === undefined ? nothing : asOfView(finding.as_of, speech)}
    ${hash === undefined ? nothing : takeView(item, state, actions)}
    <div class="actions">
      ${
        hash === undefined
          ? nothing
          : html`<button @click=${() => actions.askAgain(item.id)}>${speech.say('again')}</button>`
      }
      <button @click=${() => actions.remove(item.id)}>${speech.say('remove')}</button>
    </div>`;
}

function absentParts(item: Item, { say }: Speech, actions: Actions): readonly Part[] {
  const { hash, file } = item;
  const verdict = verdictOf(item);
  const fingerprint =
    file === undefined
      ? nothing
      : html`<p class="fingerprint">
          <span>${say('fact.sha256')}</span> <code dir="ltr">${hash}</code>
        </p>`;
  if (verdict === undefined) {
    return [html`<p>${say('stage.unasked.help')}</p>`, reasonView(item), fingerprint];
  }
  return [
    html`<p class="statement">${say(`statement.${verdict}`)}</p>`,
    verdict === 'unnamed'
      ? html`<p>
          <button class="primary" @click=${() => actions.askWhole(item.id)}>
            ${say('details.ask')}
          </button>
        </p>`
      : nothing,
    verdict === 'not_found' ? adviceView(say) : nothing,
    fingerprint,
  ];
}

function adviceView(say: Speech['say']): TemplateResult {
  return html`<h4>${say('absent.title')}</h4>
    <ul>
      <li>${say('absent.copy')}</li>
      <li>${say('absent.later')}</li>
      <li>${say('absent.others')}</li>
    </ul>`;
}

interface Page {
  readonly state: PageState;
  readonly actions: Actions;
}

/** In the page's own words, in English too: the node's sentences are in no proof. */
function foundParts(found: Found, item: Item, { state }: Page): readonly Part[] {
  const { speech } = state;
  const { say } = speech;
  const outcome = outcomeOf(item.check);
  const isProved = outcome === 'holds';
  return [
    html`<p class="statement">${statementOf(found, outcome, say)}</p>`,
    isProved && found.verdict === 'registered_revoked'
      ? html`<p class="soft">${say('revoked.word')}</p>`
      : nothing,
    checkView(item.check, state),
    html`<h4>${say(isProved ? 'section.facts' : 'section.answered')}</h4>`,
    factsView(found, speech),
    isRefuted(outcome) ? nothing : sentencesView('section.checked', checkedKeys(found), say),
    sentencesView('section.not_checked', notCheckedKeys(found), say),
    kinView(found, item.provenance, speech),
    alsoView(found, speech),
  ];
}

function statementOf(found: Found, outcome: CheckOutcome, say: Speech['say']): string {
  if (!isRefuted(outcome)) return say(`statement.${found.verdict}`);
  const verdict = say(`verdict.${found.verdict}`);
  return say(outcome === 'contradicted' ? 'statement.contradicted' : 'statement.unconfirmed', {
    verdict,
  });
}

function sentencesView(
  title: MessageKey,
  keys: readonly MessageKey[],
  say: Speech['say'],
): TemplateResult {
  return html`<h4>${say(title)}</h4>
    <ul>
      ${keys.map((key) => html`<li>${say(key)}</li>`)}
    </ul>`;
}

function staleView(item: Item, { say, moment }: Speech): Part {
  if (!isStale(item)) return nothing;
  const time = moment(Math.floor((item.answeredMs ?? 0) / 1_000));
  return html`<p class="notice stale">${say('stale', { time })}</p>
    ${reasonView(item)}`;
}

function rangeView(range: Item['range'], { say, number }: Speech): Part {
  if (range === undefined) return nothing;
  const { prefix, total, isFew } = range;
  return html`<p class="soft">
      ${say('range.told', { prefix, digits: prefix.length, total: number(total) })}
    </p>
    ${
      isFew ? html`<p class="notice">${say('range.few', { min: SHARING_COUNT_MIN })}</p>` : nothing
    }`;
}

function asOfView({ height, block_time: time }: Found['as_of'], speech: Speech): TemplateResult {
  return html`<p class="soft as-of">
    ${speech.say('as_of', { height, time: speech.moment(time) })}
  </p>`;
}

/** Technical, in English. */
function reasonView({ reason }: Item): Part {
  return reason === undefined
    ? nothing
    : html`<p class="soft"><code lang="en" dir="ltr">${reason}</code></p>`;
}
