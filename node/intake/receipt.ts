/**
 * Receipts: what a client holds after a 202, and how one moves from state to state.
 *
 * A receipt's id is a keyed hash of what makes two submissions the same one: image hash, certificate and
 * timestamp. ECDSA is randomised, so the signature is no part of it. Sent again after a loss of power, a
 * submission finds its receipt without any further index, and nobody else can compute the id.
 */
import { hmacSha256, sha256 } from '#crypto';

import { bin, encode, tuple, uint } from '../../chain/codec.ts';
import { domainMessage } from '../../chain/hash.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import type { Reason, Receipt, SubmissionState } from '../store/workStore.ts';

/** Time for which an ended receipt is kept. */
const RECEIPT_RETENTION_MS = 90 * 86_400_000;

/** Size of a receipt's id. */
const RECEIPT_ID_BYTES = 16;

/** What makes two submissions the same one. */
export interface SubmissionKey {
  readonly imageHash: Uint8Array;
  /** SHA-256 of the certificate as sent, or of a legacy token. */
  readonly source: Uint8Array;
  /** Unix seconds. */
  readonly timestamp: number;
}

const keySchema = tuple<SubmissionKey>({
  imageHash: bin(HASH_BYTES),
  source: bin(HASH_BYTES),
  timestamp: uint(),
});

/** Returns the receipt id of a submission: a UUID of version 8 (RFC 9562, section 5.8). */
export function receiptIdOf(commitmentKey: Uint8Array, key: SubmissionKey): Uint8Array {
  const message = domainMessage('receipt', encode(keySchema, key));
  const id = hmacSha256(commitmentKey, message).slice(0, RECEIPT_ID_BYTES);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id;
}

/** Returns the id of the source of a submission. */
export function sourceOf(bytes: Uint8Array): Uint8Array {
  return sha256(bytes);
}

/** Returns a receipt for a submission that has just passed its local checks. */
export function openReceipt(
  id: Uint8Array,
  imageHash: Uint8Array,
  about: {
    readonly notKept: readonly string[];
    readonly receivedMs: number;
    /** When its certificate was verified; undefined: it has none. */
    readonly verifiedMs: number | undefined;
  },
): Receipt {
  const { verifiedMs } = about;
  return {
    id,
    imageHash,
    steps: [
      { state: 'received', atMs: about.receivedMs },
      ...(verifiedMs === undefined
        ? []
        : [{ state: 'certificate_verified' as const, atMs: verifiedMs }]),
    ],
    rejection: undefined,
    duplicateOf: undefined,
    attempts: 0,
    nextAttemptMs: undefined,
    problem: undefined,
    batchId: undefined,
    keptUntilMs: undefined,
    notKept: about.notKept,
  };
}

/** Returns the receipt's present state. */
export function stateOf(receipt: Receipt): SubmissionState {
  return receipt.steps.at(-1)?.state ?? 'received';
}

/** Returns whether nothing more will happen to the submission by itself. */
export function isEnded(receipt: Receipt): boolean {
  return isEnd(stateOf(receipt));
}

function isEnd(state: SubmissionState): boolean {
  return state === 'committed' || state === 'rejected';
}

/** Returns the receipt in its next state. What stood in its way is forgotten. */
export function advance(receipt: Receipt, state: SubmissionState, atMs: number): Receipt {
  return {
    ...receipt,
    nextAttemptMs: undefined,
    problem: undefined,
    keptUntilMs: isEnd(state) ? atMs + RECEIPT_RETENTION_MS : undefined,
    steps: [...receipt.steps, { state, atMs }],
  };
}

/** Returns the receipt as rejected. */
export function reject(
  receipt: Receipt,
  rejection: Reason & { readonly duplicateOf?: Uint8Array | undefined },
  atMs: number,
): Receipt {
  const { code, message, duplicateOf } = rejection;
  return { ...advance(receipt, 'rejected', atMs), rejection: { code, message }, duplicateOf };
}
