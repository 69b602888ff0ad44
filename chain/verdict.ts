/**
 * A manufacturer authority's verdict on one submission, signed.
 *
 * ```
 * Ed25519 over hash('birthmark/verdict/v1', [chain id, subject, image hash as sent, valid, issued_at])
 * ```
 *
 * It binds the chain, the certificate and the photograph, so it cannot be used for another submission.
 */
import { verifyEd25519OffThread } from '#crypto';

import type { Authority } from './authority.ts';
import { bin, bool, encode, tuple, uint } from './codec.ts';
import { ChainError } from './errors.ts';
import { hashDomain } from './hash.ts';
import { HASH_BYTES } from './record.ts';
import { SIGNATURE_BYTES, type Signer } from './signature.ts';

/** What a verdict says. */
export interface Verdict {
  readonly chainId: Uint8Array;
  /** SHA-256 of the certificate's DER, or of a legacy token. */
  readonly subject: Uint8Array;
  /** The image hash as the authority was sent it: a commitment where it is asked blind. */
  readonly imageHash: Uint8Array;
  readonly valid: boolean;
  /** Unix seconds. */
  readonly issuedAt: number;
}

/** The part of a signed verdict that is kept as evidence; the rest is known. */
export interface VerdictProof {
  readonly issuedAt: number;
  readonly signature: Uint8Array;
}

const verdictSchema = tuple<Verdict>({
  chainId: bin(HASH_BYTES),
  subject: bin(HASH_BYTES),
  imageHash: bin(HASH_BYTES),
  valid: bool(),
  issuedAt: uint(),
});

/** Canonical form of the kept part. */
export const verdictProofSchema = tuple<VerdictProof>({
  issuedAt: uint(),
  signature: bin(SIGNATURE_BYTES),
});

/** Returns the authority's 64-byte signature. */
export function signVerdict(verdict: Verdict, sign: Signer): Uint8Array {
  return sign('verdict', encode(verdictSchema, verdict));
}

/** Resolves to whether the authority's 32-byte Ed25519 key made the signature, off the main thread. */
export async function verifyVerdict(
  verdict: Verdict,
  signature: Uint8Array,
  verdictKey: Uint8Array,
): Promise<boolean> {
  const message = hashDomain('verdict', encode(verdictSchema, verdict));
  return verifyEd25519OffThread(verdictKey, message, signature);
}

/** What an authority was asked about. */
export type Question = Pick<Verdict, 'chainId' | 'subject' | 'imageHash'>;

/**
 * Checks that the authority said yes, in the way that its registry entry demands: signed where the entry
 * has a verdict key, and only there. Rejects with ERR_VERDICT_SIGNATURE.
 */
export async function checkVerdict(
  proof: VerdictProof | undefined,
  { id, verdictKey }: Authority,
  question: Question,
): Promise<void> {
  if (verdictKey === undefined) {
    if (proof === undefined) return;
    throw unsigned(`the registry knows no verdict key of authority ${id}`);
  }
  if (proof === undefined) throw unsigned(`authority ${id} must sign its verdicts`);
  const verdict: Verdict = { ...question, valid: true, issuedAt: proof.issuedAt };
  if (!(await verifyVerdict(verdict, proof.signature, verdictKey))) {
    throw unsigned(`authority ${id} did not sign this verdict`);
  }
}

function unsigned(message: string): ChainError {
  return new ChainError('ERR_VERDICT_SIGNATURE', message);
}
