/** A registration as JSON, in the names and words of the HTTP interface. */
import { CAMERA_SIGNATURE, KIND } from '../../api/views/verify.ts';
import { formatHex } from '../../chain/bytes.ts';
import type { ImageEntry } from '../../chain/entry.ts';
import type { Registration } from '../../chain/log/verify.ts';
import { AUTHORITY_CHECK } from '../../chain/record.ts';

const MS_PER_S = 1_000;

/** An entry; what the record does not say is null. */
export interface EntryJson {
  readonly image_hash: string;
  readonly kind: (typeof KIND)[keyof typeof KIND];
  /** Unix seconds, by the camera's clock. */
  readonly timestamp: number;
  readonly block_height: number;
  /** Unix seconds, rounded down. */
  readonly block_time: number;
  /** Consensus key of the institution that took the submission. */
  readonly aggregator_key: string;
  readonly tx_hash: string;
  readonly camera_signature: (typeof CAMERA_SIGNATURE)[keyof typeof CAMERA_SIGNATURE];
  readonly authority: string | null;
  readonly authority_check: 'signed' | 'reported';
  readonly device_commitment: string;
  readonly gps_hash: string | null;
  readonly parents: readonly string[];
  readonly digests: readonly { readonly name: string; readonly digest: string }[];
}

/** A registration that was proved. */
export interface RegistrationJson extends EntryJson {
  /** What of the record the photograph is known by. */
  readonly match: string;
  readonly log_index: number;
  readonly origin: string;
  readonly log_size: number;
  /** Times are Unix seconds, by the cosigner's clock. */
  readonly cosigners: readonly { readonly name: string; readonly time: number }[];
  /** Unix seconds; null where the policy asks for nobody. */
  readonly quorum_time: number | null;
}

/** Returns what an entry says. */
export function formatEntry({
  height,
  timestampMs,
  aggregator,
  batchId,
  record,
}: ImageEntry): EntryJson {
  return {
    image_hash: formatHex(record.imageHash),
    kind: KIND[record.kind],
    timestamp: record.capturedAt,
    block_height: height,
    block_time: Math.floor(timestampMs / MS_PER_S),
    aggregator_key: formatHex(aggregator),
    tx_hash: formatHex(batchId),
    camera_signature: CAMERA_SIGNATURE[record.signedForm],
    authority: record.authorityId === '' ? null : record.authorityId,
    authority_check: record.authorityCheck === AUTHORITY_CHECK.signed ? 'signed' : 'reported',
    device_commitment: formatHex(record.deviceCommitment),
    gps_hash: record.gpsHash === undefined ? null : formatHex(record.gpsHash),
    parents: record.parents.map(formatHex),
    digests: record.digests.map(({ name, digest }) => ({ name, digest: formatHex(digest) })),
  };
}

/** Returns what a proof shows. */
export function formatRegistration(registration: Registration): RegistrationJson {
  const { entry, match, index, origin, treeSize, cosigners, quorumTimeS } = registration;
  return {
    ...formatEntry(entry),
    match,
    log_index: index,
    origin,
    log_size: treeSize,
    cosigners: cosigners.map(({ name, timeS }) => ({ name, time: timeS })),
    quorum_time: quorumTimeS ?? null,
  };
}
