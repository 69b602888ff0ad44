/**
 * The batch: the chain's transaction. One institution aggregates what it checked and signs it.
 *
 * ```
 * Batch    = [ 1, chain_id, aggregator, sequence, created_at_ms, [item, …], evidence_root ]
 * item     = [1, ImageRecord] | [3, configuration] | [4, status change]
 * batch id = hash(batch); the aggregator signs the id
 * ```
 */
import {
  bin,
  decode,
  encode,
  encodedOnce,
  list,
  literal,
  optional,
  type Schema,
  tuple,
  uint,
  union,
} from './codec.ts';
import { type Authority, authoritySchema } from './authority.ts';
import { ChainError } from './errors.ts';
import { hashDomain } from './hash.ts';
import { AUTHORITY_COUNT_MAX, BATCH_ITEM_COUNT_MAX } from './limits.ts';
import { type Params, paramsSchema } from './params.ts';
import { HASH_BYTES, type ImageRecord, imageRecordSchema } from './record.ts';
import { KEY_BYTES, type Signer, SIGNATURE_BYTES } from './signature.ts';
import { type ValidatorSet, validatorSetSchema } from './validatorSet.ts';

/** Kinds of item. */
export const ITEM_KIND = { image: 1, configuration: 3, status: 4 } as const;

/** Why something's status changes: the subject of each is the hash of another thing. */
export const STATUS_REASON = { cameraRevoked: 1, authorityRevoked: 2, equivocation: 3 } as const;

/** A photograph. */
export interface ImageItem {
  readonly kind: 1;
  readonly record: ImageRecord;
}

/** A proposed change of what consensus rests on, whole: exactly one of the three is given. */
export interface Change {
  readonly validators: ValidatorSet | undefined;
  readonly authorities: readonly Authority[] | undefined;
  readonly params: Params | undefined;
}

/** A change, or the approval of one by its hash; the aggregator's signature is its institution's vote. */
export interface ConfigurationItem {
  readonly kind: 3;
  readonly change: Change | undefined;
  readonly approves: Uint8Array | undefined;
}

/** A change of something's status: `subject` says what, in the form that `reason` defines. */
export interface StatusItem {
  readonly kind: 4;
  /** A value of `STATUS_REASON`. */
  readonly reason: number;
  /** Device commitment, hash of the authority id, or `offenderSubject` of the validator's key. */
  readonly subject: Uint8Array;
  /** Unix seconds from which it holds; 0 for an equivocation, whose proof tells no time. */
  readonly since: number;
  /** What proves it, at most 8 kB: an `Equivocation`'s canonical bytes, a revocation list. */
  readonly proof: Uint8Array;
}

/** What a batch holds. */
export type Item = ImageItem | ConfigurationItem | StatusItem;

/** A batch, without its signature. */
export interface Batch {
  readonly version: 1;
  readonly chainId: Uint8Array;
  /** Consensus key of the institution that made it. */
  readonly aggregator: Uint8Array;
  /** Above the aggregator's last committed one; gaps are allowed. */
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly items: readonly Item[];
  /** RFC 6962 root over the evidence items, one for each record. */
  readonly evidenceRoot: Uint8Array;
}

/** A batch with its aggregator's signature over the batch id, not yet checked. */
export interface SignedBatch {
  readonly batch: Batch;
  readonly signature: Uint8Array;
}

/** Canonical form of a change. */
export const changeSchema: Schema<Change> = tuple<Change>({
  validators: optional(validatorSetSchema),
  authorities: optional(list(authoritySchema, AUTHORITY_COUNT_MAX)),
  params: optional(paramsSchema),
});

const PROOF_BYTES_MAX = 8_192;

/** Canonical form of an item. */
export const itemSchema: Schema<Item> = union<Item>({
  1: tuple<ImageItem>({ kind: literal(1), record: imageRecordSchema }),
  3: tuple<ConfigurationItem>({
    kind: literal(3),
    change: optional(changeSchema),
    approves: optional(bin(HASH_BYTES)),
  }),
  4: tuple<StatusItem>({
    kind: literal(4),
    reason: uint(3, 1),
    subject: bin(HASH_BYTES),
    since: uint(),
    proof: bin(PROOF_BYTES_MAX, 0),
  }),
});

/** Canonical form of a batch. It is hashed, sized and stored on its way into a block: encoded once. */
export const batchSchema: Schema<Batch> = encodedOnce(
  tuple<Batch>({
    version: literal(1),
    chainId: bin(HASH_BYTES),
    aggregator: bin(KEY_BYTES),
    sequence: uint(),
    createdAtMs: uint(),
    items: list(itemSchema, BATCH_ITEM_COUNT_MAX, 1),
    evidenceRoot: bin(HASH_BYTES),
  }),
);

/** Canonical form of a batch with its signature: how it is kept and sent. */
export const signedBatchSchema: Schema<SignedBatch> = tuple<SignedBatch>({
  batch: batchSchema,
  signature: bin(SIGNATURE_BYTES),
});

/** Returns the batch id, which the API calls tx_hash. */
export function hashBatch(batch: Batch): Uint8Array {
  return hashBatchBytes(encode(batchSchema, batch));
}

/** Returns the batch id of a batch's canonical bytes. */
export function hashBatchBytes(bytes: Uint8Array): Uint8Array {
  return hashDomain('batch', bytes);
}

/** Returns the batch with its aggregator's signature. */
export function signBatch(batch: Batch, sign: Signer): SignedBatch {
  return { batch, signature: sign('batchSignature', hashBatch(batch)) };
}

/** Checks what the batches of one block have together. Throws ERR_LIMIT. */
export function checkBlockSize(itemCount: number, sizeBytes: number, params: Params): void {
  const { blockRecordsMax, blockBytesMax } = params;
  if (itemCount > blockRecordsMax) {
    throw new ChainError(
      'ERR_LIMIT',
      `${itemCount} items exceed block_records_max ${blockRecordsMax}`,
    );
  }
  if (sizeBytes > blockBytesMax) {
    throw new ChainError('ERR_LIMIT', `${sizeBytes} bytes exceed block_bytes_max ${blockBytesMax}`);
  }
}

/** Returns the signed batch of canonical bytes. Throws ERR_MALFORMED. */
export function decodeSignedBatch(bytes: Uint8Array): SignedBatch {
  return decode(signedBatchSchema, bytes);
}

/** Returns the records of a batch in item order. */
export function recordsOf(batch: Batch): readonly ImageRecord[] {
  return batch.items.filter((item) => item.kind === ITEM_KIND.image).map(({ record }) => record);
}
