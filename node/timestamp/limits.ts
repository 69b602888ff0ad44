/** Limits of time stamping. */

/** A nonce: four times what RFC 3161 advises. */
export const NONCE_BYTES_MAX = 32;
/** Tokens that wait for their turn to be signed; more are refused for the moment. */
export const WAITING_COUNT_MAX = 64;
/** The file of TSA_CERT, and that of TSA_KEY. */
export const TSA_FILE_BYTES_MAX = 131_072;
/** Certificates in TSA_CERT: each stands in every token that asks for them. */
export const TSA_CERTIFICATE_COUNT_MAX = 8;
/** A modulus that still counts as strong. */
export const RSA_BITS_MIN = 2_048;
/** A longer one would take a thread for more than some milliseconds a token. */
export const RSA_BITS_MAX = 4_096;
