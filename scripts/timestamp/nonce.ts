/** Nonces of time-stamp queries: what is answered must have been asked just now. */
import { randomBytes } from 'node:crypto';

const NONCE_BYTES = 8;

/** Returns the content of a random INTEGER, positive and in its shortest form. */
export function drawNonce(): Uint8Array {
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
  return nonce;
}
