/** Limits of sync. They are local: two nodes may differ. */

const KIB = 1_024;
const MIB = 1_024 * KIB;

/** Bytes of answers that wait to be applied, with the longest answers that may come: three requests at a time. */
export const BUFFER_BYTES_MAX = 48 * MIB;
/** Blocks above the edge that are asked for: small ones would fill the buffer's bytes with bookkeeping. */
export const AHEAD_COUNT_MAX = 4_096;

/** What a request aims at while peers are fast; halved after each that was too slow, at least the next. */
export const ANSWER_BYTES_AIM_MAX = 4 * MIB;
/** The least that a request aims at. */
export const ANSWER_BYTES_AIM_MIN = 64 * KIB;
/** Size of a block that is assumed before the first has come. */
export const BLOCK_BYTES_GUESS = 128 * KIB;

/** Time for a whole answer of a peer that was never slow; doubled for one that was, up to the next. */
export const ANSWER_MS_MIN = 5_000;
/** The longest time for an answer. */
export const ANSWER_MS_MAX = 80_000;

/** Pause before a peer is asked again that was not there. */
export const FAILED_RETRY_MS = 250;
/** First pause before one is asked again that was slow or lied; doubled each time. */
export const RETRY_MS_MIN = 500;
/** The longest pause for one that was slow: it may be the only one, and honest. */
export const SLOW_RETRY_MS_MAX = 1_000;
/** The longest pause for one that did not have what it said, or sent what is wrong. */
export const LIED_RETRY_MS_MAX = 60_000;
/** Time after which a failure is forgotten. */
export const FORGIVE_MS = 60_000;
/** Peers whose failures are remembered. */
export const PENALTY_COUNT_MAX = 256;

/** Answers with blocks, entries or a snapshot that one peer is given at a time. */
export const LARGE_ANSWERS_PER_PEER_MAX = 2;

/** An answer with a snapshot. */
export const SNAPSHOT_BYTES_MAX = 64 * MIB;
/** An answer with the entries of a chunk: each of them may have 16 KiB. */
export const ENTRIES_BYTES_MAX = 64 * MIB;
/** Chunks that are fetched or wait to be written: real ones have less than a megabyte. */
export const CHUNKS_AHEAD_MAX = 3;
/** Pause before validators are asked where nobody could be. */
export const INQUIRY_RETRY_MS = 250;
/** Time between two lines about a fast start in the log. */
export const FAST_REPORT_MS = 5_000;
