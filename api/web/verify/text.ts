/** What the page says, in one language: texts with values in them, numbers, times and sizes. */
import { AR } from '../../messages/ar.ts';
import { DE } from '../../messages/de.ts';
import { type Catalog, EN, type MessageKey } from '../../messages/en.ts';
import { ES } from '../../messages/es.ts';
import { FR } from '../../messages/fr.ts';
import { type Language, LANGUAGES } from '../../messages/languages.ts';

/** Values of a text by their names in braces. */
export type Values = Readonly<Record<string, string | number>>;

/** A language, spoken. */
export interface Speech {
  readonly language: Language;
  readonly dir: 'ltr' | 'rtl';
  readonly catalog: Catalog;
  /** Returns a text. */
  readonly say: (key: MessageKey, values?: Values) => string;
  /** Returns a moment in UTC; Unix seconds that no calendar has stay a number. */
  readonly moment: (seconds: number) => string;
  /** Returns a length of time in its largest unit that is not below two. */
  readonly duration: (seconds: number) => string;
  readonly bytes: (count: number) => string;
  readonly number: (count: number) => string;
}

const CATALOGS: Readonly<Record<Language, Catalog>> = { en: EN, es: ES, fr: FR, de: DE, ar: AR };

/** Where a language is written in several ways, one that much of the world reads. */
const LOCALE: Readonly<Record<Language, string>> = {
  en: 'en-GB',
  es: 'es',
  fr: 'fr',
  de: 'de',
  ar: 'ar',
};

const DURATIONS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;
const SIZES = [
  [1e9, 'gigabyte'],
  [1e6, 'megabyte'],
  [1e3, 'kilobyte'],
  [1, 'byte'],
] as const;

/** Keeps a value of another direction from mixing with the text around it (Unicode, UAX 9). */
const ISOLATE = ['\u2068', '\u2069'] as const;

/** Returns a language, spoken. */
export function speak(language: Language): Speech {
  const catalog = CATALOGS[language];
  const { dir } = LANGUAGES[language];
  // Digits as in the hashes and block numbers beside them, and hours from 0 to 23.
  const locale = `${LOCALE[language]}-u-nu-latn-hc-h23`;
  const moments = new Intl.DateTimeFormat(locale, {
    dateStyle: 'long',
    timeStyle: 'medium',
    timeZone: 'UTC',
  });
  const numbers = new Intl.NumberFormat(locale);
  const withUnit = (count: number, unit: string, unitDisplay: 'long' | 'short'): string =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      unitDisplay,
      maximumFractionDigits: 1,
    }).format(count);
  const speech: Speech = {
    language,
    dir,
    catalog,
    say: (key, values = {}) => fill(catalog[key], values, dir),
    moment: (seconds) => {
      const time = new Date(seconds * 1_000);
      return Number.isNaN(time.getTime())
        ? speech.say('seconds_after_1970', { seconds })
        : `${moments.format(time)} UTC`;
    },
    duration: (seconds) => {
      const [size, unit] = DURATIONS.find(([each]) => seconds >= 2 * each) ?? [1, 'second'];
      return withUnit(Math.floor(seconds / size), unit, 'long');
    },
    bytes: (count) => {
      const [size, unit] = SIZES.find(([each]) => count >= each) ?? [1, 'byte'];
      return withUnit(count / size, unit, 'short');
    },
    number: (count) => numbers.format(count),
  };
  return speech;
}

function fill(text: string, values: Values, dir: 'ltr' | 'rtl'): string {
  const [before, after] = dir === 'rtl' ? ISOLATE : ['', ''];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : `${before}${value}${after}`;
  });
}
