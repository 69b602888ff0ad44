/** The page as a whole: where files are dropped, how far all of them are, and the list of them. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';

import { LANGUAGES } from '../../messages/languages.ts';
import type { MessageKey } from '../../messages/en.ts';
import { shortCheckOf } from './checkView.ts';
import { headlineOf } from './headline.ts';
import { isStale, isUnderWay, type Item, totalsOf, type Totals } from './item.ts';
import { itemView } from './itemView.ts';
import type { Actions, PageState } from './pageState.ts';
import { policyView } from './policyView.ts';
import { fewExpected, type RangeAdvice, SHARING_COUNT_MIN } from './range.ts';
import type { Speech } from './text.ts';

/** Returns the page. */
export function pageView(state: PageState, actions: Actions): TemplateResult {
  const { speech, items } = state;
  const totals = totalsOf(items);
  return html`
    <header class="top">
      <div>
        <h1>${speech.say('title')}</h1>
        <p class="lead">${speech.say('lead')}</p>
      </div>
      ${languageView(speech, actions)}
    </header>
    ${dropView(state, actions)}
    <div role="alert">${noticeView(state)}</div>
    <p role="status" class="unseen">${announcementOf(state, totals)}</p>
    ${items.length === 0 ? nothing : resultsView(state, totals, actions)}
    ${questionView(state, actions)} ${policyView(state, actions)}
  `;
}

/** What stands below the page. */
export function footerView({ say }: Speech): TemplateResult {
  return html`<p>Birthmark node. <a href="/docs">${say('docs')}</a></p>`;
}

function languageView({ language, say }: Speech, actions: Actions): TemplateResult {
  const choose = (event: Event): void =>
    actions.chooseLanguage((event.currentTarget as HTMLSelectElement).value);
  return html`<label class="language">
    <span>${say('language')}</span>
    <select @change=${choose}>
      ${Object.entries(LANGUAGES).map(
        ([tag, { name }]) =>
          html`<option value=${tag} lang=${tag} ?selected=${tag === language}>${name}</option>`,
      )}
    </select>
  </label>`;
}

function dropView(
  { speech: { say }, items, isDragging, origin }: PageState,
  a: Actions,
): TemplateResult {
  const choose = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    a.addFiles(input.files ?? []);
    // The same file may be chosen again.
    input.value = '';
  };
  return html`<section
    class=${items.length === 0 ? 'drop' : 'drop small'}
    ?data-dragging=${isDragging}
    aria-labelledby="drop-title"
  >
    <h2 id="drop-title">${say('drop.title')}</h2>
    <label class="button primary">
      ${say('drop.choose')}<input
        id="files"
        class="unseen"
        type="file"
        multiple
        @change=${choose}
      />
    </label>
    <p>${say('drop.or')}</p>
    <p class="privacy">${say('privacy', { host: new URL(origin).host })} ${say('offline')}</p>
  </section>`;
}

function questionView({ speech, isPrivate, advice }: PageState, a: Actions): TemplateResult {
  const { say } = speech;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const hash = new FormData(form).get('hash');
    a.addText(typeof hash === 'string' ? hash : '');
    form.reset();
  };
  const choose = (event: Event): void =>
    a.choosePrivate((event.currentTarget as HTMLInputElement).checked);
  return html`<form class="ask" action="/verify" @submit=${submit}>
      <label for="hash">${say('hash.label')}</label>
      <div class="row">
        <input id="hash" name="hash" dir="ltr" spellcheck="false" autocomplete="off" />
        <button>${say('hash.add')}</button>
      </div>
    </form>
    <div class="private">
      <label>
        <input
          type="checkbox"
          aria-describedby="private-help"
          .checked=${isPrivate}
          @change=${choose}
        />
        ${say('private.label')}
      </label>
      <p id="private-help" class="soft">${say('private.help')}</p>
      <div role="alert">${isPrivate ? adviceView(advice, speech) : nothing}</div>
    </div>`;
}

