/** Values of the work's rows. */
import { signedBatchSchema } from '../../chain/batch.ts';
import { KEY_INDEX_MAX, KEY_TABLE_ID_MAX, NUC_BYTES } from '../../chain/certificate/extensions.ts';
import {
  bin,
  list,
  literal,
  mapped,
  optional,
  type Schema,
  str,
  tuple,
  uint,
  union,
} from '../../chain/codec.ts';
import { invariant } from '../../chain/invariant.ts';
import { evidenceItemSchema } from '../../chain/evidence.ts';
import {
  BATCH_ITEM_COUNT_MAX,
  DIGEST_COUNT_MAX,
  ID_BYTES_MAX,
  PARENT_COUNT_MAX,
} from '../../chain/limits.ts';
import { NOTE_BYTES_MAX, OUTSIDE_WITNESS_COUNT_MAX } from '../../chain/log/limits.ts';
import { digestSchema, HASH_BYTES, type SignedForm } from '../../chain/record.ts';
import { verdictProofSchema } from '../../chain/verdict.ts';
import {
  type CameraSubmission,
  type Cosigned,
  type LegacySubmission,
  type Reason,
  type Receipt,
  type Step,
  type StoredEvidence,
  type StoredVerdict,
  type Submission,
  SUBMISSION_STATES,
  type SubmissionState,
  type WaitingBatch,
  type WitnessedLog,
} from './workStore.ts';

const RECEIPT_ID_BYTES = 16;
const LEGACY_REFERENCE_COUNT = 3;
const SIGNATURE_BYTES_MAX = 72;
/** Steps of one receipt. */
const STEP_COUNT_MAX = 1_000;
/** The text of a reason, in UTF-8: whoever takes it from a stranger cuts it. */
const REASON_BYTES_MAX = 4_096;
const FIELD_COUNT_MAX = 64;

const stateSchema = mapped<SubmissionState, number>(uint(SUBMISSION_STATES.length - 1), {
  format: (state) => SUBMISSION_STATES.indexOf(state),
  parse(number) {
    const state = SUBMISSION_STATES[number];
    invariant(state !== undefined, 'a state has its number');
    return state;
  },
});

const reasonSchema = tuple<Reason>({ code: str(ID_BYTES_MAX), message: str(REASON_BYTES_MAX) });

/** Value of a receipt row. */
export const receiptSchema: Schema<Receipt> = tuple<Receipt>({
  id: bin(RECEIPT_ID_BYTES),
  imageHash: bin(HASH_BYTES),
  steps: list(tuple<Step>({ state: stateSchema, atMs: uint() }), STEP_COUNT_MAX, 1),
  rejection: optional(reasonSchema),
  duplicateOf: optional(bin(RECEIPT_ID_BYTES)),
  attempts: uint(),
  nextAttemptMs: optional(uint()),
  problem: optional(reasonSchema),
  batchId: optional(bin(HASH_BYTES)),
  keptUntilMs: optional(uint()),
  notKept: list(str(ID_BYTES_MAX), FIELD_COUNT_MAX),
});

const storedVerdictSchema = tuple<StoredVerdict>({ proof: optional(verdictProofSchema) });

/** Value of a submission row. */
export const submissionSchema: Schema<Submission> = union<Submission>({
  1: tuple<CameraSubmission>({
    kind: literal(1),
    receiptId: bin(RECEIPT_ID_BYTES),
    imageHash: bin(HASH_BYTES),
    capturedAt: uint(),
    gpsHash: optional(bin(HASH_BYTES)),
    parents: list(bin(HASH_BYTES), PARENT_COUNT_MAX),
    digests: list(digestSchema, DIGEST_COUNT_MAX),
    certificateId: bin(HASH_BYTES),
    signature: bin(SIGNATURE_BYTES_MAX, 1),
    form: uint(3, 1) as Schema<Exclude<SignedForm, 0>>,
    authorityId: str(ID_BYTES_MAX),
    verdict: optional(storedVerdictSchema),
  }),
  2: tuple<LegacySubmission>({
    kind: literal(2),
    receiptId: bin(RECEIPT_ID_BYTES),
    imageHash: bin(HASH_BYTES),
    capturedAt: uint(),
    gpsHash: optional(bin(HASH_BYTES)),
    token: bin(NUC_BYTES),
    tableReferences: list(uint(KEY_TABLE_ID_MAX), LEGACY_REFERENCE_COUNT, LEGACY_REFERENCE_COUNT),
    keyIndices: list(uint(KEY_INDEX_MAX), LEGACY_REFERENCE_COUNT, LEGACY_REFERENCE_COUNT),
    signature: optional(bin(SIGNATURE_BYTES_MAX, 1)),
    authorityId: str(ID_BYTES_MAX),
    verdict: optional(storedVerdictSchema),
  }),
});

/** Value of a waiting batch's row. */
export const waitingBatchSchema: Schema<WaitingBatch> = tuple<WaitingBatch>({
  batchId: bin(HASH_BYTES),
  signed: signedBatchSchema,
  receiptIds: list(bin(RECEIPT_ID_BYTES), BATCH_ITEM_COUNT_MAX),
});

/** Value of an evidence row. */
export const storedEvidenceSchema: Schema<StoredEvidence> = tuple<StoredEvidence>({
  batchId: bin(HASH_BYTES),
  items: list(evidenceItemSchema, BATCH_ITEM_COUNT_MAX),
});

/** Value of the row of the last cosigned checkpoint. */
export const cosignedSchema: Schema<Cosigned> = tuple<Cosigned>({
  treeSize: uint(Number.MAX_SAFE_INTEGER, 1),
  root: bin(HASH_BYTES),
  timeS: uint(),
});

/** Value of the row of a log that is witnessed. */
export const witnessedSchema: Schema<WitnessedLog> = tuple<WitnessedLog>({
  origin: str(NOTE_BYTES_MAX),
  timeS: uint(),
  checkpoint: bin(NOTE_BYTES_MAX, 1),
});

/** Value of the row of checkpoints with outside cosignatures. */
export const outsideSchema: Schema<readonly Uint8Array[]> = list(
  bin(NOTE_BYTES_MAX, 1),
  OUTSIDE_WITNESS_COUNT_MAX,
);

/** Value of a row that holds one number: a sequence, a time in Unix milliseconds. */
export const numberSchema: Schema<number> = uint();
