/** Limits of the mempool, in one place. */

/** Uncommitted batches of one aggregator. */
export const LANE_BATCH_COUNT_MAX = 16;
/** Bytes of those, evidence included. */
export const LANE_BYTES_MAX = 16_777_216;
/**
 * Uncommitted batches of its own after which an institution cuts no more. Half of what others take: they may
 * learn of a block later than it does.
 */
export const OWN_BATCH_COUNT_MAX = 8;
/** Bytes of those, evidence included. */
export const OWN_BYTES_MAX = 8_388_608;
/**
 * How far ahead the times of a batch may begin. No camera of a sound institution is so far ahead, and clocks that
 * differ by ten minutes are allowed for: what would wait for years is not waited for.
 */
export const AHEAD_MS_MAX = 3_600_000;
/** Batches whose evidence is checked at a time. */
export const CHECKS_AT_ONCE_MAX = 2;
/** Batch ids that are remembered as refused, or as gone. */
export const REMEMBERED_COUNT_MAX = 4_096;
/** Batch ids that one peer may have announced and that are not here. */
export const WANTED_PER_PEER_COUNT_MAX = 256;
/** How long an announced batch may take to come by itself. */
export const WANTED_DELAY_MS = 150;
/** Time for one peer to bring batches. */
export const FETCH_TIMEOUT_MS = 2_000;
/** Pause after every peer was asked in vain. */
export const FETCH_PAUSE_MS = 250;
/** Bytes of batches that one peer is asked for at a time: a batch of the largest size, and many of the usual. */
export const FETCH_BYTES_MAX = 33_554_432;
