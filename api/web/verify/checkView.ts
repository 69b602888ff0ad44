/** The check of a proof: each step, who cosigned, and whether the node said the same. */
import { html, nothing, type TemplateResult } from 'lit/html.js';

import type { MessageKey } from '../../messages/en.ts';
import { type CheckState, type DoneCheck, outcomeOf } from './checkState.ts';
import type {
  CheckedCosigner,
  CheckedStep,
  ComparedField,
  Difference,
  FieldValue,
  ProofCheck,
} from './job.ts';
import type { PageState } from './pageState.ts';
import { policyOriginOf } from './policyView.ts';
import type { Speech } from './text.ts';

/** Returns what a closed item says of its proof; empty: nothing. */
export function shortCheckOf(check: CheckState, { say }: Pick<Speech, 'say'>): string {
  if (check.state === 'none') return '';
  return check.state === 'done' ? resultOf(check, say) : say(`check.${check.state}`);
}

/** Returns the check of a proof; nothing where there is none. */
export function checkView(check: CheckState, state: PageState): TemplateResult | typeof nothing {
  const { say } = state.speech;
  if (check.state === 'none') return nothing;
  return html`<section class="check" data-check=${outcomeOf(check)}>
    <h4>${say('check.title')}</h4>
    ${check.state === 'done' ? doneView(check, state) : html`<p>${say(`check.${check.state}`)}</p>`}
    ${check.state === 'absent' ? codeView(check.reason) : nothing}
  </section>`;
}

/** Technical, in English. */
function codeView(text: string): TemplateResult {
  return html`<p class="soft"><code lang="en" dir="ltr">${text}</code></p>`;
}

function resultOf(done: DoneCheck, say: Speech['say']): string {
  const { steps } = done.check;
  const outcome = outcomeOf(done);
  if (outcome === 'contradicted') return say('check.contradicted');
  if (outcome === 'holds') {
    return say('check.passed', {
      count: steps.filter((step) => step.outcome !== 'skipped').length,
    });
  }
  const failed = steps.find((step) => step.outcome === 'failed')?.name ?? 'proof';
  return say('check.failed', { step: say(`step.${failed}`) });
}

function doneView(done: DoneCheck, state: PageState): TemplateResult {
  const { speech, origin } = state;
  const { check, policy } = done;
  const { say } = speech;
  return html`<p class="result">${resultOf(done, say)}</p>
    ${
      outcomeOf(done) === 'does-not-hold'
        ? html`<p class="notice">${say('check.failed.help')}</p>`
        : agreementView(check, speech)
    }
    ${cosignersView(check, speech)}
    <details>
      <summary>${say('check.steps')}</summary>
      <ol class="steps">
        ${check.steps.map((step) => stepView(step, speech))}
      </ol>
    </details>
    <p class="soft">${policyOriginOf(policy, speech, origin)}</p>`;
}

function agreementView({ differences }: ProofCheck, speech: Speech): TemplateResult {
  const { say } = speech;
  if (differences.length === 0) return html`<p>${say('check.agrees')}</p>`;
  const fields = differences.map(({ field }) => say(LABEL[field])).join(' · ');
  return html`<p class="notice">${say('check.mismatch', { fields })}</p>
    <dl class="differences">
      ${differences.map(
        ({ field, answered, proved }) =>
          html`<dt>${say(LABEL[field])}</dt>
            <dd>
              ${sideView(valueOf(field, answered, speech), say('node.word'))}
              ${sideView(valueOf(field, proved, speech), say('proof.word'))}
            </dd>`,
      )}
    </dl>`;
}

function sideView(value: TemplateResult, side: string): TemplateResult {
  return html`<div>${value} <span class="soft">(${side})</span></div>`;
}

function valueOf(field: Difference['field'], value: FieldValue, speech: Speech): TemplateResult {
  const { say, moment } = speech;
  if (value === null) return html`${say('authority.none')}`;
  if (field === 'timestamp' || field === 'block_time') return html`${moment(Number(value))}`;
  const said = SAID_AS[field];
  if (said !== undefined) return html`${say(`${said}.${value}` as MessageKey)}`;
  return html`<code dir="ltr">${value === '' ? '–' : value}</code>`;
}

/** Whose words are keys of texts. */
const SAID_AS: Partial<Readonly<Record<ComparedField, string>>> = {
  verdict: 'verdict',
  kind: 'kind',
  camera_signature: 'signature',
};

function cosignersView(
  { code, cosigners }: ProofCheck,
  speech: Speech,
): TemplateResult | typeof nothing {
  const { say } = speech;
  if (cosigners.length > 0) {
    return html`<p>${say(code === undefined ? 'check.cosigners' : 'check.cosigners.few')}</p>
      ${cosignerList(cosigners, speech)}`;
  }
  if (code === undefined) return html`<p>${say('check.nobody')}</p>`;
  return code === 'ERR_QUORUM' ? html`<p>${say('check.cosigners.none')}</p>` : nothing;
}

function cosignerList(cosigners: readonly CheckedCosigner[], { moment }: Speech): TemplateResult {
  return html`<ul class="cosigners">
    ${cosigners.map(
      ({ name, timeS }) =>
        html`<li><bdi>${name}</bdi> <span class="soft">${moment(timeS)}</span></li>`,
    )}
  </ul>`;
}

const LABEL = {
  image_hash: 'fact.image_hash',
  verdict: 'fact.verdict',
  kind: 'fact.kind',
  timestamp: 'fact.timestamp',
  block_time: 'fact.block_time',
  block_height: 'fact.block_height',
  camera_signature: 'fact.camera_signature',
  authority: 'fact.authority',
  authority_check: 'fact.authority_check',
  tx_hash: 'fact.tx_hash',
  parents: 'fact.parents',
  log_index: 'fact.log_index',
} as const satisfies Record<ComparedField, string>;

/** What was compared stands inside: sizes, hashes and names. */
function stepView({ name, outcome, detail }: CheckedStep, { say }: Speech): TemplateResult {
  return html`<li data-outcome=${outcome}>
    <details ?open=${outcome === 'failed'}>
      <summary><strong>${say(`step.${name}`)}</strong>: ${say(`outcome.${outcome}`)}</summary>
      <p class="soft">${say(`step.${name}.help`)}</p>
      ${detail === '' ? nothing : codeView(detail)}
    </details>
  </li>`;
}
