/**
 * Blocks on their way to who lacks them, and the answer to a request for some.
 *
 * ```
 * block  = [header, certificate, [signed batch, …]]     batches in the header's order
 * answer = parts (node/wire/parts.ts), each a block
 * ```
 *
 * An answer holds the blocks of the range that was asked for, from its first on, as many as fit into
 * `SYNC_ANSWER_BYTES_MAX`, but one in any case; none where the first is not held. It is made and taken apart
 * block by block: neither side holds more than one of them decoded.
 */
import { type SignedBatch, signedBatchSchema } from '../../chain/batch.ts';
import {
  type CommitCertificate,
  commitCertificateSchema,
  type Header,
  headerSchema,
} from '../../chain/block.ts';
import { decode, encode, list, type Schema, tuple } from '../../chain/codec.ts';
import { ChainError } from '../../chain/errors.ts';
import { BLOCK_BATCH_COUNT_MAX } from '../../chain/limits.ts';
import type { Params } from '../../chain/params.ts';
import { encodePart, PART_SIZE_BYTES } from './parts.ts';

/** An answer to a request for blocks, unless a single block is longer. */
export const SYNC_ANSWER_BYTES_MAX = 16_777_216;

/** A decided block with all that applying it takes, unchecked. */
export interface SyncedBlock {
  readonly header: Header;
  readonly certificate: CommitCertificate;
  /** In the header's order. */
  readonly batches: readonly SignedBatch[];
}

/** Canonical form of a block that is sent. */
export const syncedBlockSchema: Schema<SyncedBlock> = tuple<SyncedBlock>({
  header: headerSchema,
  certificate: commitCertificateSchema,
  batches: list(signedBatchSchema, BLOCK_BATCH_COUNT_MAX),
});

/** What a block may have beside the bytes of its batches: ids and signatures of 5,000, votes of 100. */
const BLOCK_OVERHEAD_BYTES_MAX = 1_048_576;

/** Returns the bytes that a block of an answer has at most, for the parameters of the chain. */
export function blockBytesMax(params: Params): number {
  return PART_SIZE_BYTES + params.blockBytesMax + BLOCK_OVERHEAD_BYTES_MAX;
}

/** Returns the part of an answer that is one block. */
export function encodeBlock(block: SyncedBlock): Uint8Array {
  return encodePart(encode(syncedBlockSchema, block));
}

/** Returns the block of bytes that `splitParts` gave. Throws ERR_MALFORMED, or ERR_HEIGHT for another block. */
export function decodeBlock(bytes: Uint8Array, height: number): SyncedBlock {
  const block = decode(syncedBlockSchema, bytes);
  if (block.header.height !== height) {
    throw new ChainError('ERR_HEIGHT', `height ${block.header.height} is not ${height}`);
  }
  return block;
}
