/** Limits of the Sigstore log. */

/** A file of the log's folder. */
export const SIGSTORE_FILE_BYTES_MAX = 131_072;
/** Certificates of a chain up to its root. */
export const CHAIN_COUNT_MAX = 8;
/** Entries that wait to be made; more are refused for the moment. */
export const WAITING_COUNT_MAX = 64;
/** A time-stamp reply that is kept with an entry: eight certificates of the largest size, and what stands around. */
export const STAMP_BYTES_MAX = 131_072;
/** Authorities of a log: one for each renewal of a certificate. */
export const AUTHORITY_COUNT_MAX = 256;
