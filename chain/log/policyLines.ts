/** The lines of texts in the form of a trust policy: words parted by spaces and tabs, comments, limits. */
import { formatUtf8, parseUtf8 } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { URL_BYTES_MAX } from '../limits.ts';
import { POLICY_BYTES_MAX, POLICY_LINE_BYTES_MAX, POLICY_LINE_COUNT_MAX } from './limits.ts';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const NUMBER_SIGN = 0x23;
const DELETE = 0x7f;

/**
 * Hands over the words of each line that has some, in order. Each line ends with a line feed.
 *
 * Throws ERR_LIMIT, or ERR_POLICY with the number of the line, also for what `take` refuses.
 */
export function readPolicyLines(bytes: Uint8Array, take: (words: readonly string[]) => void): void {
  checkLimit('bytes of a policy', bytes.length, POLICY_BYTES_MAX);
  let start = 0;
  for (let number = 1; start < bytes.length; number++) {
    checkLimit('lines of a policy', number, POLICY_LINE_COUNT_MAX);
    const end = bytes.indexOf(LINE_FEED, start);
    if (end < 0) throw refused(`line ${number} does not end with a line feed`);
    checkLimit('bytes of a line', end - start, POLICY_LINE_BYTES_MAX);
    readLine(bytes.subarray(start, end), number, take);
    start = end + 1;
  }
}

function readLine(
  line: Uint8Array,
  number: number,
  take: (words: readonly string[]) => void,
): void {
  try {
    const words = wordsOf(line);
    if (words.length > 0) take(words);
  } catch (cause) {
    if (!(cause instanceof ChainError) || cause.code === 'ERR_LIMIT') throw cause;
    throw refused(`line ${number}: ${cause.message}`, cause);
  }
}

/** The words of a line: none where it is empty or a comment, whose bytes need not be UTF-8. */
function wordsOf(line: Uint8Array): readonly string[] {
  if (line.some((byte) => (byte < SPACE && byte !== TAB) || byte === DELETE)) {
    throw refused('there is a control character');
  }
  const first = line.find((byte) => byte !== SPACE && byte !== TAB);
  if (first === undefined || first === NUMBER_SIGN) return [];
  return parseUtf8(line)
    .split(/[ \t]+/)
    .filter((word) => word !== '');
}

/** Returns the words after the first of a line. Throws ERR_POLICY where they are too few or too many. */
export function wordsBetween(
  words: readonly string[],
  min: number,
  max: number,
): readonly string[] {
  if (words.length < min || words.length > max) {
    const wanted = max === Infinity ? `${min} or more` : `${min} to ${max}`;
    throw refused(`${words.length} words follow the first, not ${wanted}`);
  }
  return words;
}

/** Returns a URL as it stands in the line. Throws ERR_LIMIT. */
export function readUrl(text: string | undefined): string | undefined {
  if (text !== undefined) checkLimit('bytes of a URL', formatUtf8(text).length, URL_BYTES_MAX);
  return text;
}

/** Throws ERR_LIMIT where there are too many. */
export function checkLimit(what: string, count: number, max: number): void {
  if (count > max) throw new ChainError('ERR_LIMIT', `${count} ${what} are above ${max}`);
}

/** Returns the refusal of a line, or of a whole text. */
export function refused(message: string, cause?: ChainError): ChainError {
  return new ChainError('ERR_POLICY', message, { cause });
}
