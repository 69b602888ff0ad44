/**
 * What a time-stamp token says: the digest, and the time at which it was here.
 *
 * ```
 * TSTInfo  = SEQUENCE { version INTEGER 1, policy OBJECT IDENTIFIER, MessageImprint, serialNumber INTEGER,
 *              genTime GeneralizedTime, Accuracy OPTIONAL, ordering BOOLEAN DEFAULT FALSE, nonce INTEGER OPTIONAL,
 *              [0] tsa OPTIONAL, [1] extensions OPTIONAL }
 * Accuracy = SEQUENCE { seconds INTEGER OPTIONAL, [0] millis OPTIONAL, [1] micros OPTIONAL }
 * ```
 *
 * `ordering`, `tsa` and extensions are not written: the first would promise what several nodes of one institution
 * cannot keep, and the token names its signer twice without the second. Source: RFC 3161, section 2.4.2.
 */
import { formatUtf8, parseUtf8 } from '../../chain/bytes.ts';
import {
  checkDer,
  contentOf,
  DER_TAG,
  type DerValue,
  parseObjectIdentifier,
  readChildren,
  readDer,
  readFields,
} from '../../chain/certificate/der.ts';
import { parseTime, TIME_TAG } from '../../chain/certificate/time.ts';
import { ChainError } from '../../chain/errors.ts';
import { encodeDer, encodeObjectIdentifier, encodeSequence, encodeSmallInteger } from './der.ts';

/** How far the time of a token may be from UTC, in seconds. */
const ACCURACY_S = 1;

/** What a token is to say. */
export interface TstInfo {
  /** Dotted decimals. */
  readonly policy: string;
  /** DER of the MessageImprint. */
  readonly imprint: Uint8Array;
  /** Content of the INTEGER. */
  readonly serialNumber: Uint8Array;
  /** Unix milliseconds. */
  readonly timeMs: number;
  /** Content of the INTEGER; undefined: none was asked. */
  readonly nonce: Uint8Array | undefined;
}

const VERSION = 1;
/** Version, policy, MessageImprint, serial number and time. */
const REQUIRED_TAGS = [
  DER_TAG.integer,
  DER_TAG.objectIdentifier,
  DER_TAG.sequence,
  DER_TAG.integer,
  TIME_TAG.generalized,
];
type Fields = readonly [
  version: DerValue,
  policy: DerValue,
  imprint: DerValue,
  serial: DerValue,
  time: DerValue,
  ...optional: DerValue[],
];
/** What may follow, in this order. */
const OPTIONAL_TAGS: readonly number[] = [
  DER_TAG.sequence,
  DER_TAG.boolean,
  DER_TAG.integer,
  0xa0,
  0xa1,
];
const TIME = /^(?<seconds>\d{14})(?:\.(?<fraction>\d{0,8}[1-9]))?Z$/;

/** Returns the DER of a TSTInfo, with the accuracy that this software promises. */
export function encodeTstInfo(info: TstInfo): Uint8Array {
  const { policy, imprint, serialNumber, timeMs, nonce } = info;
  return encodeSequence(
    encodeSmallInteger(VERSION),
    encodeObjectIdentifier(policy),
    imprint,
    encodeDer(DER_TAG.integer, serialNumber),
    encodeDer(TIME_TAG.generalized, formatUtf8(formatTime(timeMs))),
    encodeSequence(encodeSmallInteger(ACCURACY_S)),
    ...(nonce === undefined ? [] : [encodeDer(DER_TAG.integer, nonce)]),
  );
}

/** Returns what a TSTInfo says, whoever wrote it. Throws a ChainError. */
export function decodeTstInfo(bytes: Uint8Array): TstInfo {
  checkDer(bytes);
  const outer = readDer(bytes, 0, bytes.length);
  const fields = readChildren(bytes, outer);
  if (!REQUIRED_TAGS.every((tag, i) => fields[i]?.tag === tag)) throw malformed();
  const [, policy, imprint, serial, time, ...optional] = fields as Fields;
  const nonce = findOptional(optional, DER_TAG.integer);
  return {
    policy: parseObjectIdentifier(contentOf(bytes, policy)),
    imprint: bytes.slice(imprint.start, imprint.end),
    serialNumber: contentOf(bytes, serial).slice(),
    timeMs: parseGenTime(contentOf(bytes, time)),
    nonce: nonce === undefined ? undefined : contentOf(bytes, nonce).slice(),
  };
}

/** Returns the digest in a MessageImprint's DER. Throws a ChainError. */
export function digestOf(imprint: Uint8Array): Uint8Array {
  checkDer(imprint);
  const outer = readDer(imprint, 0, imprint.length);
  const tags = [DER_TAG.sequence, DER_TAG.octetString] as const;
  const [, digest] = readFields(imprint, outer, tags);
  return contentOf(imprint, digest).slice();
}

function findOptional(fields: readonly DerValue[], tag: number): DerValue | undefined {
  const places = fields.map((field) => OPTIONAL_TAGS.indexOf(field.tag));
  if (!places.every((place, i) => place > (places[i - 1] ?? -1))) throw malformed();
  return fields.find((field) => field.tag === tag);
}

/** `YYYYMMDDhhmmss.fffZ`, the fraction without zeros at its end, and without its point where nothing is left. */
function formatTime(timeMs: number): string {
  const text = new Date(timeMs).toISOString().replaceAll(/[-:T]/g, '');
  return text.replace(/\.?0*Z$/, 'Z');
}

function parseGenTime(content: Uint8Array): number {
  const groups = TIME.exec(parseUtf8(content))?.groups;
  if (groups === undefined) throw malformed();
  const { seconds = '', fraction = '' } = groups;
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  return parseTime(TIME_TAG.generalized, formatUtf8(`${seconds}Z`)) * 1_000 + ms;
}

function malformed(): ChainError {
  return new ChainError('ERR_MALFORMED', 'the token holds no TSTInfo in DER');
}