/** Said before any digits go out. */
function adviceView(
  advice: RangeAdvice | undefined,
  { say, number }: Speech,
): TemplateResult | typeof nothing {
  const count = advice === undefined ? undefined : fewExpected(advice);
  if (advice === undefined || count === undefined) return nothing;
  const { digits, total = 0 } = advice;
  const values = { total: number(total), digits, count, min: SHARING_COUNT_MIN };
  return html`<p class="notice">
    ${say('range.few.expected', values)} ${say('range.few', values)}
  </p>`;
}

function noticeView({ speech: { say }, notice }: PageState): TemplateResult | typeof nothing {
  return notice === undefined
    ? nothing
    : html`<p class="notice">${say(notice.key, notice.values)}</p>`;
}

function resultsView(state: PageState, totals: Totals, actions: Actions): TemplateResult {
  const { speech, items } = state;
  const { say } = speech;
  return html`<section id="results" aria-labelledby="results-title">
    <div class="results-top">
      <h2 id="results-title">${say('results')}</h2>
      ${items.length > 1 ? manyView(state, actions) : nothing}
    </div>
    ${items.length > 1 ? totalsView(speech, totals) : nothing}
    <ul class="items">
      ${repeat(
        items,
        ({ id }) => id,
        (item) => html`<li>${itemView(item, state, actions)}</li>`,
      )}
    </ul>
  </section>`;
}

function manyView({ speech: { say }, items }: PageState, actions: Actions): TemplateResult {
  return html`<div class="actions">
    <button @click=${() => actions.saveTable()}>${say('take.csv')}</button>
    <button @click=${() => actions.saveReport(items)}>${say('take.reports')}</button>
    <button @click=${() => actions.clear()}>${say('clear')}</button>
  </div>`;
}

function totalsView({ say, bytes }: Speech, totals: Totals): TemplateResult {
  const { count, hashedCount } = totals;
  const done = hashedCount === count;
  return html`<div class="totals">
    <p>
      ${say('total.files', { done: hashedCount, count })}${
        totals.bytes === 0
          ? nothing
          : html`
              <span class="soft"
                >(${say('total.bytes', {
                  done: bytes(totals.hashedBytes),
                  total: bytes(totals.bytes),
                })})</span
              >
            `
      }
    </p>
    ${
      done
        ? nothing
        : html`<progress
            aria-label=${say('total.progress')}
            max=${totals.bytes}
            .value=${totals.hashedBytes}
          ></progress>`
    }
    <p>${summaryOf(totals, say)}</p>
  </div>`;
}

function summaryOf(totals: Totals, say: Speech['say']): string {
  const { registered, edits, absent, unconfirmed, others } = totals;
  const summary = say('total.summary', { registered, edits, absent, others });
  return unconfirmed === 0
    ? summary
    : `${summary} · ${say('total.unconfirmed', { count: unconfirmed })}`;
}

/** What a screen reader says: when work begins, when proofs are checked, and what came of all. */
function announcementOf({ speech, items }: PageState, totals: Totals): string {
  const { say } = speech;
  const [item] = items;
  if (item === undefined) return '';
  if (!totals.isSettled) return say(workOf(items));
  if (items.length > 1) return `${say('total.done')} ${summaryOf(totals, say)}`;
  const said = [headlineOf(item, speech), shortCheckOf(item.check, speech)];
  return [...said, isStale(item) ? say('stage.unasked') : '']
    .filter((text) => text !== '')
    .join(' · ');
}

/** The earliest work that anything waits for. */
function workOf(items: readonly Item[]): MessageKey {
  const underWay = items.filter(({ stage }) => isUnderWay(stage));
  if (underWay.length === 0) return 'check.running';
  return underWay.some(({ hash }) => hash === undefined) ? 'stage.hashing' : 'stage.asking';
}
