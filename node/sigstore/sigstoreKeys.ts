/** What an institution signs photographs and its Sigstore log with. */
import type { RawSigner } from '../../chain/log/note.ts';
import type { Verifier } from '../../chain/sigstore/hashedRekord.ts';

/** Certificates up to a root that signed itself, each followed by its issuer. */
export interface RootedChain {
  /** DER. */
  readonly certificates: readonly Uint8Array[];
  /** When all of them are valid, Unix milliseconds, inclusive. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The key that signs photographs. It has no other use: what it signs, cameras choose. */
export interface PhotoSigner {
  /** Scalar of 32 bytes on P-256. */
  readonly secret: Uint8Array;
  /** The public key as an uncompressed point. */
  readonly point: Uint8Array;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** What entries name: the key itself, or its certificate. */
  readonly verifier: Verifier;
  /** What the certificate rests on, itself first; undefined where entries name the key. */
  readonly chain: RootedChain | undefined;
}

/** Everything that stands in the folder of a Sigstore log but the log itself. */
export interface SigstoreKeys {
  readonly signer: PhotoSigner;
  /** Ed25519, 32 bytes. */
  readonly logKey: Uint8Array;
  readonly signLog: RawSigner;
  /** What the node's time stamps rest on, the time-stamping certificate first. */
  readonly stampChain: RootedChain;
}
