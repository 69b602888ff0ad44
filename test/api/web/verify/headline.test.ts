/** What is said of an item first: never more than is known. */
import { expect } from 'chai';

import { type CheckState, outcomeOf } from '../../../../api/web/verify/checkState.ts';
import { headlineOf, shownVerdictOf } from '../../../../api/web/verify/headline.ts';
import type { Item } from '../../../../api/web/verify/item.ts';
import type { ProofCheck } from '../../../../api/web/verify/job.ts';
import { speak } from '../../../../api/web/verify/text.ts';
import { LANGUAGES, type Language } from '../../../../api/messages/languages.ts';

const KIND_DIFFERS = { field: 'kind', answered: 'camera', proved: 'edit' } as const;
const ENGLISH = speak('en');

function checked(fields: Partial<ProofCheck> = {}): CheckState {
  const check = { verdict: '', code: undefined, steps: [], cosigners: [], differences: [] };
  return { state: 'done', policy: { source: 'none' }, check: { ...check, ...fields } };
}

function itemOf(verdict: string, check: CheckState): Item {
  const finding = { verdict, block_height: 1 } as never;
  return { stage: 'answered', finding, range: undefined, check } as unknown as Item;
}

const REGISTERED = 'Registered as an original photograph';
const SAID = `The node says: ${REGISTERED}`;
const STATES: readonly (readonly [string, CheckState, string, string])[] = [
  ['none', { state: 'none' }, SAID, 'registered_original'],
  ['running', { state: 'running' }, SAID, 'registered_original'],
  ['absent', { state: 'absent', reason: '' }, SAID, 'registered_original'],
  ['holds', checked(), REGISTERED, 'registered_original'],
  [
    'does-not-hold',
    checked({ code: 'ERR_QUORUM' }),
    'The node’s answer could not be confirmed',
    'unconfirmed',
  ],
  [
    'contradicted',
    checked({ differences: [KIND_DIFFERS] }),
    'The node’s answer contradicts its proof',
    'contradicted',
  ],
];

describe('the check of an item', () => {
  for (const [word, check, headline, shown] of STATES) {
    it(`is said in one word, and in its headline: ${word}`, () => {
      const item = itemOf('registered_original', check);

      expect(outcomeOf(check)).to.equal(word);
      expect(headlineOf(item, ENGLISH)).to.equal(headline);
      expect(shownVerdictOf(item)).to.equal(shown);
    });
  }

  it('that does not hold is no contradiction, whatever else differs', () => {
    const check = checked({ code: 'ERR_PROOF', differences: [KIND_DIFFERS] });

    expect(outcomeOf(check)).to.equal('does-not-hold');
  });

  for (const verdict of ['not_found', 'pending'] as const) {
    it(`is not waited for where there is nothing to check: ${verdict}`, () => {
      const item = itemOf(verdict, { state: 'none' });

      expect(headlineOf(item, ENGLISH)).to.equal(ENGLISH.say(`verdict.${verdict}`));
      expect(shownVerdictOf(item)).to.equal(verdict);
    });
  }

  for (const stage of ['unasked', 'unreadable'] as const) {
    it(`says where an item stopped: ${stage}`, () => {
      const item = { stage, check: { state: 'none' } } as Item;

      expect(headlineOf(item, ENGLISH)).to.equal(ENGLISH.say(`stage.${stage}`));
      expect(shownVerdictOf(item)).to.equal(stage);
    });
  }

  for (const language of Object.keys(LANGUAGES) as Language[]) {
    it(`accuses no photograph: ${language}`, () => {
      const speech = speak(language);
      for (const [, check] of STATES.slice(-2)) {
        const headline = headlineOf(itemOf('registered_original', check), speech);

        expect(headline).not.to.include(speech.say('verdict.registered_original'));
        expect(headline).not.to.match(/fake|tamper|fals|gefälscht|manip|مزي|مزو/i);
      }
    });
  }
});
