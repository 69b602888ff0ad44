/** Receipts, as clients see them. */
import { formatHex } from '../../chain/bytes.ts';
import type { ReceiptView, SubmissionState } from '../ports.ts';
import type { Accepted, Receipt } from '../schemas/receipt.ts';
import { formatTime, formatTimeOrNull, formatUuid } from './text.ts';
import type { Verifier } from './verify.ts';

/** Returns the present state: that of the last step. */
export function stateOf({ steps }: ReceiptView): SubmissionState {
  return steps.at(-1)?.state ?? 'received';
}

/** Returns the answer to a submission. */
export function formatAccepted(receipt: ReceiptView): Accepted {
  return {
    receipt_id: formatUuid(receipt.id),
    status: 'pending_validation',
    message: 'Certificate submission received',
    state: stateOf(receipt),
    ...(receipt.notKept.length === 0 ? {} : { not_kept: [...receipt.notKept] }),
  };
}

/** Returns how far a submission has come. */
export function formatReceipt(receipt: ReceiptView, verifier: Verifier): Receipt {
  const state = stateOf(receipt);
  const committed = state === 'committed';
  return {
    receipt_id: formatUuid(receipt.id),
    image_hash: formatHex(receipt.imageHash),
    state,
    steps: receipt.steps.map((step) => ({ state: step.state, time: formatTime(step.atMs) })),
    reason: formatReason(receipt.rejection),
    duplicate_of: receipt.duplicateOf === undefined ? null : formatUuid(receipt.duplicateOf),
    attempts: receipt.attempts,
    next_attempt: formatTimeOrNull(receipt.nextAttemptMs),
    problem: formatReason(receipt.problem),
    tx_hash: receipt.batchId === undefined ? null : formatHex(receipt.batchId),
    not_kept: [...receipt.notKept],
    verify: committed ? (verifier.findRegistered(receipt.imageHash) ?? null) : null,
  };
}

function formatReason(reason: ReceiptView['rejection']): Receipt['reason'] {
  return reason === undefined ? null : { code: reason.code, detail: reason.message };
}
