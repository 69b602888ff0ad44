import { expect } from 'chai';

import { CERTIFICATE_CATALOGS, EXCUSES } from '../../../api/messages/certificate/catalogs.ts';

const { en, ...others } = CERTIFICATE_CATALOGS;
const holesOf = (text: string): readonly string[] => (text.match(/\{\w+\}/g) ?? []).toSorted();
/** Letters that the fonts of certificates have: Latin-1, and some marks. */
const LETTERS = /^[\u0020-\u007e\u00a0-\u00ff\u0152\u0153\u2013\u2014\u2018-\u201e\u2026\u202f]+$/;

describe('the texts of certificates', () => {
  for (const [language, catalog] of Object.entries(others)) {
    it(`have the same values in ${language} as in English, and none empty`, () => {
      for (const [key, text] of Object.entries(en)) {
        const translated = catalog[key as keyof typeof en];
        expect(holesOf(translated), key).to.deep.equal(holesOf(text));
        expect(translated.trim(), key).not.to.equal('');
      }
    });
  }

  it('have only letters that their fonts have', () => {
    for (const catalog of [...Object.values(CERTIFICATE_CATALOGS), EXCUSES])
      for (const text of Object.values(catalog)) expect(text).to.match(LETTERS);
  });

  it('call no picture fake, and nothing tampered', () => {
    for (const catalog of Object.values(CERTIFICATE_CATALOGS))
      expect(Object.values(catalog).join(' ')).not.to.match(
        /fake|tamper|falsch|gefälscht|manipul|faux|truqu|fals[oa]\b/i,
      );
  });
});
