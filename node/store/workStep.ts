/**
 * Changes of work as steps on a draft of rows.
 *
 * Values are encoded when a change is asked for, so that a value that breaks its schema fails its own call.
 * What depends on the rows that are there (a later time, a higher sequence) is decided when the step is
 * taken: in the order of the calls, with no other write under way.
 */
import { sha256 } from '#crypto';

import { equalBytes } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import { equivocationSchema } from '../../chain/consensus/equivocation.ts';
import { decodeRow } from './damage.ts';
import type { RowDraft } from './rowDraft.ts';
import {
  batchKey,
  cosignedKey,
  type Due,
  dueKey,
  idKey,
  outsideKey,
  sequenceKey,
  timeKey,
  witnessedKey,
} from './workKey.ts';
import {
  cosignedSchema,
  numberSchema,
  outsideSchema,
  receiptSchema,
  storedEvidenceSchema,
  submissionSchema,
  waitingBatchSchema,
  witnessedSchema,
} from './workRow.ts';
import type { Receipt, StoredEvidence, WaitingBatch, WorkChange } from './workStore.ts';

/** Takes one change to a draft. */
export type WorkStep = (draft: RowDraft) => void;

/** Use of a certificate is noted once a day at most. */
const CERTIFICATE_USE_MS = 86_400_000;

const NOTHING = new Uint8Array();

type Steps = {
  readonly [T in WorkChange['type']]: (
    change: Extract<WorkChange, { readonly type: T }>,
  ) => WorkStep;
};

const STEPS: Steps = {
  'put-receipt': ({ receipt }) => putReceipt(receipt),
  'put-first-receipt': ({ imageHash, receiptId }) =>
    put(idKey('firstReceipt', imageHash), receiptId),
  'put-submission': ({ submission }) =>
    put(idKey('submission', submission.receiptId), encode(submissionSchema, submission)),
  'delete-submission': ({ receiptId }) => remove(idKey('submission', receiptId)),
  'put-batch': ({ batch }) => putBatch(batch),
  'delete-batch': ({ batchId }) => deleteBatch(batchId),
  'put-certificate': ({ sent, usedAtMs }) => putCertificate(sent, usedAtMs),
  'put-evidence': ({ evidence }) => putEvidence(evidence),
  'expire-evidence': ({ batchId: id, untilMs: timeMs }) =>
    postpone({ subject: 'evidence', id, timeMs }),
  'put-equivocation': ({ stored: { subject, equivocation } }) =>
    put(idKey('equivocation', subject), encode(equivocationSchema, equivocation)),
  'delete-equivocation': ({ subject }) => remove(idKey('equivocation', subject)),
  'put-sequence': ({ sequence }) => raiseSequence(sequence),
  'put-cosigned': ({ cosigned }) => put(cosignedKey(), encode(cosignedSchema, cosigned)),
  'put-witnessed': ({ log }) => put(witnessedKey(log.origin), encode(witnessedSchema, log)),
  'put-outside': ({ checkpoints }) => put(outsideKey(), encode(outsideSchema, checkpoints)),
};

/** Returns the step of a change. Throws an InvariantError if the change's value breaks its schema. */
export function workStep(change: WorkChange): WorkStep {
  const step = STEPS[change.type] as (change: WorkChange) => WorkStep;
  return step(change);
}

function put(key: Uint8Array, value: Uint8Array): WorkStep {
  return (draft) => draft.put(key, value);
}

function remove(key: Uint8Array): WorkStep {
  return (draft) => draft.delete(key);
}

/** An ended receipt says itself until when it is kept: the row that lists it needs no other. */
function putReceipt(receipt: Receipt): WorkStep {
  const { id, keptUntilMs: timeMs } = receipt;
  const key = idKey('receipt', id);
  const value = encode(receiptSchema, receipt);
  if (timeMs === undefined) return (draft) => draft.put(key, value);
  const listed = dueKey({ subject: 'receipt', id, timeMs });
  return (draft) => {
    draft.put(key, value);
    draft.put(listed, NOTHING);
  };
}

