/** Work in progress whose bytes depend on a number only: receipts, submissions, batches, evidence. */
import { sha256 } from '#crypto';

import { hashBatch, type Item, signBatch, type StatusItem } from '../../chain/batch.ts';
import { formatUtf8 } from '../../chain/bytes.ts';
import { type EvidenceItem, hashEvidence } from '../../chain/evidence.ts';
import type {
  CameraSubmission,
  LegacySubmission,
  Receipt,
  StoredEvidence,
  SubmissionState,
  WaitingBatch,
} from '../../node/store/workStore.ts';
import { cameraRecord, ChainBuilder, GENESIS_MS, hashOf } from './chainBuilder.ts';

/** Returns the id of a receipt: 16 bytes. */
export function receiptIdOf(number: number): Uint8Array {
  return hashOf(`receipt ${number}`).slice(0, 16);
}

/** Returns a receipt for the picture of `cameraRecord(number)`, in a state. */
export function receiptOf(
  number: number,
  state: SubmissionState = 'received',
  fields: Partial<Receipt> = {},
): Receipt {
  return {
    id: receiptIdOf(number),
    imageHash: cameraRecord(number).imageHash,
    steps: [{ state, atMs: GENESIS_MS + number }],
    rejection: undefined,
    duplicateOf: undefined,
    attempts: 0,
    nextAttemptMs: undefined,
    problem: undefined,
    batchId: undefined,
    keptUntilMs: undefined,
    notKept: [],
    ...fields,
  };
}

/** Returns the bytes that stand for a camera's certificate. */
export function certificateOf(number: number): Uint8Array {
  return formatUtf8(`certificate ${number}`);
}

/** Returns a camera's submission for `receiptOf(number)`, under `certificateOf(number)`. */
export function cameraSubmissionOf(number: number): CameraSubmission {
  const { imageHash, capturedAt } = cameraRecord(number);
  return {
    kind: 1,
    receiptId: receiptIdOf(number),
    imageHash,
    capturedAt,
    gpsHash: hashOf('gps'),
    parents: [hashOf('parent')],
    digests: [{ name: 'pixels-sha256', digest: hashOf('pixels') }],
    certificateId: sha256(certificateOf(number)),
    signature: new Uint8Array(64).fill(7),
    form: 3,
    authorityId: 'ACME',
    verdict: { proof: { issuedAt: 1_767_225_600, signature: new Uint8Array(64).fill(8) } },
  };
}

/** Returns a legacy submission for `receiptOf(number)`. */
export function legacySubmissionOf(number: number): LegacySubmission {
  const { imageHash, capturedAt } = cameraRecord(number);
  return {
    kind: 2,
    receiptId: receiptIdOf(number),
    imageHash,
    capturedAt,
    gpsHash: undefined,
    token: new Uint8Array(60).fill(9),
    tableReferences: [0, 1_000, 2_499],
    keyIndices: [0, 500, 999],
    signature: undefined,
    authorityId: 'ACME',
    verdict: undefined,
  };
}

/** Returns the evidence of records `numbers`, each under its own certificate. */
function evidenceItemsOf(numbers: readonly number[]): readonly EvidenceItem[] {
  return numbers.map((number) => ({
    kind: 1,
    certificateId: sha256(certificateOf(number)),
    signature: new Uint8Array(64).fill(7),
    form: 3,
    gpsHash: undefined,
    salt: new Uint8Array(16).fill(6),
    verdict: undefined,
  }));
}

/** Returns a batch of records `numbers`, and of what stands behind them, that waits under a sequence. */
export function waitingBatchOf(
  sequence: number,
  numbers: readonly number[],
  statusItems: readonly StatusItem[] = [],
): WaitingBatch {
  const { validators, signers, edge } = new ChainBuilder();
  const images = numbers.map((number): Item => ({ kind: 1, record: cameraRecord(number) }));
  const signed = signBatch(
    {
      version: 1,
      chainId: edge.header.chainId,
      aggregator: validators[0]!.consensusKey,
      sequence,
      createdAtMs: GENESIS_MS,
      items: [...images, ...statusItems],
      evidenceRoot: hashEvidence(evidenceItemsOf(numbers)),
    },
    signers[0]!,
  );
  return { batchId: hashBatch(signed.batch), signed, receiptIds: numbers.map(receiptIdOf) };
}

/** Returns the evidence of a waiting batch. */
export function evidenceOf(batch: WaitingBatch, numbers: readonly number[]): StoredEvidence {
  return { batchId: batch.batchId, items: evidenceItemsOf(numbers) };
}
