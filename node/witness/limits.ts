/** Limits of a node as a witness, and of its questions to others. */

/** Questions about one log at a time: one is answered, the others wait for it. */
export const WAITING_COUNT_MAX = 16;
/** Text of a checkpoint that is logged as proof that its log lies. */
export const LOGGED_CHARACTERS_MAX = 4_096;
/** A list of logs or of witnesses. */
export const LIST_BYTES_MAX = 131_072;

/** Time between two questions to one witness, where it answers as it should. */
export const ASK_INTERVAL_MS = 5_000;
/** Time for an answer, from resolving the name to the last byte. */
export const ANSWER_MS_MAX = 10_000;
/** Questions in a row to a witness that names another size each time: other validators may ask it meanwhile. */
export const SIZE_COUNT_MAX = 3;
/** Time until a witness is asked again that did not cosign; it doubles each time. */
export const RETRY_MS_MIN = 10_000;
/** Longest such time. */
export const RETRY_MS_MAX = 600_000;
/** Times in a row that a witness says that the log contradicts itself, until that is an event of the audit. */
export const CONFLICT_COUNT_MIN = 3;
/** Times in a row that a witness knows of more entries than are here, until that is one too: 40 min. */
export const AHEAD_COUNT_MIN = 10;
