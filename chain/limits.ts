/** Limits of the chain's formats. A block that breaks one is invalid for everybody. */

/** Validators in a set. */
export const VALIDATOR_COUNT_MAX = 100;
/** Entries of the authority registry. */
export const AUTHORITY_COUNT_MAX = 1_000;
/** Pinned CA certificates of one authority. */
export const CA_CERTIFICATE_COUNT_MAX = 16;
/** Endpoint prefixes of one authority. */
export const ENDPOINT_COUNT_MAX = 16;
/** A URL, in the registry or in a certificate. */
export const URL_BYTES_MAX = 512;
/** An id of a validator or a manufacturer. */
export const ID_BYTES_MAX = 64;
/** A display name. */
export const NAME_BYTES_MAX = 200;
/** A device family in a certificate. */
export const DEVICE_FAMILY_BYTES_MAX = 128;
/** A certificate, as DER or as PEM text. */
export const CERTIFICATE_BYTES_MAX = 8_192;
/** Nested values in a certificate's DER. */
export const DER_DEPTH_MAX = 24;
/** Values in a certificate's DER, of any depth. */
export const DER_VALUE_COUNT_MAX = 1_000;
/** Parents of one record. */
export const PARENT_COUNT_MAX = 16;
/** Digests of one record beside the image hash. */
export const DIGEST_COUNT_MAX = 4;
/** Items of one batch, whatever the parameters say. */
export const BATCH_ITEM_COUNT_MAX = 10_000;
/** Batches of one block, whatever the parameters say. */
export const BLOCK_BATCH_COUNT_MAX = 5_000;
/** One entry of the log. */
export const ENTRY_BYTES_MAX = 16_384;
/** Heights for which old validator sets stay in state, so that evidence can be judged. */
export const SET_HISTORY_HEIGHTS = 1_000;
/** Offenders in state: no more than there are keys in its validator sets. */
export const OFFENDER_COUNT_MAX = VALIDATOR_COUNT_MAX * (SET_HISTORY_HEIGHTS + 2);
/** Heights for which lost views stay in state, so that proposers can be suspended. */
export const LOST_VIEW_HEIGHTS = 200;
/** Views of one height: three months of the longest timer of a genesis that names none. */
export const VIEW_MAX = 1_000_000;
