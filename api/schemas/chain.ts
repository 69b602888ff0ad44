/** Blocks, transactions and state. */
import { z } from 'zod';

import { equivocationSchema } from './equivocation.ts';
import { asOfSchema, count, hash, seconds, signature, validatorName } from './fields.ts';

const voteSchema = z.object({
  validator: validatorName.nullable(),
  index: count.meta({ description: "Place in the height's validator set." }),
  signature,
});

/** A block. */
export const blockSchema = z
  .object({
    block_height: count,
    block_hash: hash,
    previous_hash: hash,
    timestamp: seconds,
    timestamp_ms: count,
    view: count,
    validator_id: validatorName.nullable().meta({ description: 'Proposer; null for genesis.' }),
    transaction_count: count,
    record_count: count,
    log_size: count,
    log_root: hash,
    state_root: hash,
    certificate: z.object({ view: count, signatures: z.array(voteSchema) }).nullable(),
    transactions: z.array(hash),
  })
  .meta({ id: 'Block' });

/** A list of blocks, ascending. */
export const blocksSchema = z
  .object({
    blocks: z.array(blockSchema),
    from: count,
    limit: count,
    next: count.nullable().meta({ description: 'Where the next list begins; null at the end.' }),
    as_of: asOfSchema,
  })
  .meta({ id: 'Blocks' });

const statusChangeSchema = z.object({
  reason: z.literal('equivocation'),
  subject: hash.meta({ description: "Hash of the validator's key, as the log names it." }),
  validator: z.string().nullable().meta({ description: 'Null if no name of it is known.' }),
  evidence: equivocationSchema,
});

/** A committed batch. */
export const transactionSchema = z
  .object({
    tx_hash: hash,
    block_height: count,
    aggregator: validatorName,
    sequence: count,
    created_at_ms: count,
    batch_size: count,
    signature,
    image_hashes: z.array(hash),
    status_changes: z.array(statusChangeSchema),
  })
  .meta({ id: 'Transaction' });

const authoritySchema = z.object({
  id: z.string(),
  name: z.string(),
  ca_certificates: z.array(z.string()),
  endpoints: z.array(z.string()),
  strict_names: z.boolean(),
  allow_private: z.boolean(),
  verdict_key: z.string().nullable(),
  blind: z.boolean(),
  legacy_endpoint: z.string().nullable(),
  revocation: z.array(z.string()),
});

/** Everything that the next block is judged by. */
export const stateSchema = z
  .object({
    height: count,
    chain_id: hash,
    state_root: hash,
    parameters: z.record(z.string(), z.union([z.number(), z.boolean()])),
    validators: z.array(
      z.object({
        name: z.string(),
        public_key: hash,
        cosigner_key: hash,
        peer_id: z.string(),
        addresses: z.array(z.string()),
      }),
    ),
    registry: z.array(authoritySchema),
    sequences: z.array(z.object({ aggregator: validatorName, sequence: count })),
    lost_views: z.array(z.object({ height: count, view: count, proposer: validatorName })),
    offenders: z
      .array(z.object({ validator: z.string().nullable(), subject: hash, height: count }))
      .meta({ description: 'Whose equivocation is recorded, by the block of that height.' }),
  })
  .meta({ id: 'State' });

/** A block. */
export type Block = z.infer<typeof blockSchema>;
/** A committed batch. */
export type Transaction = z.infer<typeof transactionSchema>;
/** Everything that the next block is judged by. */
export type ChainState = z.infer<typeof stateSchema>;
