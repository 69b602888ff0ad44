/** Events of `GET /api/v1/events`. */
import { z } from 'zod';

import { count, hash, submissionState, time, validatorName } from './fields.ts';
import { receiptSchema } from './receipt.ts';

/** What a listener may ask to hear of. */
export const EVENT_NAMES = ['block', 'submission', 'validator', 'status'] as const;

/** What a listener may ask to hear of. */
export type EventName = (typeof EVENT_NAMES)[number];

/** A block, without its signatures and transactions. */
export const blockEventSchema = z
  .object({
    block_height: count,
    block_hash: hash,
    timestamp_ms: count,
    view: count.meta({ description: 'Views that were lost before it was decided.' }),
    validator_id: validatorName.nullable().meta({ description: 'Proposer; null for genesis.' }),
    signers: z.array(validatorName.nullable()).meta({
      description:
        'Whose votes stand in the certificate: a quorum, and not all who may have voted. Null where the name is not known.',
    }),
    transaction_count: count,
    record_count: count,
    log_size: count,
  })
  .meta({ id: 'BlockEvent' });

const validatorSampleSchema = z
  .object({
    name: z.string(),
    status: z.enum(['up', 'behind', 'missing']),
    last_seen: time.nullable(),
    last_signed_height: count.nullable(),
    lost_views: count,
    suspended_until: count.nullable().meta({ description: 'A height.' }),
    has_equivocated: z.boolean(),
  })
  .meta({ id: 'ValidatorSample' });

const authoritySampleSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    answering: z.boolean().nullable().meta({ description: 'Null: this node never asks it.' }),
    pending_submissions: count,
    last_problem: z.string().nullable(),
  })
  .meta({ id: 'AuthoritySample' });

const pendingSchema = z.partialRecord(submissionState.exclude(['committed', 'rejected']), count);

const rate = z.number().min(0);

/** How a node stands at one moment. */
export const sampleSchema = z
  .object({
    time,
    block_height: count,
    total_hashes: count,
    log_size: count,
    final_size: count.meta({ description: 'Entries that a quorum has cosigned.' }),
    view: count,
    proposer: z.string(),
    quorum: count,
    ready: z.boolean(),
    not_ready: z.array(z.string()),
    stalled: z.string().nullable(),
    syncing: z.boolean(),
    observer: z.boolean(),
    blocks_behind: count,
    peers_connected: count,
    uptime_seconds: count,
    validators: z.array(validatorSampleSchema),
    authorities: z.array(authoritySampleSchema),
    pending: pendingSchema.meta({ description: 'Submissions that are not decided, by state.' }),
    per_second: z
      .object({
        submissions: rate.meta({ description: 'Accepted with a receipt.' }),
        records: rate.meta({ description: 'Photographs that blocks have registered.' }),
        verify_answers: rate.meta({ description: 'Answers about photographs.' }),
        signatures: rate.meta({ description: 'Signatures that were verified, of every kind.' }),
      })
      .nullable()
      .meta({
        description:
          'Since the sample before; null for the first after a time when nobody listened.',
      }),
    memory_bytes: count.meta({ description: 'Of the process, in steps of 64 MiB.' }),
    disk_free_bytes: count.meta({
      description: 'Of the data folder’s disk: in steps of 1 GiB up to 10, and of 10 GiB above.',
    }),
    disk: z.enum(['enough', 'low', 'critical']),
  })
  .meta({ id: 'Sample' });

/** The first event of every stream: where it begins, and how things stand. */
export const snapshotSchema = z
  .object({
    node_id: z.string(),
    version: z.string(),
    chain_id: hash,
    base_height: count,
    faults_tolerated: count,
    stops_tolerated: count,
    continued: z.boolean().meta({
      description: 'Whether all blocks since the last event follow; else the stream begins anew.',
    }),
    why: z.string().nullable().meta({
      description: 'Why it begins anew where an id was given; null where none was.',
    }),
    sample_interval_ms: count,
    blocks: z.array(blockEventSchema).meta({
      description: 'The last blocks, ascending; none where the stream is continued.',
    }),
    sample: sampleSchema,
  })
  .meta({ id: 'Snapshot' });

/** A validator that has come, gone, or fallen behind since the sample before. */
export const validatorEventSchema = z
  .object({
    name: z.string(),
    status: z.enum(['up', 'behind', 'missing']),
    before: z.enum(['up', 'behind', 'missing']),
    time,
  })
  .meta({ id: 'ValidatorEvent' });

/** The last event of a stream that the node ends. */
export const endSchema = z
  .object({ reason: z.enum(['stopping', 'slow', 'failed']), detail: z.string() })
  .meta({ id: 'EndOfEvents' });

/** Any event, as the document shows them: the field `event`, and `data` parsed. */
export const eventSchema = z.union([
  z.object({ event: z.literal('snapshot'), id: z.string(), data: snapshotSchema }),
  z.object({ event: z.literal('block'), id: z.string(), data: blockEventSchema }),
  z.object({ event: z.literal('validator'), data: validatorEventSchema }),
  z.object({ event: z.literal('submission'), data: receiptSchema }),
  z.object({ event: z.literal('status'), data: sampleSchema }),
  z.object({ event: z.literal('end'), data: endSchema }),
]);

/** A block, without its signatures and transactions. */
export type BlockEvent = z.infer<typeof blockEventSchema>;
/** How a node stands at one moment. */
export type Sample = z.infer<typeof sampleSchema>;
/** The first event of every stream. */
export type Snapshot = z.infer<typeof snapshotSchema>;
/** A validator that has come, gone, or fallen behind. */
export type ValidatorEvent = z.infer<typeof validatorEventSchema>;
