/** What the pages say: complete in every language, and never more than is known. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { AR, AR_BADGE } from '../../../api/messages/ar.ts';
import { DE, DE_BADGE } from '../../../api/messages/de.ts';
import { EN, EN_BADGE, type MessageKey } from '../../../api/messages/en.ts';
import { ES, ES_BADGE } from '../../../api/messages/es.ts';
import { FR, FR_BADGE } from '../../../api/messages/fr.ts';
import { LANGUAGES, languageOf } from '../../../api/messages/languages.ts';

const WEB = path.resolve(import.meta.dirname, '../../../api/web');
const ENGLISH = { ...EN, ...EN_BADGE };
const OTHERS = {
  es: { ...ES, ...ES_BADGE },
  fr: { ...FR, ...FR_BADGE },
  de: { ...DE, ...DE_BADGE },
  ar: { ...AR, ...AR_BADGE },
};

/** Words that would say that a picture is false, or that somebody changed it. */
const ACCUSING =
  /fake|tamper|forge|manipul|fals|trucad|adulter|faux|fausse|truqu|fälsch|unecht|مزي|مزو|تلاعب|زائف|كاذب/i;

const placeholdersOf = (text: string): readonly string[] =>
  [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).toSorted();

describe('the messages of the pages', () => {
  for (const [language, catalog] of Object.entries(OTHERS)) {
    it(`have the keys of English in ${language}, and no others`, () => {
      expect(Object.keys(catalog)).to.have.members(Object.keys(ENGLISH));
    });

    it(`have the values of English in ${language}, and are not empty`, () => {
      for (const [key, text] of Object.entries(catalog)) {
        const english = ENGLISH[key as MessageKey];
        expect(text.trim(), key).not.to.equal('');
        expect(new Set(placeholdersOf(text)), key).to.deep.equal(new Set(placeholdersOf(english)));
      }
    });

    it(`are translated into ${language}`, () => {
      const same = Object.entries(catalog).filter(
        ([key, text]) => text === ENGLISH[key as MessageKey] && text.length > 20,
      );
      expect(same).to.deep.equal([]);
    });
  }

  it('are of each language that the pages offer', () => {
    expect(Object.keys(LANGUAGES)).to.have.members(['en', ...Object.keys(OTHERS)]);
  });

  it('never say that a picture is false, in any language', () => {
    for (const catalog of [ENGLISH, ...Object.values(OTHERS)]) {
      for (const text of Object.values(catalog)) expect(text).not.to.match(ACCUSING);
    }
  });

  it('are all said somewhere', () => {
    const files = readdirSync(WEB, { recursive: true, encoding: 'utf8' });
    const source = files
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(path.join(WEB, name), 'utf8'))
      .join('\n');
    // A key that is put together of a prefix and a value is said by its prefix.
    const prefixes = [...source.matchAll(/`(\w+)\.\$\{/g)].map(([, prefix]) => `${prefix ?? ''}.`);

    for (const key of Object.keys(EN)) {
      const isSaid =
        source.includes(`'${key}'`) ||
        source.includes(`EN.${key}`) ||
        prefixes.some((prefix) => key.startsWith(prefix));
      expect(isSaid, key).to.equal(true);
    }
  });
});

describe('the language of a reader', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['de-AT', 'en'], 'de'],
    [['pt-BR', 'es-MX', 'en'], 'es'],
    [['AR-eg'], 'ar'],
    [['zh-Hant', 'ja'], 'en'],
    [[], 'en'],
    [['', '-', 'constructor', '__proto__', 'french'], 'en'],
  ];
  for (const [wanted, language] of cases) {
    it(`who wants ${wanted.join(', ') || 'none'} is ${language}`, () => {
      expect(languageOf(wanted)).to.equal(language);
    });
  }
});
