/** Keys of ECDSA, as both platforms name them. */

/** A curve and hash of ECDSA that certificates and cameras may use. */
export type EcdsaCurve = 'P-256' | 'P-384';

/** An imported ECDSA public key, to be kept: importing costs as much as half a verification. */
export interface EcdsaPublicKey {
  readonly curve: EcdsaCurve;
  readonly handle: unknown;
}
