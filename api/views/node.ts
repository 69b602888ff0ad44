/** What a node says of itself, as clients see it. */
import { formatHex } from '../../chain/bytes.ts';
import { validatorsAt } from '../../chain/state.ts';
import { RANGE_DIGITS_MAX } from '../limits.ts';
import type {
  ApiPorts,
  AuthorityView,
  CheckpointView,
  RefusalView,
  TimestampView,
  ValidatorView,
} from '../ports.ts';
import type { Authorities, Status, Validators } from '../schemas/node.ts';
import { formatEquivocation } from './equivocation.ts';
import { formatTime, formatTimeOrNull } from './text.ts';
import { formatWitnesses, formatWitnessing } from './witness.ts';

const RANGE_HASHES_MIN = 128;

/** Returns the node's own truth about itself. */
export function formatStatus({ ledger, status }: ApiPorts): Status {
  const node = status.status();
  const asOf = ledger.asOf();
  const total = ledger.recordCount();
  return {
    node_id: node.nodeId,
    block_height: asOf.height,
    total_hashes: total,
    pending_submissions: node.pendingSubmissions,
    // Block 0 is derived, not made: until the first block there is no time to tell.
    last_block_time: asOf.height === 0 ? null : formatTime(asOf.blockTimeMs),
    validator_nodes: validatorsAt(ledger.state(), asOf.height + 1).map(({ name }) => name),
    consensus_mode: node.mode,
    uptime: formatShare(node.uptimeShare),
    uptime_seconds: Math.floor(node.uptimeS),
    version: node.version,
    chain_id: formatHex(node.chainId),
    view: node.view,
    proposer: node.proposer,
    quorum: node.quorum,
    faults_tolerated: node.faultsTolerated,
    stops_tolerated: node.stopsTolerated,
    missing: [...node.missing],
    stalled: node.stalled ?? null,
    last_refusal: formatRefusal(node.lastRefusal),
    sign_floor: node.signFloor ?? null,
    syncing: node.syncing,
    observer: node.observer,
    following: node.following === undefined ? null : [...node.following],
    checkpoint: formatCheckpoint(node.checkpoint),
    timestamps: formatTimestamps(node.timestamps),
    witnesses: formatWitnesses(node.witnesses),
    witnessing: formatWitnessing(node.witnessing),
    ready: node.notReady.length === 0,
    not_ready: [...node.notReady],
    log_size: asOf.logSize,
    base_height: ledger.baseHeight(),
    range_digits: rangeDigits(total),
  };
}

function formatRefusal(refusal: RefusalView | undefined): Status['last_refusal'] {
  if (refusal === undefined) return null;
  const { atMs, ...shown } = refusal;
  return { ...shown, time: formatTime(atMs) };
}

function formatCheckpoint(view: CheckpointView): Status['checkpoint'] {
  return {
    final_size: view.finalSize,
    cosigned_size: view.cosignedSize ?? null,
    refusal: view.refusal ?? null,
  };
}

function formatTimestamps(view: TimestampView | undefined): Status['timestamps'] {
  if (view === undefined) return null;
  return { policy: view.policy, certificate_ends: formatTime(view.certificateEndsMs) };
}

/** Rounded down, so that only a node that was never down says 100 %. */
function formatShare(share: number): string {
  return `${(Math.floor(share * 1_000) / 10).toFixed(1)}%`;
}

/** Returns the largest d of 1 to 8 for which d hex digits still stand for 128 hashes on average. */
export function rangeDigits(total: number): number {
  let digits = 1;
  while (digits < RANGE_DIGITS_MAX && total / 16 ** (digits + 1) >= RANGE_HASHES_MIN) digits++;
  return digits;
}

/** Returns validators as this node sees them. */
export function formatValidators(validators: readonly ValidatorView[]): Validators {
  return {
    validators: validators.map((validator) => ({
      name: validator.name,
      public_key: formatHex(validator.publicKey),
      peer_id: validator.peerId,
      addresses: [...validator.addresses],
      status: validator.status,
      last_seen: formatTimeOrNull(validator.lastSeenMs),
      last_signed_height: validator.lastSignedHeight ?? null,
      lost_views: validator.lostViews,
      suspended_until: validator.suspendedUntil ?? null,
      evidence: validator.evidence.map(({ equivocation, recordedHeight }) => ({
        ...formatEquivocation(equivocation),
        recorded_height: recordedHeight ?? null,
      })),
      evidence_elsewhere: validator.evidenceElsewhere ?? null,
    })),
  };
}

/** Returns authorities as this node sees them. */
export function formatAuthorities(authorities: readonly AuthorityView[]): Authorities {
  return {
    authorities: authorities.map((authority) => ({
      id: authority.id,
      name: authority.name,
      endpoints: [...authority.endpoints],
      signs_verdicts: authority.signsVerdicts,
      blind: authority.blind,
      answering: authority.answering ?? null,
      pending_submissions: authority.pendingSubmissions,
      last_answer: formatTimeOrNull(authority.lastAnswerMs),
      last_problem: authority.lastProblem ?? null,
    })),
  };
}
