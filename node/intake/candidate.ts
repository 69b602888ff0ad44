/** Candidates: submissions on their way into a batch, with the record and the evidence that each becomes. */
import type { Authority } from '../../chain/authority.ts';
import { itemSchema } from '../../chain/batch.ts';
import { formatHex } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import { type EvidenceItem, legacyRecordOf } from '../../chain/evidence.ts';
import type { Params } from '../../chain/params.ts';
import type { ImageRecord } from '../../chain/record.ts';
import type { LegacySubmission, Receipt, StoredVerdict, Submission } from '../store/workStore.ts';

/** A validated submission that waits to be batched. */
export interface Waiting {
  readonly receiptId: Uint8Array;
  /** The authority's answer, unless it is stored with the submission. */
  readonly verdict: StoredVerdict | undefined;
  readonly sinceMs: number;
}

/** One that may be batched now, with what it becomes there. */
export interface Candidate {
  readonly waiting: Waiting;
  readonly submission: Submission;
  readonly receipt: Receipt;
  readonly record: ImageRecord;
  readonly evidence: EvidenceItem;
  readonly sent: Uint8Array | undefined;
}

/** What does not depend on when it came. */
export type Prepared = Omit<Candidate, 'waiting'>;

/** What a submission is judged by. */
export interface Judged {
  readonly authority: Authority;
  readonly params: Params;
}

/** Returns what a legacy submission becomes. */
export function prepareLegacy(
  submission: LegacySubmission,
  receipt: Receipt,
  { authority, params }: Judged,
): Prepared {
  const { token, tableReferences, keyIndices, gpsHash, signature, authorityId } = submission;
  return {
    submission,
    receipt,
    sent: undefined,
    record: legacyRecordOf(submission, authority, params),
    evidence: {
      kind: 2,
      authorityId,
      token,
      tableReferences,
      keyIndices,
      gpsHash,
      signature,
      verdict: submission.verdict?.proof,
    },
  };
}

/** More than a batch has beside its items. */
const BATCH_HEAD_BYTES = 256;
/** More than any item has: 16 parents and 4 digests make about 950. */
const ITEM_BYTES_MAX = 1_024;

/** Returns how many, from the first on, fit a block together; at least one does. */
export function countFitting(candidates: readonly Candidate[], blockBytesMax: number): number {
  let left = blockBytesMax - BATCH_HEAD_BYTES;
  if (candidates.length * ITEM_BYTES_MAX <= left) return candidates.length;
  const over = candidates.findIndex(({ record }) => {
    left -= encode(itemSchema, { kind: 1, record }).length;
    return left < 0;
  });
  return over === -1 ? candidates.length : over;
}

/** Returns the evidence of a batch, each certificate once. */
export function evidenceOf(candidates: readonly Candidate[]): {
  readonly certificates: readonly Uint8Array[];
  readonly items: readonly EvidenceItem[];
} {
  const certificates = new Map<string, Uint8Array>();
  for (const { evidence, sent } of candidates) {
    if (evidence.kind === 1 && sent !== undefined)
      certificates.set(formatHex(evidence.certificateId), sent);
  }
  return {
    certificates: [...certificates.values()],
    items: candidates.map(({ evidence }) => evidence),
  };
}
