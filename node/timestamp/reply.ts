/**
 * The answer to a time-stamp query, written and read.
 *
 * ```
 * TimeStampResp = SEQUENCE { PKIStatusInfo, ContentInfo OPTIONAL }
 * PKIStatusInfo = SEQUENCE { status INTEGER, SEQUENCE OF UTF8String OPTIONAL, failInfo BIT STRING OPTIONAL }
 * ```
 *
 * It is what a file `.tsr` holds. Source: RFC 3161, section 2.4.2.
 */
import { formatUtf8, parseUtf8 } from '../../chain/bytes.ts';
import {
  checkDer,
  contentOf,
  DER_TAG,
  type DerValue,
  readChildren,
  readDer,
} from '../../chain/certificate/der.ts';
import { ChainError } from '../../chain/errors.ts';
import { encodeDer, encodeNamedBit, encodeSequence, encodeSmallInteger } from './der.ts';
import { type Failure, FAILURE_BIT, type TimestampRefusal } from './refusal.ts';
import { readTokenInfo } from './token.ts';
import { decodeTstInfo, type TstInfo } from './tstInfo.ts';

/** What a reply says. */
export type Reply =
  | { readonly status: 'granted'; readonly info: TstInfo }
  | {
      readonly status: 'rejected';
      /** Undefined: none that this software knows. */
      readonly failure: Failure | undefined;
      /** For people; empty if there is none. */
      readonly text: string;
    };

const GRANTED = 0;
/** The second is granted with modifications. */
const GRANTED_STATUSES = [GRANTED, 1];
const REJECTION = 2;

/** Returns the reply that holds a token. */
export function encodeGranted(token: Uint8Array): Uint8Array {
  return encodeSequence(encodeSequence(encodeSmallInteger(GRANTED)), token);
}

/** Returns the reply that says why there is no token. */
export function encodeRejection({ failure, message }: TimestampRefusal): Uint8Array {
  const text = encodeDer(DER_TAG.utf8String, formatUtf8(message));
  return encodeSequence(
    encodeSequence(
      encodeSmallInteger(REJECTION),
      encodeSequence(text),
      encodeNamedBit(FAILURE_BIT[failure]),
    ),
  );
}

/** Returns what a reply says; its signature is not looked at. Throws a ChainError where it is none. */
export function decodeReply(bytes: Uint8Array): Reply {
  checkDer(bytes);
  const outer = readDer(bytes, 0, bytes.length);
  const [status, token, ...others] = readChildren(bytes, outer);
  if (status?.tag !== DER_TAG.sequence || others.length > 0) throw malformed();
  const [number, ...details] = readChildren(bytes, status);
  const isGranted = GRANTED_STATUSES.includes(readStatus(bytes, number));
  // RFC 3161, section 2.4.2: a token is there if, and only if, it was granted.
  if (isGranted !== (token !== undefined)) throw malformed();
  if (token !== undefined) {
    return { status: 'granted', info: decodeTstInfo(readTokenInfo(bytes, token)) };
  }
  const text = textOf(bytes, details);
  return { status: 'rejected', failure: failureOf(bytes, details), text };
}

function readStatus(bytes: Uint8Array, value: DerValue | undefined): number {
  if (value?.tag !== DER_TAG.integer) throw malformed();
  const [status, ...others] = contentOf(bytes, value);
  if (status === undefined || others.length > 0) throw malformed();
  return status;
}

function textOf(bytes: Uint8Array, details: readonly DerValue[]): string {
  const list = details.find(({ tag }) => tag === DER_TAG.sequence);
  if (list === undefined) return '';
  return readChildren(bytes, list)
    .map((each) => parseUtf8(contentOf(bytes, each)))
    .join('; ');
}

function failureOf(bytes: Uint8Array, details: readonly DerValue[]): Failure | undefined {
  const bits = details.find(({ tag }) => tag === DER_TAG.bitString);
  if (bits === undefined) return undefined;
  const octets = contentOf(bytes, bits).subarray(1);
  const isSet = (bit: number): boolean =>
    ((octets[Math.floor(bit / 8)] ?? 0) & (0x80 >> (bit % 8))) !== 0;
  return (Object.keys(FAILURE_BIT) as Failure[]).find((name) => isSet(FAILURE_BIT[name]));
}

function malformed(): ChainError {
  return new ChainError('ERR_MALFORMED', 'the bytes are no TimeStampResp in DER');
}
