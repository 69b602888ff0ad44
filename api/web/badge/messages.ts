/** What a badge says, in the languages of the pages. */
import { LANGUAGES, languageOf } from '../../messages/languages.ts';
import { AR_BADGE } from '../../messages/ar.ts';
import { DE_BADGE } from '../../messages/de.ts';
import { EN_BADGE } from '../../messages/en.ts';
import { ES_BADGE } from '../../messages/es.ts';
import { FR_BADGE } from '../../messages/fr.ts';

/** What a badge says, and in which language. */
export type BadgeMessages = Readonly<Record<keyof typeof EN_BADGE, string>> & {
  readonly lang: string;
  readonly dir: string;
};

const BADGES = { en: EN_BADGE, es: ES_BADGE, fr: FR_BADGE, de: DE_BADGE, ar: AR_BADGE };

/** Returns what a badge says where a page says that it is in this language, or else in the reader's. */
export function badgeMessagesOf(pageLang: string | undefined): BadgeMessages {
  const lang = languageOf(pageLang === undefined ? navigator.languages : [pageLang]);
  return { ...BADGES[lang], lang, dir: LANGUAGES[lang].dir };
}
