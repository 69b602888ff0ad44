/** Limits of what this node asks manufacturer authorities, and of what it takes from them. */

/** Time for one question, from resolving the name to the last byte of the answer. */
export const QUESTION_TIMEOUT_MS = 10_000;
/** Time that a stop leaves to questions under way. */
export const STOP_GRACE_MS = 2_000;
/** Largest answer, as sent and as unpacked. */
export const ANSWER_BYTES_MAX = 64 * 1024;
/** Longest text of an authority that is kept, in characters. */
export const MESSAGE_CHARACTERS_MAX = 200;
/** Questions at a time to one authority, and so connections to one origin. */
export const CONCURRENCY_MAX = 64;
/** URLs that are remembered as pinned: cameras of one kind share theirs. */
export const TARGET_COUNT_MAX = 1_000;
/** Age at which a checked set of addresses is resolved and checked anew. */
export const ADDRESSES_AGE_MS = 60_000;
/** Addresses that one name may have; a name with more is refused. */
export const ADDRESS_COUNT_MAX = 32;
/** Time for one address to accept a connection while there is another to try. */
export const CONNECT_ATTEMPT_MS = 2_000;

/** Time from receipt after which a submission without a verdict is rejected. */
export const EXPIRY_MS = 30 * 86_400_000;

/** Questions in a row without a verdict after which an authority's circuit opens. */
export const FAILURE_COUNT_MAX = 5;
/** Time for which a circuit stays open at first; it doubles with each probe that fails. */
export const OPEN_MS_MIN = 2_000;
/** Longest time for which a circuit stays open. */
export const OPEN_MS_MAX = 60_000;

/** Longest timer that is set at once; the system's overflow at 24 days, and its clock may be put forward. */
export const TIMER_MS_MAX = 60_000;
