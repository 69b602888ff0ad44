/**
 * Refusals that reach a client, each with its HTTP status.
 *
 * The chain's own codes are joined by those of the interface. The compiler demands a status for every code;
 * the table of codes in the documents and the OpenAPI document are compared with this one by a test.
 */
import type { ChainErrorCode } from '../chain/errors.ts';

/** Refusals of the interface itself. */
export type InterfaceErrorCode =
  | 'ERR_JSON' // the body is not JSON
  | 'ERR_FIELD' // a field is missing, or of the wrong type, length or encoding
  | 'ERR_RANGE' // a field is well formed, but outside its range
  | 'ERR_BODY_TOO_LARGE' // the body is larger than allowed
  | 'ERR_HEADERS_TOO_LARGE' // the request's headers are larger than allowed
  | 'ERR_RATE' // too many requests for now
  | 'ERR_QUEUE_FULL' // pending submissions or evidence are at their limit
  | 'ERR_NOT_READY' // starting, stopping or not able to write
  | 'ERR_OBSERVER' // this node follows the chain and takes nothing in
  | 'ERR_NO_TIMESTAMPS' // this node has no time-stamping certificate
  | 'ERR_NO_SIGSTORE' // this node has no Sigstore log
  | 'ERR_NOT_ORIGINAL' // registered, and not as an original
  | 'ERR_LOGGED' // another signature of this key over this photograph is in the Sigstore log
  | 'ERR_LEGACY_GONE' // the legacy form is off on this chain
  | 'ERR_NOT_FINAL' // committed, and not yet cosigned by a quorum
  | 'ERR_NOT_FOUND' // nothing has this name here
  | 'ERR_NOT_HELD' // it may be on the chain, of which this node holds the later part
  | 'ERR_METHOD' // the route has no such method
  | 'ERR_ORIGIN' // a page in a browser asked to change the node
  | 'ERR_TIMEOUT' // the request did not arrive in time
  | 'ERR_DUPLICATE' // the picture is registered already through this node
  | 'ERR_AUTHORITY_REFUSED' // the manufacturer's authority says that the camera is not valid
  | 'ERR_AUTHORITY_UNREACHABLE' // no verdict within 30 days
  | 'ERR_INTERNAL'; // a mistake of ours

/** Every code that a client may see. */
export type ErrorCode = ChainErrorCode | InterfaceErrorCode;

/** A refusal with what the client needs to know; never a secret, never bytes that a stranger chose. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  /** Whole seconds after which a retry may pass. */
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { retryAfterS?: number }) {
    super(message, options);
    this.code = code;
    this.retryAfterS = options?.retryAfterS;
  }
}
