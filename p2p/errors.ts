/** Why something was not sent, and why a connection ended. Codes are stable: operators act on them. */

/** Every reason of this layer. */
export type NetworkErrorCode =
  // Of a call.
  | 'ERR_PEER_UNKNOWN' // not in the list of peers
  | 'ERR_PEER_DOWN' // no connection, or one that cannot be used yet
  | 'ERR_QUEUE_FULL' // what is to be sent to the peer has reached its limit
  | 'ERR_TOO_LARGE' // longer than a message or an answer may be
  | 'ERR_NOT_PERMITTED' // the role of one of the two does not have this channel
  | 'ERR_PEER_FAILED' // the peer answered that it cannot answer
  | 'ERR_TIMEOUT' // no chunk of an answer for too long
  | 'ERR_CANCELLED' // the caller's signal was aborted
  | 'ERR_STOPPED' // this network is not running
  // Of a connection.
  | 'ERR_CONNECTION_LOST' // closed by the other side or by the network
  | 'ERR_SILENT' // open, but nothing came for too long
  | 'ERR_HELLO_TIMEOUT' // not usable in time
  | 'ERR_VERSION' // another version of this protocol
  | 'ERR_OTHER_CHAIN' // another genesis
  | 'ERR_FRAMING' // bytes that are no message, or messages that nobody sends
  | 'ERR_DUPLICATE' // another connection to the same peer is kept
  | 'ERR_BANNED' // disconnected for a while
  | 'ERR_REMOVED' // no longer in the list of peers, or in another role
  // Of a dial, and of the start.
  | 'ERR_DIAL' // no address led to the peer
  | 'ERR_ADDRESS' // not an address that can be dialled or listened on
  | 'ERR_LISTEN'; // the address to listen on is not to be had

/** A refusal or an end, with its reason. A mistake of ours is an `InvariantError`. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A sentence of an error fits here. */
const TEXT_LENGTH_MAX = 200;

/** Errors of the multiplexer that only a peer that breaks its framing can cause. */
const FRAMING_ERRORS: ReadonlySet<string> = new Set([
  'InvalidFrameError',
  'UnRequestedPingError',
  'NotMatchingPingError',
  'StreamAlreadyExistsError',
  'DecodeInvalidVersionError',
  'BothClientsError',
  'ReceiveWindowExceededError',
  'InvalidParametersError',
]);

/** Returns the error as one of ours: `code` unless it has a better one. */
export function networkErrorOf(error: unknown, code: NetworkErrorCode): NetworkError {
  if (error instanceof NetworkError) return error;
  const better = error instanceof Error && FRAMING_ERRORS.has(error.name) ? 'ERR_FRAMING' : code;
  return new NetworkError(better, textOf(error), { cause: error });
}

/** Returns what an error says, short and printable: parts of it may come from a peer. */
export function textOf(error: unknown): string {
  const parts = error instanceof AggregateError ? error.errors.map(messageOf) : [messageOf(error)];
  return parts
    .join('; ')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, TEXT_LENGTH_MAX);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
