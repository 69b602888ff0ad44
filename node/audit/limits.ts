/** Limits of the audit: what one line holds, how much waits, and how large a file becomes. */

/** Time from the first event that waits until it is written, and so what a crash may take with it. */
export const FLUSH_INTERVAL_MS = 250;
/** Lines that are written at once, at most. */
export const FLUSH_LINE_COUNT_MAX = 1_000;
/** Bytes of events that are written at once, at most, unless a single one is larger. */
export const FLUSH_BYTES_MAX = 1_048_576;
/** Bytes of events that may wait for the disk; with more of them the node stops. */
export const WAITING_BYTES_MAX = 4_194_304;
/** A file that has reached this size is followed by another. */
export const AUDIT_FILE_BYTES_MAX = 67_108_864;
/** Longest line without its line feed. The largest event, a commit of the largest set, fits. */
export const LINE_BYTES_MAX = 65_536;
/** Characters of a text that are kept: reasons and messages may come from a peer. */
export const TEXT_LENGTH_MAX = 200;
/** Characters of a name that are kept. */
export const NAME_LENGTH_MAX = 64;

/** Refusals of one peer, or proofs against one, that are written at once. */
export const PEER_BURST = 30;
/** Time in which one more may be written. */
export const PEER_REFILL_MS = 10_000;
/** Peers that are counted apart; those above it share one count. */
export const PEER_COUNT_MAX = 1_024;

/** Time between two lines of the node's log that tell the head. */
export const HEAD_LOG_INTERVAL_MS = 60_000;
