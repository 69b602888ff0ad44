/** What listeners are told, as they see it. */
import { formatHex } from '../../chain/bytes.ts';
import type { Measures } from '../measures.ts';
import type { ApiPorts, AuthorityView, BlockView, ValidatorView } from '../ports.ts';
import type { BlockEvent, Sample } from '../schemas/events.ts';
import type { Names } from './names.ts';
import { formatTime, formatTimeOrNull } from './text.ts';

const MIB = 1_048_576;
const GIB = 1_024 * MIB;
const MEMORY_STEP_BYTES = 64 * MIB;
/** Below it a disk is low, or critical: the alarm of docs/operating.md. */
const DISK_LOW_BYTES = 10 * GIB;
const DISK_CRITICAL_BYTES = GIB;

/** What is counted of the time between two samples. */
export type Rates = Sample['per_second'];

/** What a sample is made of beside the ports. */
export interface SampleParts {
  readonly atMs: number;
  readonly measures: Measures;
  readonly rates: Rates;
}

/** Returns a block, without its signatures and transactions. */
export function formatBlockEvent(block: BlockView, names: Names): BlockEvent {
  const { header, hash, certificate, recordCount } = block;
  const set = names.setAt(header.height);
  return {
    block_height: header.height,
    block_hash: formatHex(hash),
    timestamp_ms: header.timestampMs,
    view: header.view,
    validator_id: header.height === 0 ? null : names.nameOf(header.proposer),
    signers: (certificate?.signatures ?? []).map(({ index }) => set?.[index]?.name ?? null),
    transaction_count: header.batchIds.length,
    record_count: recordCount,
    log_size: header.logSize,
  };
}

/** Returns how the node stands. What anybody may see is told in coarse steps (docs/decisions/0018). */
export function formatSample(
  { ledger, status }: Pick<ApiPorts, 'ledger' | 'status'>,
  { atMs, measures, rates }: SampleParts,
): Sample {
  const node = status.status();
  const { height, logSize } = ledger.asOf();
  return {
    time: formatTime(atMs),
    block_height: height,
    total_hashes: ledger.recordCount(),
    log_size: logSize,
    final_size: node.checkpoint.finalSize,
    view: node.view,
    proposer: node.proposer,
    quorum: node.quorum,
    ready: node.notReady.length === 0,
    not_ready: [...node.notReady],
    stalled: node.stalled ?? null,
    syncing: node.syncing,
    observer: node.observer,
    blocks_behind: measures.blocksBehind,
    peers_connected: measures.peersConnected,
    uptime_seconds: Math.floor(node.uptimeS),
    validators: status.validators().map(formatValidator),
    authorities: status.authorities().map(formatAuthority),
    pending: Object.fromEntries([...measures.pendingByState].filter(([, pending]) => pending > 0)),
    per_second: rates,
    memory_bytes: Math.ceil(measures.memoryBytes / MEMORY_STEP_BYTES) * MEMORY_STEP_BYTES,
    disk_free_bytes: coarseDisk(measures.diskFreeBytes),
    disk: diskLevel(measures.diskFreeBytes),
  };
}

function formatValidator(validator: ValidatorView): Sample['validators'][number] {
  return {
    name: validator.name,
    status: validator.status,
    last_seen: formatTimeOrNull(validator.lastSeenMs),
    last_signed_height: validator.lastSignedHeight ?? null,
    lost_views: validator.lostViews,
    suspended_until: validator.suspendedUntil ?? null,
    has_equivocated: validator.evidence.length > 0 || validator.evidenceElsewhere !== undefined,
  };
}

function formatAuthority(authority: AuthorityView): Sample['authorities'][number] {
  return {
    id: authority.id,
    name: authority.name,
    answering: authority.answering ?? null,
    pending_submissions: authority.pendingSubmissions,
    last_problem: authority.lastProblem ?? null,
  };
}

function coarseDisk(bytes: number): number {
  const step = bytes < DISK_LOW_BYTES ? GIB : 10 * GIB;
  return Math.floor(bytes / step) * step;
}

function diskLevel(bytes: number): Sample['disk'] {
  if (bytes < DISK_CRITICAL_BYTES) return 'critical';
  return bytes < DISK_LOW_BYTES ? 'low' : 'enough';
}