function putBatch(batch: WaitingBatch): WorkStep {
  const { sequence } = batch.signed.batch;
  const value = encode(waitingBatchSchema, batch);
  return (draft) => {
    draft.put(batchKey(sequence, batch.batchId), value);
    draft.put(idKey('batchSequence', batch.batchId), encode(numberSchema, sequence));
  };
}

function deleteBatch(batchId: Uint8Array): WorkStep {
  const sequenceOfBatch = idKey('batchSequence', batchId);
  return (draft) => {
    const sequence = readNumber(sequenceOfBatch, draft);
    if (sequence === undefined) return;
    draft.delete(batchKey(sequence, batchId));
    draft.delete(sequenceOfBatch);
  };
}

/** A batch that was dropped may be taken in again: what was due of it before is not any more. */
function putEvidence(evidence: StoredEvidence): WorkStep {
  const { batchId: id } = evidence;
  const value = encode(storedEvidenceSchema, evidence);
  return (draft) => {
    draft.put(idKey('evidence', id), value);
    const due = { subject: 'evidence', id } as const;
    const timeMs = readNumber(timeKey(due), draft);
    if (timeMs === undefined) return;
    draft.delete(dueKey({ ...due, timeMs }));
    draft.delete(timeKey(due));
  };
}

function putCertificate(sent: Uint8Array, usedAtMs: number): WorkStep {
  const id = sha256(sent);
  const due: Due = { subject: 'certificate', id, timeMs: usedAtMs };
  return (draft) => {
    const last = readNumber(timeKey(due), draft);
    if (last === undefined) draft.put(idKey('certificate', id), sent);
    else if (usedAtMs < last + CERTIFICATE_USE_MS) return;
    setTime(due, last, draft);
  };
}

/** Sets the time of a subject, unless it has a later one. */
function postpone(due: Due): WorkStep {
  return (draft) => {
    const last = readNumber(timeKey(due), draft);
    if (last === undefined || last < due.timeMs) setTime(due, last, draft);
  };
}

function setTime(due: Due, last: number | undefined, draft: RowDraft): void {
  if (last !== undefined) draft.delete(dueKey({ ...due, timeMs: last }));
  draft.put(dueKey(due), NOTHING);
  draft.put(timeKey(due), encode(numberSchema, due.timeMs));
}

function raiseSequence(sequence: number): WorkStep {
  const value = encode(numberSchema, sequence);
  return (draft) => {
    const last = readNumber(sequenceKey(), draft);
    if (last === undefined || last < sequence) draft.put(sequenceKey(), value);
  };
}

/**
 * Returns the step that drops what is due, unless its time has been set anew since.
 *
 * @param onDrop - called for what is dropped.
 */
export function dropStep(due: Due, onDrop: () => void): WorkStep {
  const { subject, id } = due;
  return (draft) => {
    if (draft.get(dueKey(due)) === undefined) return;
    draft.delete(dueKey(due));
    if (subject === 'receipt' && !dropFirstReceipt(due, draft)) return;
    if (subject !== 'receipt') draft.delete(timeKey(due));
    draft.delete(idKey(subject, id));
    onDrop();
  };
}

/** Drops a picture's first receipt with that receipt; returns false if the receipt stays for now. */
function dropFirstReceipt({ id, timeMs }: Due, draft: RowDraft): boolean {
  const value = draft.get(idKey('receipt', id));
  if (value === undefined) return false;
  const receipt = decodeRow(receiptSchema, value, 'a receipt');
  if (receipt.keptUntilMs !== timeMs) return false;
  const key = idKey('firstReceipt', receipt.imageHash);
  const first = draft.get(key);
  if (first !== undefined && equalBytes(first, id)) draft.delete(key);
  return true;
}

function readNumber(key: Uint8Array, draft: RowDraft): number | undefined {
  const value = draft.get(key);
  return value === undefined ? undefined : decodeRow(numberSchema, value, 'a number');
}
