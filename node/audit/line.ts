/**
 * A line of the audit: JSON in one form, linked to the line before.
 *
 * ```
 * {"seq":7,"ms":…,"time":"…","event":"commit","facts":{…},"prev":"<hash of line 6>"}
 * {"seq":8,"ms":…,"time":"…","event":"seal","facts":{…},"prev":"<hash of line 7>","signature":"…"}
 *
 * hash      = SHA-256('birthmark/audit/v1' || 0x00 || the line without its line feed)
 * signature = Ed25519 by the consensus key, in base64, over
 *             SHA-256('birthmark/audit-signature/v1' || 0x00 || the line up to ',"signature"')
 * ```
 *
 * What is hashed and signed is the bytes as they stand in the file, so that any tool can do it again. A
 * line is accepted only if formatting what it says gives the same bytes.
 */
import { formatBase64, formatHex, formatUtf8, parseBase64 } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { hashDomain } from '../../chain/hash.ts';
import { type Signer, verifySigned } from '../../chain/signature.ts';
import { fieldsOf, isObject } from '../../genesis/json.ts';
import { EVENT_NAMES } from './event.ts';

/** What a line says. */
export interface AuditLine {
  /** 1 for the first line of an audit. */
  readonly seq: number;
  /** Wall clock, Unix milliseconds. */
  readonly ms: number;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Hex of the hash of the line before; zeros in the first. */
  readonly prev: string;
  /** Base64; only in a seal. */
  readonly signature: string | undefined;
}

/** A line that is to be written; its facts are JSON. */
export interface LineParts extends Pick<AuditLine, 'seq' | 'ms' | 'event' | 'prev'> {
  readonly facts: string;
}

/** Event of a line with a signature. */
export const SEAL = EVENT_NAMES.seal;
/** `prev` of the first line. */
export const NO_HASH = '0'.repeat(64);

const SIGNATURE_FIELD = ',"signature":"';
const FIELDS = ['seq', 'ms', 'time', 'event', 'facts', 'prev'];
const PRINTABLE = /^[\x20-\x7e]*$/;
const HASH = /^[0-9a-f]{64}$/;
/** The last moment that a date can hold. */
const MS_MAX = 8_640_000_000_000_000;

/** Returns the text of a line, without its line feed. */
export function formatLine({ seq, ms, event, facts, prev }: LineParts): string {
  const time = new Date(ms).toISOString();
  return `{"seq":${seq},"ms":${ms},"time":"${time}","event":"${event}","facts":${facts},"prev":"${prev}"}`;
}

/** Returns the text of a line with a signature. */
export function formatSeal(parts: LineParts, sign: Signer): string {
  const signed = formatLine(parts).slice(0, -1);
  const signature = formatBase64(sign('auditSignature', formatUtf8(signed)));
  return `${signed}${SIGNATURE_FIELD}${signature}"}`;
}

/** Returns the hex of a line's hash. */
export function hashLine(text: string): string {
  return formatHex(hashDomain('audit', formatUtf8(text)));
}

/** Returns what a line says, or undefined if it is no line of an audit in its one form. */
export function parseLine(text: string): AuditLine | undefined {
  const fields = PRINTABLE.test(text) ? fieldsOf(parseJson(text)) : {};
  if (!hasOneForm(fields, text)) return undefined;
  const { seq, ms, time, event, facts, prev, signature } = fields;
  if (!isCount(seq, Number.MAX_SAFE_INTEGER) || !isTime(ms, time)) return undefined;
  if (typeof event !== 'string' || !isObject(facts) || !isHash(prev)) return undefined;
  return { seq, ms, event, facts, prev, signature: signature?.toString() };
}

function hasOneForm(fields: Readonly<Record<string, unknown>>, text: string): boolean {
  const names = fields['event'] === SEAL ? [...FIELDS, 'signature'] : FIELDS;
  return Object.keys(fields).join() === names.join() && JSON.stringify(fields) === text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isCount(json: unknown, max: number): json is number {
  return Number.isSafeInteger(json) && Number(json) >= 0 && Number(json) <= max;
}

function isTime(ms: unknown, time: unknown): ms is number {
  return isCount(ms, MS_MAX) && time === new Date(ms).toISOString();
}

function isHash(json: unknown): json is string {
  return typeof json === 'string' && HASH.test(json);
}

/** Returns whether a seal's signature is that of a key. False for any other line. */
export function verifySeal(text: string, publicKey: Uint8Array): boolean {
  const at = text.lastIndexOf(SIGNATURE_FIELD);
  if (at === -1) return false;
  const signature = parseSignature(text.slice(at + SIGNATURE_FIELD.length, -'"}'.length));
  const bytes = formatUtf8(text.slice(0, at));
  return (
    signature !== undefined &&
    verifySigned({ publicKey, domain: 'auditSignature', bytes, signature })
  );
}

function parseSignature(text: string): Uint8Array | undefined {
  try {
    return parseBase64(text);
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}
