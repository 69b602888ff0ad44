/**
 * The two forms of a certificate's dates, read strictly.
 *
 * General readers of ASN.1 accept times without a zone and read them in the zone of the machine they run on;
 * a date must mean the same to every validator. Source: RFC 5280, section 4.1.2.5: both forms end in `Z`
 * and give the seconds.
 */
import { parseUtf8 } from '../bytes.ts';
import { ChainError } from '../errors.ts';

/** Tags of the two forms. */
export const TIME_TAG = { utc: 0x17, generalized: 0x18 } as const;

const TIME = /^\d{14}Z$/;
const DAY_S = 86_400;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Returns the Unix seconds of `YYMMDDHHMMSSZ` (UTCTime, 1950 to 2049) or `YYYYMMDDHHMMSSZ`
 * (GeneralizedTime). Throws ERR_CERTIFICATE_MALFORMED, also for a day that no calendar has.
 */
export function parseTime(tag: number, content: Uint8Array): number {
  const text = textOf(content);
  const full = tag === TIME_TAG.utc ? withCentury(text) : text;
  if (!TIME.test(full) || (tag !== TIME_TAG.utc && tag !== TIME_TAG.generalized)) {
    throw malformed('a date is neither UTCTime nor GeneralizedTime with seconds and Z');
  }
  const [date, time] = [full.slice(0, 8), full.slice(8)];
  return daysOf(date) * DAY_S + secondsOf(time);
}

/** Days from the epoch to `YYYYMMDD`. */
function daysOf(date: string): number {
  const [year, month, day] = [numberAt(date, 0, 4), numberAt(date, 4, 6), numberAt(date, 6, 8)];
  if (day < 1 || day > daysOfMonth(year, month)) throw malformed('there is no such day');
  return daysFromEpoch(year, month, day);
}

/** Seconds from midnight to `HHMMSS`. */
function secondsOf(time: string): number {
  const [hour, minute, second] = [numberAt(time, 0, 2), numberAt(time, 2, 4), numberAt(time, 4, 6)];
  if (hour > 23 || minute > 59 || second > 59) throw malformed('there is no such time of day');
  return hour * 3_600 + minute * 60 + second;
}

function numberAt(digits: string, start: number, end: number): number {
  return Number(digits.slice(start, end));
}

function textOf(content: Uint8Array): string {
  try {
    return parseUtf8(content);
  } catch (cause) {
    throw malformed('a date is not text', { cause });
  }
}

function withCentury(text: string): string {
  return text < '50' ? `20${text}` : `19${text}`;
}

/** Days of a month, 0 if there is no such month. */
function daysOfMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0);
}

/**
 * Days from 1970-01-01 in the Gregorian calendar. Years are counted from March, so that a leap day is the
 * last of its year. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
 */
function daysFromEpoch(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + dayOfYear - 719_468;
}

function malformed(reason: string, options?: ErrorOptions): ChainError {
  return new ChainError(
    'ERR_CERTIFICATE_MALFORMED',
    `the certificate is malformed: ${reason}`,
    options,
  );
}
