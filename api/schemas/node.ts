/** What a node says of itself and its surroundings. */
import { z } from 'zod';

import { equivocationSchema } from './equivocation.ts';
import { count, hash, time } from './fields.ts';
import { witnessesSchema, witnessingSchema } from './witness.ts';

/** The node's own truth about itself. */
export const statusSchema = z
  .object({
    node_id: z.string(),
    block_height: count,
    total_hashes: count,
    pending_submissions: count,
    last_block_time: time.nullable(),
    validator_nodes: z.array(z.string()),
    consensus_mode: z.enum(['single', 'pbft']),
    uptime: z.string().meta({ description: 'Share of the time up.', examples: ['99.9%'] }),
    uptime_seconds: count,
    version: z.string(),
    chain_id: hash.meta({ description: 'A v2 camera signs it.' }),
    view: count,
    proposer: z.string(),
    quorum: count,
    faults_tolerated: count,
    stops_tolerated: count,
    missing: z.array(z.string()),
    stalled: z.string().nullable().meta({ description: 'Why no block is being made.' }),
    last_refusal: z
      .object({ code: z.string(), message: z.string(), height: count, view: count, time })
      .nullable()
      .meta({ description: 'The last proposal that this validator did not vote for.' }),
    sign_floor: count.nullable().meta({
      description:
        'The height up to which this validator signs nothing, since it may have lost what it signed; else null.',
    }),
    syncing: z.boolean(),
    observer: z.boolean(),
    following: z.array(z.string()).nullable().meta({
      description: 'Validators that an observer is connected to; null for a validator.',
    }),
    checkpoint: z
      .object({
        final_size: count.meta({
          description:
            'Entries of the log that the newest checkpoint covers which a quorum cosigned.',
        }),
        cosigned_size: count.nullable().meta({
          description:
            'Entries of the last tree that this validator cosigned; null for an observer.',
        }),
        refusal: z.string().nullable().meta({ description: 'Why it cosigns no more.' }),
      })
      .meta({ description: 'How far the log is cosigned.' }),
    timestamps: z
      .object({
        policy: z.string().meta({ description: 'Object identifier of the policy of its tokens.' }),
        certificate_ends: time,
      })
      .nullable()
      .meta({ description: 'Null: this node makes no time stamps.' }),
    witnesses: witnessesSchema,
    witnessing: witnessingSchema,
    ready: z.boolean(),
    not_ready: z.array(z.string()).meta({ description: 'Why the node is not ready.' }),
    log_size: count,
    base_height: count.meta({
      description:
        'The first block held here: 0, or the one with which a fast start began. Its batches and all blocks before it are not held; all registrations are.',
    }),
    range_digits: count.meta({ description: 'Hex digits that still hide which hash is asked.' }),
  })
  .meta({ id: 'Status' });

/** The status with the names that existing clients read. */
export const blockchainStatusSchema = statusSchema
  .extend({
    height: count,
    submission_count: count,
    pending_validations: count,
    status: z.enum(['operational', 'not_ready']),
  })
  .meta({ id: 'BlockchainStatus' });

/** The process answers. */
export const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

/** Whether the node is synced and able to accept. */
export const readySchema = z
  .object({ ready: z.boolean(), reasons: z.array(z.string()) })
  .meta({ id: 'Ready' });

/** Validators, as this node sees them. */
export const validatorsSchema = z
  .object({
    validators: z.array(
      z.object({
        name: z.string(),
        public_key: hash,
        peer_id: z.string(),
        addresses: z.array(z.string()),
        status: z.enum(['up', 'behind', 'missing']),
        last_seen: time.nullable(),
        last_signed_height: count.nullable(),
        lost_views: count,
        suspended_until: count.nullable().meta({ description: 'A height.' }),
        evidence: z
          .array(
            equivocationSchema.extend({
              recorded_height: count.nullable().meta({
                description: 'Of the block that holds the proof; null while none does.',
              }),
            }),
          )
          .meta({ description: 'What proves that the validator broke the protocol.' }),
        evidence_elsewhere: count.nullable().meta({
          description: 'The block with such a proof, if this node does not hold its batches.',
        }),
      }),
    ),
  })
  .meta({ id: 'Validators' });

/** Authorities, as this node sees them. */
export const authoritiesSchema = z
  .object({
    authorities: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        endpoints: z.array(z.string()),
        signs_verdicts: z.boolean(),
        blind: z.boolean(),
        answering: z.boolean().nullable().meta({ description: 'Null: this node never asks it.' }),
        pending_submissions: count,
        last_answer: time.nullable(),
        last_problem: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Authorities' });

/** The body of `PUT /admin/v1/log-level`, and its answer. */
export const logLevelSchema = z
  .object(
    {
      level: z.enum(['error', 'warn', 'info', 'debug'], {
        error: 'must be error, warn, info or debug',
      }),
    },
    { error: 'must be a JSON object' },
  )
  .meta({ id: 'LogLevel' });

/** The answer of `POST /admin/v1/authorities/{id}/retry`. */
export const retriedSchema = z
  .object({ authority: z.string(), asked: count })
  .meta({ id: 'Retried' });

/** The node's own truth about itself. */
export type Status = z.infer<typeof statusSchema>;
/** Validators, as this node sees them. */
export type Validators = z.infer<typeof validatorsSchema>;
/** Authorities, as this node sees them. */
export type Authorities = z.infer<typeof authoritiesSchema>;
