/** The languages of certificates. */
import { DE_CERTIFICATE } from './de.ts';
import { type CertificateCatalog, EN_CERTIFICATE } from './en.ts';
import { ES_CERTIFICATE } from './es.ts';
import { FR_CERTIFICATE } from './fr.ts';

/** A language that certificates are written in. */
export type CertificateLanguage = 'en' | 'es' | 'fr' | 'de';

/** What certificates say, by language. */
export const CERTIFICATE_CATALOGS: Readonly<Record<CertificateLanguage, CertificateCatalog>> = {
  en: EN_CERTIFICATE,
  es: ES_CERTIFICATE,
  fr: FR_CERTIFICATE,
  de: DE_CERTIFICATE,
};

/** Why a certificate is in English though it was asked for in another language, by that language. */
export const EXCUSES: Readonly<Record<string, string>> = {
  ar: 'Arabic was asked for. This document is in English, because the library that writes it cannot set lines in which Arabic stands beside numbers and names from left to right in their right order. The page at the address above is in Arabic.',
};
