/** What is known of a photograph's hash. */
import { formatHex } from '../../chain/bytes.ts';
import {
  AUTHORITY_CHECK,
  type ImageRecord,
  RECORD_KIND,
  type RecordKind,
  SIGNED_FORM,
  type SignedForm,
} from '../../chain/record.ts';
import { valueAt } from '../../chain/state.ts';
import { DERIVATIVE_COUNT_MAX } from '../limits.ts';
import type { AsOf, IntakePort, LedgerPort, Registration } from '../ports.ts';
import type { Absent, Found, Later } from '../schemas/verify.ts';
import type { Names } from './names.ts';
import { checkedOf, notCheckedOf, STATEMENT } from './statements.ts';
import { toSeconds } from './text.ts';

/** What a record stands for, in the words of the interface. */
export const KIND: Readonly<Record<RecordKind, Found['kind']>> = {
  [RECORD_KIND.camera]: 'camera',
  [RECORD_KIND.legacy]: 'legacy',
  [RECORD_KIND.edit]: 'edit',
};

/** Which bytes the camera signed, in the words of the interface. */
export const CAMERA_SIGNATURE: Readonly<Record<SignedForm, Found['camera_signature']>> = {
  [SIGNED_FORM.notCheckable]: 'not_checkable',
  [SIGNED_FORM.v1]: 'v1',
  [SIGNED_FORM.v1n]: 'v1n',
  [SIGNED_FORM.v2]: 'v2',
};

/** What is known of a hash. */
export type Finding = Found | Absent;

/** Answers about hashes. */
export interface Verifier {
  find(imageHash: Uint8Array): Finding;
  /** The registered hash, or undefined. */
  findRegistered(imageHash: Uint8Array): Found | undefined;
}

/** What answers follow from: the chain, and what is on its way to it. */
export interface VerifierSources {
  readonly ledger: LedgerPort;
  readonly intake: Pick<IntakePort, 'isPending'> | undefined;
}

/** Returns the verifier of a node. */
export function createVerifier({ ledger, intake }: VerifierSources, names: Names): Verifier {
  const authorityNameOf = (id: string): string | null => {
    const state = ledger.state();
    return valueAt(state.registries, state.height).find((each) => each.id === id)?.name ?? null;
  };
  const findRegistered = (imageHash: Uint8Array): Found | undefined => {
    const [first, ...later] = ledger.findRegistrations(imageHash);
    if (first === undefined) return undefined;
    const { record } = first.entry;
    return {
      ...mainFields(first, names),
      derivatives: ledger.findDerivatives(imageHash, DERIVATIVE_COUNT_MAX).map(formatHex),
      proof_url: `/api/v1/proof/${formatHex(imageHash)}`,
      as_of: formatAsOf(ledger.asOf()),
      trust_window_s: toSeconds(first.entry.timestampMs) - record.capturedAt,
      authority_name: record.authorityId === '' ? null : authorityNameOf(record.authorityId),
      authority_check: record.authorityCheck === AUTHORITY_CHECK.signed ? 'signed' : 'reported',
      digests: record.digests.map(({ name, digest }) => ({ name, digest: formatHex(digest) })),
      log_index: first.logIndex,
      also_registered: later.map((each) => formatLater(each, names)),
      statement: STATEMENT[verdictOf(record)],
      checked: checkedOf(record),
      not_checked: notCheckedOf(record),
    };
  };
  return {
    findRegistered,
    find: (imageHash) =>
      findRegistered(imageHash) ??
      absent(
        imageHash,
        intake?.isPending(imageHash) === true ? 'pending' : 'not_found',
        ledger.asOf(),
      ),
  };
}

/** Returns up to where an answer looked. */
export function formatAsOf({ height, blockTimeMs, logSize }: AsOf): Found['as_of'] {
  return { height, block_time: toSeconds(blockTimeMs), log_size: logSize };
}

/** Returns the verdict of a registered record. */
export function verdictOf({ kind }: ImageRecord): 'registered_original' | 'declared_edit' {
  return kind === RECORD_KIND.edit ? 'declared_edit' : 'registered_original';
}

type MainField =
  | 'verified'
  | 'image_hash'
  | 'timestamp'
  | 'block_height'
  | 'aggregator'
  | 'tx_hash'
  | 'gps_hash'
  | 'verdict'
  | 'kind'
  | 'authority'
  | 'block_time'
  | 'camera_signature'
  | 'status'
  | 'parents';

/** The fields that existing clients read come first, in the order in which they are documented. */
function mainFields({ entry }: Registration, names: Names): Pick<Found, MainField> {
  const { record } = entry;
  const verdict = verdictOf(record);
  return {
    verified: verdict === 'registered_original',
    image_hash: formatHex(record.imageHash),
    timestamp: record.capturedAt,
    block_height: entry.height,
    aggregator: names.nameOf(entry.aggregator),
    tx_hash: formatHex(entry.batchId),
    gps_hash: record.gpsHash === undefined ? null : formatHex(record.gpsHash),
    verdict,
    kind: KIND[record.kind],
    authority: record.authorityId === '' ? null : record.authorityId,
    block_time: toSeconds(entry.timestampMs),
    camera_signature: CAMERA_SIGNATURE[record.signedForm],
    // No rule of this version admits a revocation, so nothing registered is revoked.
    status: 'active',
    parents: record.parents.map(formatHex),
  };
}

function formatLater({ entry }: Registration, names: Names): Later {
  const { record } = entry;
  return {
    aggregator: names.nameOf(entry.aggregator),
    block_height: entry.height,
    block_time: toSeconds(entry.timestampMs),
    tx_hash: formatHex(entry.batchId),
    timestamp: record.capturedAt,
    kind: KIND[record.kind],
    authority: record.authorityId === '' ? null : record.authorityId,
    camera_signature: CAMERA_SIGNATURE[record.signedForm],
  };
}

function absent(imageHash: Uint8Array, verdict: Absent['verdict'], asOf: AsOf): Absent {
  return {
    verified: false,
    image_hash: formatHex(imageHash),
    timestamp: null,
    block_height: null,
    aggregator: null,
    tx_hash: null,
    verdict,
    as_of: formatAsOf(asOf),
    statement: STATEMENT[verdict],
  };
}

/** Returns whether a finding is of a registered hash. */
export function isFound(finding: Finding): finding is Found {
  return finding.block_height !== null;
}
