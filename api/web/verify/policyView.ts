/** Whose signatures count: where the policy came from, what that means, and how to use one of one's own. */
import { html, nothing, type TemplateResult } from 'lit/html.js';

import type { Actions, PageState } from './pageState.ts';
import type { PolicySummary } from './job.ts';
import type { PolicyInForce } from './policyKeeper.ts';
import type { Speech } from './text.ts';

/** Returns what the origin of a policy means. */
export function policyOriginOf(policy: PolicyInForce, speech: Speech, origin: string): string {
  const { say, moment } = speech;
  if (policy.source === 'none') return say('policy.missing');
  if (policy.source === 'reader') return say('policy.reader', { name: policy.name });
  const date = moment(Math.floor(policy.sinceMs / 1_000));
  return say('policy.node', { host: new URL(origin).host, date });
}

/** Returns the part of the page about the policy. */
export function policyView(state: PageState, actions: Actions): TemplateResult {
  const { speech, policy, isPolicyOpen, isPolicyBad, origin } = state;
  const { say } = speech;
  const choose = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined) actions.choosePolicy(file);
    input.value = '';
  };
  const toggle = (event: Event): void =>
    actions.setPolicyOpen((event.currentTarget as HTMLDetailsElement).open);
  return html`<details class="policy" .open=${isPolicyOpen} @toggle=${toggle}>
    <summary><h2>${say('policy.title')}</h2></summary>
    ${changeView(policy, speech, actions)}
    <p>${policyOriginOf(policy, speech, origin)}</p>
    ${policy.source === 'none' ? nothing : membersView(policy.summary, say)}
    <p>${say('policy.advice')}</p>
    <div class="actions">
      <label class="button">
        ${say('policy.choose')}<input
          id="policy-file"
          class="unseen"
          type="file"
          @change=${choose}
        />
      </label>
      ${
        policy.source === 'reader'
          ? html`<button @click=${() => actions.forgetPolicy()}>${say('policy.forget')}</button>`
          : nothing
      }
      <a href="/policy" download="policy.txt">${say('take.policy')}</a>
    </div>
    <div role="alert">
      ${isPolicyBad ? html`<p class="notice">${say('policy.bad')}</p>` : nothing}
    </div>
  </details>`;
}

function changeView(
  policy: PolicyInForce,
  { say, moment }: Speech,
  actions: Actions,
): TemplateResult | typeof nothing {
  if (policy.source !== 'node' || policy.other === undefined) return nothing;
  const date = moment(Math.floor(policy.sinceMs / 1_000));
  return html`<div class="notice" role="alert">
    <p>${say('policy.changed', { date })}</p>
    ${membersView(policy.other.summary, say)}
    <button @click=${() => actions.acceptPolicy()}>${say('policy.accept')}</button>
  </div>`;
}

function membersView(
  { log, institutions, quorum }: PolicySummary,
  say: Speech['say'],
): TemplateResult {
  return html`<dl>
    <dt>${say('policy.log')}</dt>
    <dd><bdi>${log}</bdi></dd>
    <dt>${say('policy.institutions')}</dt>
    <dd>
      <ul>
        ${institutions.map((name) => html`<li><bdi>${name}</bdi></li>`)}
      </ul>
    </dd>
    <dt>${say('policy.quorum')}</dt>
    <dd><bdi>${quorum}</bdi></dd>
  </dl>`;
}
