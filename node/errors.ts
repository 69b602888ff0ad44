/** Reasons for which a node cannot start or go on, for the operator. */

/** Why a node cannot start or go on. */
export type NodeErrorCode =
  | 'ERR_GENESIS_FILE' // the genesis document cannot be read
  | 'ERR_KEYS' // a key file cannot be used
  | 'ERR_IDENTITY' // the keys are those of nobody in the genesis, or of somebody else
  | 'ERR_LOCKED' // another process uses the data folder
  | 'ERR_STORE' // the data folder cannot be read or written
  | 'ERR_PIN' // the block that the operator named is in no chain that validators serve
  | 'ERR_CLOCK' // this machine's clock is before the genesis
  | 'ERR_TLS' // the certificate or the key of the public interface cannot be used
  | 'ERR_TSA' // the time-stamping certificate or its key cannot be used
  | 'ERR_SIGSTORE' // the Sigstore log, its keys or its certificates cannot be used
  | 'ERR_WITNESS' // the witness's key, or a list of logs or of witnesses, cannot be used
  | 'ERR_LISTEN'; // an address cannot be listened on

/** A failure that an operator can mend: the sentence says what to do. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly code: NodeErrorCode;

  constructor(code: NodeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
