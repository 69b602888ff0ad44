/** Limits of what stands in a Sigstore log. */
import { CERTIFICATE_BYTES_MAX } from '../limits.ts';

/** A public key or a certificate, in DER. */
export const VERIFIER_BYTES_MAX = CERTIFICATE_BYTES_MAX;
/** A P-256 signature in DER: two integers of 33 bytes, with three tags and lengths. */
export const SIGNATURE_DER_BYTES_MAX = 72;
/** The smallest: two integers of one byte. */
export const SIGNATURE_DER_BYTES_MIN = 8;
/** An entry: the largest certificate in base64, and what stands around it. */
export const HASHED_REKORD_BYTES_MAX = 12_288;
