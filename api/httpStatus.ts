/**
 * The HTTP status of each refusal, and what it means in one line.
 *
 * 400: JSON, type, length or encoding. 422: well formed, but outside its range. 401: dates and signatures of
 * a camera. 403: the right form from somebody who is not admitted, or to a node that never admits any: sent again
 * it gets the same. A batch answers each item with its own.
 */
import type { ErrorCode } from './errors.ts';

/** The HTTP status of each code. The compiler demands a row for every code. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  ERR_JSON: 400,
  ERR_FIELD: 400,
  ERR_RANGE: 422,
  ERR_BODY_TOO_LARGE: 413,
  ERR_HEADERS_TOO_LARGE: 431,
  ERR_RATE: 429,
  ERR_QUEUE_FULL: 503,
  ERR_NOT_READY: 503,
  ERR_OBSERVER: 403,
  ERR_NO_TIMESTAMPS: 404,
  ERR_LEGACY_GONE: 410,
  ERR_NOT_FOUND: 404,
  ERR_NOT_HELD: 404,
  ERR_METHOD: 405,
  ERR_ORIGIN: 403,
  ERR_TIMEOUT: 408,
  ERR_DUPLICATE: 409,
  ERR_AUTHORITY_REFUSED: 403,
  ERR_AUTHORITY_UNREACHABLE: 504,
  ERR_INTERNAL: 500,

  ERR_MALFORMED: 400,
  ERR_SIGNATURE: 401,
  ERR_SIGNATURE_ENCODING: 400,
  ERR_CAMERA_SIGNATURE: 401,
  ERR_VERDICT_SIGNATURE: 401,

  ERR_CERTIFICATE_MALFORMED: 400,
  ERR_EXTENSION_MISSING: 400,
  ERR_EXTENSION_DUPLICATE: 400,
  ERR_EXTENSION_ENCODING: 400,
  ERR_NUC_LENGTH: 400,
  ERR_KEY_TABLE_RANGE: 422,
  ERR_KEY_INDEX_RANGE: 422,
  ERR_CRITICAL_EXTENSION: 422,
  ERR_KEY_NOT_P256: 422,
  ERR_CA_AS_LEAF: 422,
  ERR_KEY_USAGE: 422,
  ERR_CERTIFICATE_NOT_YET_VALID: 401,
  ERR_CERTIFICATE_EXPIRED: 401,
  ERR_CERTIFICATE_SIGNATURE: 401,
  ERR_ISSUER_NOT_PINNED: 403,
  ERR_ISSUER_NAME: 403,
  ERR_ISSUER_EXPIRED: 401,
  ERR_MANUFACTURER_ID: 403,
  ERR_ENDPOINT: 403,

  ERR_TIMESTAMP_AHEAD: 422,
  ERR_TIMESTAMP_BEFORE_CERTIFICATE: 422,
  ERR_LEGACY_OFF: 410,
  ERR_RECORD: 422,
  ERR_EVIDENCE: 422,

  ERR_CHAIN_ID: 422,
  ERR_UNKNOWN_VALIDATOR: 403,
  ERR_SEQUENCE: 409,
  ERR_ITEM_NOT_ADMITTED: 422,
  ERR_LIMIT: 413,
  ERR_HEIGHT: 409,
  ERR_PARENT: 409,
  ERR_BLOCK_TIME: 422,
  ERR_PROPOSER: 403,
  ERR_VALIDATOR_SET: 409,
  ERR_LOG_ROOT: 422,
  ERR_STATE_ROOT: 422,
  ERR_QUORUM: 401,

  ERR_PROOF: 422,
  ERR_POLICY: 422,
  ERR_UNKNOWN_LOG: 403,
  ERR_UNKNOWN_SIGNER: 403,
  ERR_ENTRY: 422,
  ERR_IMAGE_HASH: 422,

  ERR_GENESIS: 422,
};

/** What each code means: the problem's title, and the third column of the table in the documents. */
export const ERROR_TITLE: Readonly<Record<ErrorCode, string>> = {
  ERR_JSON: 'The body is not JSON in UTF-8',
  ERR_FIELD: 'A field is missing, or of the wrong type, length or encoding',
  ERR_RANGE: 'A field is well formed, but outside its range',
  ERR_BODY_TOO_LARGE: 'The body is larger than allowed',
  ERR_HEADERS_TOO_LARGE: 'The headers are larger than allowed',
  ERR_RATE: 'Too many requests for now; Retry-After says when to come back',
  ERR_QUEUE_FULL: 'Pending submissions or their evidence are at their limit',
  ERR_NOT_READY: 'The node is starting, stopping, busy or not able to write',
  ERR_OBSERVER: 'The node is an observer: submissions go to a validator',
  ERR_NO_TIMESTAMPS: 'The node makes no time stamps: ask that of another institution',
  ERR_LEGACY_GONE: 'The legacy form is off on this chain',
  ERR_NOT_FOUND: 'Nothing has this name here',
  ERR_NOT_HELD: 'It may be on the chain, of which this node holds later blocks only: ask another',
  ERR_METHOD: 'The route has no such method; Allow names those it has',
  ERR_ORIGIN: 'A page in a browser may not change the node',
  ERR_TIMEOUT: 'The request did not arrive in time',
  ERR_DUPLICATE: 'The picture is registered already through this node',
  ERR_AUTHORITY_REFUSED: "The manufacturer's authority says that the camera is not valid",
  ERR_AUTHORITY_UNREACHABLE: "The manufacturer's authority gave no verdict within 30 days",
  ERR_INTERNAL: 'A mistake of this node, not of the request',

  ERR_MALFORMED: 'Bytes do not decode, or are not canonical',
  ERR_SIGNATURE: "An institution's signature does not verify",
  ERR_SIGNATURE_ENCODING: "The camera's signature is neither strict DER nor 64 raw bytes",
  ERR_CAMERA_SIGNATURE: "The camera's signature verifies in no form",
  ERR_VERDICT_SIGNATURE: "The authority's verdict is missing or its signature does not verify",

  ERR_CERTIFICATE_MALFORMED: 'The certificate is not one strict DER X.509 certificate',
  ERR_EXTENSION_MISSING: 'A Birthmark extension is absent from the certificate',
  ERR_EXTENSION_DUPLICATE: 'An extension stands twice in the certificate',
  ERR_EXTENSION_ENCODING: 'An extension is in neither form, or its text is not UTF-8',
  ERR_NUC_LENGTH: 'The encrypted NUC is not 60 bytes',
  ERR_KEY_TABLE_RANGE: 'The key table id is above 2499',
  ERR_KEY_INDEX_RANGE: 'The key index is above 999',
  ERR_CRITICAL_EXTENSION: 'The certificate has a critical extension that is not known here',
  ERR_KEY_NOT_P256: 'The certified key is not on P-256',
  ERR_CA_AS_LEAF: "A CA certificate stands where a camera's is wanted",
  ERR_KEY_USAGE: 'The certified key may not sign',
  ERR_CERTIFICATE_NOT_YET_VALID: 'The certificate is not valid yet at the time that counts',
  ERR_CERTIFICATE_EXPIRED: 'The certificate ended longer ago than the late grace allows',
  ERR_CERTIFICATE_SIGNATURE: 'The certificate names a pinned issuer whose key did not sign it',
  ERR_ISSUER_NOT_PINNED: 'No pinned manufacturer key signed the certificate',
  ERR_ISSUER_NAME: 'The issuer name differs where the registry demands equality',
  ERR_ISSUER_EXPIRED: 'The certificate was issued outside the dates of the pinned CA',
  ERR_MANUFACTURER_ID: 'The certificate names another manufacturer than the one that signed it',
  ERR_ENDPOINT: "The authority's URL lies outside the pinned prefixes",

  ERR_TIMESTAMP_AHEAD: 'The photograph is dated later than the time that counts allows',
  ERR_TIMESTAMP_BEFORE_CERTIFICATE: 'The photograph is dated before the certificate began',
  ERR_LEGACY_OFF: 'A legacy record on a chain that does not allow it',
  ERR_RECORD: 'The record is not the one that the evidence yields',
  ERR_EVIDENCE: 'Evidence is missing, or not the one that the batch commits to',

  ERR_CHAIN_ID: 'Made for another chain',
  ERR_UNKNOWN_VALIDATOR: 'The signer is not in the validator set',
  ERR_SEQUENCE: "The batch's sequence is not above the aggregator's last",
  ERR_ITEM_NOT_ADMITTED: 'No rule of this version admits an item of this kind',
  ERR_LIMIT: 'Larger than a limit of the chain allows',
  ERR_HEIGHT: "The height does not follow the parent's",
  ERR_PARENT: 'The parent is not the last block',
  ERR_BLOCK_TIME: "The block's time breaks the rule for its height",
  ERR_PROPOSER: "Not this validator's turn",
  ERR_VALIDATOR_SET: 'The header names another validator set',
  ERR_LOG_ROOT: 'Execution gives another log size or root',
  ERR_STATE_ROOT: 'Execution gives another state',
  ERR_QUORUM:
    'The commit certificate has too few valid votes, or the checkpoint too few cosignatures',

  ERR_PROOF: 'The inclusion or consistency proof does not lead to the root',
  ERR_POLICY: 'The trust policy breaks a rule',
  ERR_UNKNOWN_LOG: 'The checkpoint is of another log than the one that is trusted',
  ERR_UNKNOWN_SIGNER: 'No signature is of a key that is trusted',
  ERR_ENTRY: 'The proof carries no entry, or one that registers no photograph',
  ERR_IMAGE_HASH: 'The proof is of another photograph',

  ERR_GENESIS: 'The genesis document breaks a rule',
};

/** Returns whether text is one of the codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(HTTP_STATUS, text);
}
