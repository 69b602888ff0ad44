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
import { decodeRow } from './damage.ts';
import type { RowDraft } from './rowDraft.ts';
import { batchKey, type Due, dueKey, idKey, sequenceKey, timeKey } from './workKey.ts';
import {
  numberSchema,
  receiptSchema,
  storedEvidenceSchema,
  submissionSchema,
  waitingBatchSchema,
} from './workRow.ts';
import type { WaitingBatch, WorkChange } from './workStore.ts';

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
  'put-receipt': ({ receipt }) => put(idKey('receipt', receipt.id), encode(receiptSchema, receipt)),
  'put-first-receipt': ({ imageHash, receiptId }) =>
    put(idKey('firstReceipt', imageHash), receiptId),
  'put-submission': ({ submission }) =>
    put(idKey('submission', submission.receiptId), encode(submissionSchema, submission)),
  'delete-submission': ({ receiptId }) => {
    const key = idKey('submission', receiptId);
    return (draft) => draft.delete(key);
  },
  'put-batch': ({ batch }) => putBatch(batch),
  'delete-batch': ({ batchId }) => deleteBatch(batchId),
  'put-certificate': ({ sent, usedAtMs }) => putCertificate(sent, usedAtMs),
  'put-evidence': ({ evidence }) =>
    put(idKey('evidence', evidence.batchId), encode(storedEvidenceSchema, evidence)),
  'expire-evidence': ({ batchId: id, untilMs: timeMs }) =>
    postpone({ subject: 'evidence', id, timeMs }),
  'expire-receipt': ({ receiptId: id, untilMs: timeMs }) =>
    postpone({ subject: 'receipt', id, timeMs }),
  'put-sequence': ({ sequence }) => raiseSequence(sequence),
};

/** Returns the step of a change. Throws an InvariantError if the change's value breaks its schema. */
export function workStep(change: WorkChange): WorkStep {
  const step = STEPS[change.type] as (change: WorkChange) => WorkStep;
  return step(change);
}

function put(key: Uint8Array, value: Uint8Array): WorkStep {
  return (draft) => draft.put(key, value);
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
 * A receipt whose submission waits (it was reopened) stays: its time is said again when it ends.
 *
 * @param onDrop - called for what is dropped.
 */
export function dropStep(due: Due, onDrop: () => void): WorkStep {
  const { subject, id } = due;
  return (draft) => {
    if (draft.get(dueKey(due)) === undefined) return;
    draft.delete(dueKey(due));
    draft.delete(timeKey(due));
    if (subject === 'receipt') {
      if (draft.get(idKey('submission', id)) !== undefined) return;
      dropFirstReceipt(id, draft);
    }
    draft.delete(idKey(subject, id));
    onDrop();
  };
}

function dropFirstReceipt(id: Uint8Array, draft: RowDraft): void {
  const value = draft.get(idKey('receipt', id));
  if (value === undefined) return;
  const key = idKey('firstReceipt', decodeRow(receiptSchema, value, 'a receipt').imageHash);
  const first = draft.get(key);
  if (first !== undefined && equalBytes(first, id)) draft.delete(key);
}

function readNumber(key: Uint8Array, draft: RowDraft): number | undefined {
  const value = draft.get(key);
  return value === undefined ? undefined : decodeRow(numberSchema, value, 'a number');
}
