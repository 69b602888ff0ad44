/**
 * Requests over the sync channel. Each has its answer's form beside it, where that is more than bytes.
 *
 * ```
 * 1 || [first height, count]     blocks, as many as fit (node/wire/blocks.ts)
 * 2 || [batch id, …]             batches with evidence, those that are held: [sent batch, …]
 * 3 ||                           history: what is held of the asker, and how far the chain has come
 * 4 ||                           snapshot: the edge of the chain (node/wire/snapshot.ts)
 * 5 || [first index, count]      entries of the log, of one chunk at most (node/wire/snapshot.ts)
 * 6 ||                           checkpoint: the newest final one (node/cosigning/checkpointAnswer.ts)
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
import { CHUNK_ENTRY_COUNT } from './snapshot.ts';
import { takeTag, unknownTag, withTag } from './tagged.ts';

/** Blocks of one request. */
export const BLOCK_COUNT_MAX = 256;
/** Batches of one request. */
export const BATCH_COUNT_MAX = 16;

/** What a peer asks. */
export type Request =
  | { readonly type: 'blocks'; readonly first: number; readonly count: number }
  | { readonly type: 'batches'; readonly ids: readonly Uint8Array[] }
  | { readonly type: 'history' }
  | { readonly type: 'snapshot' }
  | { readonly type: 'entries'; readonly first: number; readonly count: number }
  | { readonly type: 'checkpoint' };

/** What a validator holds of the one that asks, and how far its own chain has come. */
export interface History {
  /** The last block that is held, with the votes that decided it; undefined at genesis. */
  readonly last: CertifiedHeader | undefined;
  /** The newest message of the asker that is held, as it was sent; undefined where none is. */
  readonly newest: Uint8Array | undefined;
}

const TAG = { blocks: 1, batches: 2, history: 3, snapshot: 4, entries: 5, checkpoint: 6 } as const;

/** A header with the votes that decided it. */
export interface CertifiedHeader {
  readonly header: Header;
  readonly certificate: CommitCertificate;
}

interface Range {
  readonly first: number;
  readonly count: number;
}

const blocksSchema: Schema<Range> = tuple<Range>({
  first: uint(Number.MAX_SAFE_INTEGER, 1),
  count: uint(BLOCK_COUNT_MAX, 1),
});

const entriesSchema: Schema<Range> = tuple<Range>({
  first: uint(),
  count: uint(CHUNK_ENTRY_COUNT, 1),
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
      return withTag(TAG.blocks, encode(blocksSchema, request));
    case 'batches':
      return withTag(TAG.batches, encode(idsSchema, request.ids));
    case 'history':
      return withTag(TAG.history, NOTHING);
    case 'snapshot':
      return withTag(TAG.snapshot, NOTHING);
    case 'entries':
      return withTag(TAG.entries, encode(entriesSchema, request));
    case 'checkpoint':
      return withTag(TAG.checkpoint, NOTHING);
  }
}

/** Returns the request that bytes hold. Throws ERR_MALFORMED. */
export function decodeRequest(request: Uint8Array): Request {
  const { tag, bytes } = takeTag(request);
  switch (tag) {
    case TAG.blocks:
      return { type: 'blocks', ...decode(blocksSchema, bytes) };
    case TAG.batches:
      return { type: 'batches', ids: decode(idsSchema, bytes) };
    case TAG.history:
      checkEmpty(bytes);
      return { type: 'history' };
    case TAG.snapshot:
      checkEmpty(bytes);
      return { type: 'snapshot' };
    case TAG.entries:
      return { type: 'entries', ...decode(entriesSchema, bytes) };
    case TAG.checkpoint:
      checkEmpty(bytes);
      return { type: 'checkpoint' };
    default:
      throw unknownTag(tag, 'sync');
  }
}

const NOTHING = new Uint8Array();

function checkEmpty({ length }: Uint8Array): void {
  if (length === 0) return;
  throw new ChainError(
    'ERR_MALFORMED',
    `${length} bytes follow a tag behind which there is nothing`,
  );
}
