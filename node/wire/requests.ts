/**
 * Requests over the sync channel. Each has its answer's form beside it, where that is more than bytes.
 *
 * ```
 * 1 || [first height, count]     blocks, as many as fit (node/wire/blocks.ts)
 * 2 || [batch id, …]             batches with evidence, those that are held: [sent batch, …]
 * 3 ||                           history: what is held of the asker, and how far the chain has come
 * ```
 */
import {
  type CommitCertificate,
  commitCertificateSchema,
  type Header,
  headerSchema,
} from '../../chain/block.ts';
import {
  bin,
  decode,
  encode,
  list,
  optional,
  type Schema,
  tuple,
  uint,
} from '../../chain/codec.ts';
import { ChainError } from '../../chain/errors.ts';
import { MESSAGE_BYTES_MAX } from '../../chain/consensus/message.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import { type SentBatch, sentBatchSchema } from './batches.ts';
import { takeTag, unknownTag, withTag } from './tagged.ts';

/** Blocks of one request. */
export const BLOCK_COUNT_MAX = 256;
/** Batches of one request. */
export const BATCH_COUNT_MAX = 16;

/** What a peer asks. */
export type Request =
  | { readonly type: 'blocks'; readonly first: number; readonly count: number }
  | { readonly type: 'batches'; readonly ids: readonly Uint8Array[] }
  | { readonly type: 'history' };

/** What a validator holds of the one that asks, and how far its own chain has come. */
export interface History {
  /** The last block that is held, with the votes that decided it; undefined at genesis. */
  readonly last: CertifiedHeader | undefined;
  /** The newest message of the asker that is held, as it was sent; undefined where none is. */
  readonly newest: Uint8Array | undefined;
}

const TAG = { blocks: 1, batches: 2, history: 3 } as const;

/** A header with the votes that decided it. */
export interface CertifiedHeader {
  readonly header: Header;
  readonly certificate: CommitCertificate;
}

interface BlockRange {
  readonly first: number;
  readonly count: number;
}

const rangeSchema: Schema<BlockRange> = tuple<BlockRange>({
  first: uint(Number.MAX_SAFE_INTEGER, 1),
  count: uint(BLOCK_COUNT_MAX, 1),
});

const idsSchema: Schema<readonly Uint8Array[]> = list(bin(HASH_BYTES), BATCH_COUNT_MAX, 1);

/** Canonical form of the answer to a request for batches. */
export const sentBatchesSchema: Schema<readonly SentBatch[]> = list(
  sentBatchSchema,
  BATCH_COUNT_MAX,
);

/** Canonical form of the answer to a request for history. */
export const historySchema: Schema<History> = tuple<History>({
  last: optional(
    tuple<CertifiedHeader>({ header: headerSchema, certificate: commitCertificateSchema }),
  ),
  newest: optional(bin(MESSAGE_BYTES_MAX, 1)),
});

/** Returns the bytes of a request. */
export function encodeRequest(request: Request): Uint8Array {
  switch (request.type) {
    case 'blocks':
      return withTag(TAG.blocks, encode(rangeSchema, request));
    case 'batches':
      return withTag(TAG.batches, encode(idsSchema, request.ids));
    case 'history':
      return withTag(TAG.history, new Uint8Array());
  }
}

/** Returns the request that bytes hold. Throws ERR_MALFORMED. */
export function decodeRequest(request: Uint8Array): Request {
  const { tag, bytes } = takeTag(request);
  switch (tag) {
    case TAG.blocks:
      return { type: 'blocks', ...decode(rangeSchema, bytes) };
    case TAG.batches:
      return { type: 'batches', ids: decode(idsSchema, bytes) };
    case TAG.history:
      if (bytes.length === 0) return { type: 'history' };
      throw new ChainError('ERR_MALFORMED', 'a request for history has nothing behind its tag');
    default:
      throw unknownTag(tag, 'sync');
  }
}
