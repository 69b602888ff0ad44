/**
 * What the authority refuses, and why it may not start.
 *
 * A refusal is answered as a problem object (RFC 9457) with its status; it is never a verdict, so that a
 * node does not take "I could not read your question" for "this camera is not valid".
 */

/** Every reason for which a request is refused. Stable: clients act on these. */
export type RefusalCode =
  | 'ERR_JSON' // the body is not JSON
  | 'ERR_FIELD' // a field is missing, or of the wrong type, length, range or encoding
  | 'ERR_BODY_TOO_LARGE' // the body is larger than allowed
  | 'ERR_TOKEN' // the route needs the bearer token of the folder's admin.token
  | 'ERR_NOT_FOUND' // nothing has this name here
  | 'ERR_METHOD' // the route has no such method
  | 'ERR_SERIAL_TAKEN' // a camera with this serial was provisioned before
  | 'ERR_NUC_TAKEN' // another camera was provisioned with this NUC hash
  | 'ERR_CA_EXPIRED' // the CA certificate's dates do not cover a camera made now
  | 'ERR_INTERNAL'; // a mistake of ours

/** The HTTP status of each refusal. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, number>> = {
  ERR_JSON: 400,
  ERR_FIELD: 400,
  ERR_BODY_TOO_LARGE: 413,
  ERR_TOKEN: 401,
  ERR_NOT_FOUND: 404,
  ERR_METHOD: 405,
  ERR_SERIAL_TAKEN: 409,
  ERR_NUC_TAKEN: 409,
  ERR_CA_EXPIRED: 503,
  ERR_INTERNAL: 500,
};

/** A refusal of a request. The message never holds a secret, a serial or bytes that a stranger chose. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Every reason for which the authority does not start. */
export type StartErrorCode =
  | 'ERR_OPTION' // an option breaks a rule
  | 'ERR_LISTEN' // the address cannot be listened on, mostly because the port is in use
  | 'ERR_FOLDER_BUSY' // another process has the folder open
  | 'ERR_FOLDER_IDENTITY' // the folder belongs to an authority with another id
  | 'ERR_FOLDER_DAMAGED'; // a file of the folder cannot be read

/** Why the authority does not start; the message says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: StartErrorCode;

  constructor(code: StartErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
