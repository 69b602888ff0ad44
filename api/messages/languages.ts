/** The languages of the pages. */

/** Each by its tag (BCP 47), with its own name and the direction of its script. */
export const LANGUAGES = {
  en: { name: 'English', dir: 'ltr' },
  es: { name: 'Español', dir: 'ltr' },
  fr: { name: 'Français', dir: 'ltr' },
  de: { name: 'Deutsch', dir: 'ltr' },
  ar: { name: 'العربية', dir: 'rtl' },
} as const;

/** A language of the pages. */
export type Language = keyof typeof LANGUAGES;

/** The language where a reader names none of ours. */
const FALLBACK: Language = 'en';

/** Returns whether a text is the tag of one of our languages. */
export function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(LANGUAGES, tag);
}

/** Returns the first of the reader's languages that is one of ours; regions and scripts are not told apart. */
export function languageOf(wanted: readonly string[]): Language {
  const tags = wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  return tags.find(isLanguage) ?? FALLBACK;
}
