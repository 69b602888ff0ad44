/**
 * The batches channel: batches with their evidence, and word of which batches somebody holds.
 *
 * ```
 * 1 || [signed batch, evidence]
 * 2 || [batch id, …]
 * ```
 */
import { type SignedBatch, signedBatchSchema } from '../../chain/batch.ts';
import { bin, decode, encode, list, type Schema, tuple } from '../../chain/codec.ts';
import { type Evidence, evidenceSchema } from '../../chain/evidence.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import { takeTag, unknownTag, withTag } from './tagged.ts';

/** Batch ids of one announcement. */
export const ANNOUNCED_COUNT_MAX = 256;

/** A batch on its way between validators, unchecked. */
export interface SentBatch {
  readonly signed: SignedBatch;
  readonly evidence: Evidence;
}

/** What is said on the batches channel, unchecked. */
export type BatchFrame =
  | { readonly type: 'batch'; readonly batch: SentBatch }
  | { readonly type: 'announcement'; readonly ids: readonly Uint8Array[] };

const TAG = { batch: 1, announcement: 2 } as const;

/** Canonical form of a batch that is sent. */
export const sentBatchSchema: Schema<SentBatch> = tuple<SentBatch>({
  signed: signedBatchSchema,
  evidence: evidenceSchema,
});

const idsSchema: Schema<readonly Uint8Array[]> = list(bin(HASH_BYTES), ANNOUNCED_COUNT_MAX, 1);

/** Returns the bytes of what is said on the batches channel. */
export function encodeBatchFrame(frame: BatchFrame): Uint8Array {
  return frame.type === 'batch'
    ? withTag(TAG.batch, encode(sentBatchSchema, frame.batch))
    : withTag(TAG.announcement, encode(idsSchema, frame.ids));
}

/** Returns what was said on the batches channel. Throws ERR_MALFORMED. */
export function decodeBatchFrame(frame: Uint8Array): BatchFrame {
  const { tag, bytes } = takeTag(frame);
  switch (tag) {
    case TAG.batch:
      return { type: 'batch', batch: decode(sentBatchSchema, bytes) };
    case TAG.announcement:
      return { type: 'announcement', ids: decode(idsSchema, bytes) };
    default:
      throw unknownTag(tag, 'batches');
  }
}
