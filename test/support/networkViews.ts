/** Pictures of a network, as a node's events would make them. */
import {
  afterConnection,
  afterEvent,
  NOTHING_KNOWN,
  type NetworkView,
} from '../../api/client/network.ts';
import type { BlockEvent, Sample, Snapshot } from '../../api/schemas/events.ts';

/** The time of the first sample. */
export const SAMPLED_MS = Date.parse('2026-11-21T12:00:00.000Z');

/** Returns a block with some fields set. */
export function blockWith(height: number, fields: Partial<BlockEvent> = {}): BlockEvent {
  return {
    block_height: height,
    block_hash: 'b1'.repeat(32),
    timestamp_ms: SAMPLED_MS - 60_000 + height * 1_000,
    view: 0,
    validator_id: `v${(height % 4) + 1}`,
    signers: ['v1', 'v2', 'v3'],
    transaction_count: 1,
    record_count: 2,
    log_size: 3 * height,
    ...fields,
  };
}

/** Returns how one of four validators stands. */
export function validatorWith(
  name: string,
  fields: Partial<Sample['validators'][number]> = {},
): Sample['validators'][number] {
  return {
    name,
    status: 'up',
    last_seen: new Date(SAMPLED_MS).toISOString(),
    last_signed_height: 60,
    lost_views: 0,
    suspended_until: null,
    has_equivocated: false,
    ...fields,
  };
}

/** Returns a sample of a healthy network of four with some fields set. */
export function sampleWith(fields: Partial<Sample> = {}): Sample {
  return {
    time: new Date(SAMPLED_MS).toISOString(),
    block_height: 60,
    total_hashes: 12_345,
    log_size: 12_400,
    final_size: 12_400,
    view: 0,
    proposer: 'v2',
    quorum: 3,
    ready: true,
    not_ready: [],
    stalled: null,
    syncing: false,
    observer: false,
    blocks_behind: 0,
    peers_connected: 3,
    uptime_seconds: 93_784,
    validators: ['v1', 'v2', 'v3', 'v4'].map((name) => validatorWith(name)),
    authorities: [
      {
        id: 'maker',
        name: 'The Maker',
        answering: true,
        pending_submissions: 0,
        last_problem: null,
      },
    ],
    pending: {},
    per_second: { submissions: 2, records: 1.5, verify_answers: 240, signatures: 33.3 },
    memory_bytes: 268_435_456,
    disk_free_bytes: 75_161_927_680,
    disk: 'enough',
    ...fields,
  };
}

/** Returns the snapshot of a chain whose last blocks are 55 to 60, with some fields set. */
export function snapshotWith(fields: Partial<Snapshot> = {}): Snapshot {
  return {
    node_id: 'v1',
    version: '0.1.0',
    chain_id: 'ab'.repeat(32),
    base_height: 0,
    faults_tolerated: 1,
    stops_tolerated: 1,
    continued: false,
    why: null,
    sample_interval_ms: 1_000,
    blocks: [55, 56, 57, 58, 59, 60].map((height) => blockWith(height)),
    sample: sampleWith(),
    ...fields,
  };
}

/** Returns the picture after a connection and one snapshot. */
export function viewWith(fields: Partial<Snapshot> = {}): NetworkView {
  const open = afterConnection(NOTHING_KNOWN, { connection: { state: 'open' }, atMs: SAMPLED_MS });
  return afterEvent(open, { name: 'snapshot', data: snapshotWith(fields) });
}
