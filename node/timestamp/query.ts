/**
 * A time-stamp query, written and read.
 *
 * ```
 * TimeStampReq   = SEQUENCE { version INTEGER 1, MessageImprint, reqPolicy OBJECT IDENTIFIER OPTIONAL,
 *                    nonce INTEGER OPTIONAL, certReq BOOLEAN DEFAULT FALSE, [0] extensions OPTIONAL }
 * MessageImprint = SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, parameters OPTIONAL }, OCTET STRING }
 * ```
 *
 * A stranger wrote it, so it is read strictly: what is not DER gets no token. Source: RFC 3161, section 2.4.1.
 */
import { equalBytes } from '../../chain/bytes.ts';
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
import { ChainError } from '../../chain/errors.ts';
import {
  DER_NULL,
  encodeDer,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSmallInteger,
} from './der.ts';
import { NONCE_BYTES_MAX } from './limits.ts';
import { OID } from './oid.ts';
import { TimestampRefusal } from './refusal.ts';

/** What is asked of a time-stamping authority. */
export interface Query {
  /** SHA-256 of what is stamped, 32 bytes. */
  readonly digest: Uint8Array;
  /** The MessageImprint as it was asked: the token repeats it byte for byte. */
  readonly imprint: Uint8Array;
  /** The policy that is wanted, as dotted decimals; undefined: any. */
  readonly policy: string | undefined;
  /** Content of the INTEGER; undefined: none. */
  readonly nonce: Uint8Array | undefined;
  /** Whether the token is to hold the certificates that it is checked by. */
  readonly certReq: boolean;
}

const DIGEST_BYTES = 32;
const VERSION = 1;
const TRUE = 0xff;
const EXTENSIONS_TAG = 0xa0;
/** What may follow the imprint, in this order. */
const OPTIONAL_TAGS: readonly number[] = [
  DER_TAG.objectIdentifier,
  DER_TAG.integer,
  DER_TAG.boolean,
  EXTENSIONS_TAG,
];

/** Returns the query for a SHA-256 of 32 bytes that anybody may sign: certificates wanted, no policy named. */
export function createQuery(digest: Uint8Array, nonce?: Uint8Array): Query {
  const algorithm = encodeSequence(encodeObjectIdentifier(OID.sha256), DER_NULL);
  const imprint = encodeSequence(algorithm, encodeOctetString(digest));
  return { digest, imprint, policy: undefined, nonce, certReq: true };
}

/** Returns the DER of a query. */
export function encodeQuery({ imprint, policy, nonce, certReq }: Query): Uint8Array {
  return encodeSequence(
    encodeSmallInteger(VERSION),
    imprint,
    ...(policy === undefined ? [] : [encodeObjectIdentifier(policy)]),
    ...(nonce === undefined ? [] : [encodeDer(DER_TAG.integer, nonce)]),
    ...(certReq ? [encodeDer(DER_TAG.boolean, Uint8Array.of(TRUE))] : []),
  );
}

/** Returns the query of these bytes. Throws a TimestampRefusal: badAlg, badRequest, badDataFormat, unacceptedExtension. */
export function decodeQuery(bytes: Uint8Array): Query {
  try {
    return readQuery(bytes);
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new TimestampRefusal('badDataFormat', 'the query is not a TimeStampReq in strict DER', {
      cause,
    });
  }
}

function readQuery(bytes: Uint8Array): Query {
  checkDer(bytes);
  const outer = readDer(bytes, 0, bytes.length);
  if (outer.tag !== DER_TAG.sequence) throw badFormat('it is no sequence');
  const [version, imprint, ...optional] = readChildren(bytes, outer);
  if (version?.tag !== DER_TAG.integer || imprint?.tag !== DER_TAG.sequence) {
    throw badFormat('it does not begin with a version and a MessageImprint');
  }
  if (!equalBytes(contentOf(bytes, version), Uint8Array.of(VERSION))) {
    throw new TimestampRefusal('badRequest', 'the version must be 1');
  }
  const found = readOptional(bytes, optional);
  const digest = readImprint(bytes, imprint);
  if (found.has(EXTENSIONS_TAG)) {
    throw new TimestampRefusal('unacceptedExtension', 'no extension is known here');
  }
  const policy = found.get(DER_TAG.objectIdentifier);
  return {
    digest,
    imprint: bytes.slice(imprint.start, imprint.end),
    policy: policy === undefined ? undefined : parseObjectIdentifier(policy),
    nonce: checkNonce(found.get(DER_TAG.integer)),
    certReq: readTrue(found.get(DER_TAG.boolean)),
  };
}

/** Returns the contents by tag. */
function readOptional(
  bytes: Uint8Array,
  fields: readonly DerValue[],
): ReadonlyMap<number, Uint8Array> {
  const places = fields.map(({ tag }) => OPTIONAL_TAGS.indexOf(tag));
  if (!places.every((place, i) => place > (places[i - 1] ?? -1))) {
    throw badFormat('its fields are not those of a TimeStampReq, in their order');
  }
  return new Map(fields.map((field) => [field.tag, contentOf(bytes, field).slice()]));
}

function readImprint(bytes: Uint8Array, imprint: DerValue): Uint8Array {
  const [algorithm, message] = readFields(bytes, imprint, [DER_TAG.sequence, DER_TAG.octetString]);
  const [name, parameters, ...others] = readChildren(bytes, algorithm);
  if (name?.tag !== DER_TAG.objectIdentifier || others.length > 0) {
    throw badFormat('its hash algorithm is no AlgorithmIdentifier');
  }
  const oid = parseObjectIdentifier(contentOf(bytes, name));
  // RFC 5754, section 2: parameters are absent; NULL is to be understood too.
  const isPlain =
    parameters === undefined ||
    equalBytes(bytes.subarray(parameters.start, parameters.end), DER_NULL);
  if (oid !== OID.sha256 || !isPlain) {
    throw new TimestampRefusal('badAlg', 'the hash algorithm must be SHA-256');
  }
  const digest = contentOf(bytes, message).slice();
  if (digest.length !== DIGEST_BYTES) throw badFormat(`a SHA-256 has ${DIGEST_BYTES} bytes`);
  return digest;
}

/** Any number that is in its shortest form, and not too long to be repeated. */
function checkNonce(content: Uint8Array | undefined): Uint8Array | undefined {
  if (content === undefined) return undefined;
  const [first, second = 0] = content;
  const isPadded =
    content.length > 1 && ((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (content.length === 0 || isPadded) throw badFormat('its nonce is no INTEGER in DER');
  if (content.length > NONCE_BYTES_MAX) {
    throw new TimestampRefusal('badRequest', `a nonce has at most ${NONCE_BYTES_MAX} bytes`);
  }
  return content;
}

/** FALSE is the default, which DER leaves out (X.690, section 11.5). */
function readTrue(content: Uint8Array | undefined): boolean {
  if (content === undefined) return false;
  if (!equalBytes(content, Uint8Array.of(TRUE))) throw badFormat('certReq is TRUE, or absent');
  return true;
}

function badFormat(reason: string): TimestampRefusal {
  return new TimestampRefusal('badDataFormat', `the query is malformed: ${reason}`);
}
