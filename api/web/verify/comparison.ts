/** Whether a node answered what the log says: a node may be wrong or lie, and its answer is not what is signed. */
import { formatHex } from '../../../chain/bytes.ts';
import type { Registration } from '../../../chain/log/verify.ts';
import {
  AUTHORITY_CHECK,
  RECORD_KIND,
  type RecordKind,
  SIGNED_FORM,
  type SignedForm,
} from '../../../chain/record.ts';
import type { Found } from '../../schemas/verify.ts';
import { COMPARED_FIELDS, type ComparedField, type Difference, type FieldValue } from './job.ts';

const KIND: Readonly<Record<RecordKind, Found['kind']>> = {
  [RECORD_KIND.camera]: 'camera',
  [RECORD_KIND.legacy]: 'legacy',
  [RECORD_KIND.edit]: 'edit',
};

const CAMERA_SIGNATURE: Readonly<Record<SignedForm, Found['camera_signature']>> = {
  [SIGNED_FORM.notCheckable]: 'not_checkable',
  [SIGNED_FORM.v1]: 'v1',
  [SIGNED_FORM.v1n]: 'v1n',
  [SIGNED_FORM.v2]: 'v2',
};

/** Returns the fields of an answer that the proved registration contradicts. */
export function differencesOf(
  found: Found,
  verdict: Found['verdict'],
  { entry, index }: Registration,
): readonly Difference[] {
  const { record } = entry;
  const proved: Readonly<Record<ComparedField, FieldValue>> = {
    image_hash: formatHex(record.imageHash),
    // What a proof shows was so when it was made: that something was revoked since contradicts nothing.
    verdict: found.verdict === 'registered_revoked' ? found.verdict : verdict,
    kind: KIND[record.kind],
    timestamp: record.capturedAt,
    block_time: Math.floor(entry.timestampMs / 1_000),
    block_height: entry.height,
    camera_signature: CAMERA_SIGNATURE[record.signedForm],
    authority: record.authorityId === '' ? null : record.authorityId,
    authority_check: record.authorityCheck === AUTHORITY_CHECK.signed ? 'signed' : 'reported',
    tx_hash: formatHex(entry.batchId),
    parents: record.parents.map(formatHex).join(),
    log_index: index,
  };
  const answered = { ...found, parents: found.parents.join() };
  return COMPARED_FIELDS.filter((field) => answered[field] !== proved[field]).map((field) => ({
    field,
    answered: answered[field],
    proved: proved[field],
  }));
}
