/**
 * A node's work in progress: submissions until they are decided, their receipts, batches that wait for a
 * block, and evidence while it is kept. Nothing here is part of the chain; losing it loses submissions that
 * were accepted, so what a 202 promises is written durably before it is given.
 */
import type { SignedBatch } from '../../chain/batch.ts';
import type { Equivocation } from '../../chain/consensus/equivocation.ts';
import type { EvidenceItem } from '../../chain/evidence.ts';
import type { Digest, SignedForm } from '../../chain/record.ts';
import type { VerdictProof } from '../../chain/verdict.ts';

/** How far a submission has come, in order; `rejected` ends it from any of the others. */
export const SUBMISSION_STATES = [
  'received',
  'certificate_verified',
  'authority_pending',
  'validated',
  'batched',
  'committed',
  'rejected',
] as const;
/** A name of `SUBMISSION_STATES`. */
export type SubmissionState = (typeof SUBMISSION_STATES)[number];

/** When a submission reached a state, Unix milliseconds. */
export interface Step {
  readonly state: SubmissionState;
  readonly atMs: number;
}

/** Why something was refused, or what stands in its way. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** What a client may ask about its submission; kept 90 days after its end. */
export interface Receipt {
  /** 16 bytes, shown as a UUID. */
  readonly id: Uint8Array;
  readonly imageHash: Uint8Array;
  /** In time order, the last is the present state. A reopened receipt begins again. */
  readonly steps: readonly Step[];
  /** Set while rejected. */
  readonly rejection: Reason | undefined;
  /** The first receipt for the same picture, where this one was rejected as its duplicate. */
  readonly duplicateOf: Uint8Array | undefined;
  /** Questions to the authority that brought no verdict. */
  readonly attempts: number;
  /** Unix ms of the next question, while one is due. */
  readonly nextAttemptMs: number | undefined;
  /** Why the last question brought no verdict. */
  readonly problem: Reason | undefined;
  readonly batchId: Uint8Array | undefined;
  /** Unix ms until which it is kept; undefined while its submission is not decided. */
  readonly keptUntilMs: number | undefined;
  /** Names of fields that were sent but, unsigned or unsalted, are not kept on the chain. */
  readonly notKept: readonly string[];
}

/** A camera's submission that passed its local checks. */
export interface CameraSubmission {
  readonly kind: 1;
  readonly receiptId: Uint8Array;
  readonly imageHash: Uint8Array;
  readonly capturedAt: number;
  readonly gpsHash: Uint8Array | undefined;
  readonly parents: readonly Uint8Array[];
  readonly digests: readonly Digest[];
  readonly certificateId: Uint8Array;
  readonly signature: Uint8Array;
  readonly form: Exclude<SignedForm, 0>;
  readonly authorityId: string;
  /** The authority's answer, for one that a batch gave back; else null in bytes. */
  readonly verdict: StoredVerdict | undefined;
}

/** A legacy submission. */
export interface LegacySubmission {
  readonly kind: 2;
  readonly receiptId: Uint8Array;
  readonly imageHash: Uint8Array;
  readonly capturedAt: number;
  readonly gpsHash: Uint8Array | undefined;
  readonly token: Uint8Array;
  readonly tableReferences: readonly number[];
  readonly keyIndices: readonly number[];
  readonly signature: Uint8Array | undefined;
  readonly authorityId: string;
  readonly verdict: StoredVerdict | undefined;
}

/** What waits to be asked, batched or committed. Deleted when it is decided. */
export type Submission = CameraSubmission | LegacySubmission;

/** A passed verdict; `proof` where the authority signs. */
export interface StoredVerdict {
  readonly proof: VerdictProof | undefined;
}

/** A batch of this node that is not committed yet, with what it was cut from. */
export interface WaitingBatch {
  readonly batchId: Uint8Array;
  readonly signed: SignedBatch;
  /** Receipt ids, one for each record in order: records stand before all other items. */
  readonly receiptIds: readonly Uint8Array[];
}

/** A proof against a validator, kept until it is on the chain. */
export interface StoredEquivocation {
  /** As `offenderSubject` makes it. */
  readonly subject: Uint8Array;
  readonly equivocation: Equivocation;
}

/** A checkpoint that this validator has cosigned. */
export interface Cosigned {
  readonly treeSize: number;
  readonly root: Uint8Array;
  /** As it was signed, Unix seconds. */
  readonly timeS: number;
}

/** What this institution has cosigned last of another log, as a witness. */
export interface WitnessedLog {
  readonly origin: string;
  /** As it was signed, Unix seconds. */
  readonly timeS: number;
  /** A signed note: signatures of the log, and the cosignature. */
  readonly checkpoint: Uint8Array;
}

/** Evidence of a batch as it is kept; certificates stand apart, each once. */
export interface StoredEvidence {
  readonly batchId: Uint8Array;
  readonly items: readonly EvidenceItem[];
}

/** One change. A list of them is written whole or not at all. */
export type WorkChange =
  | { readonly type: 'put-receipt'; readonly receipt: Receipt }
  | { readonly type: 'put-submission'; readonly submission: Submission }
  | { readonly type: 'delete-submission'; readonly receiptId: Uint8Array }
  | { readonly type: 'put-batch'; readonly batch: WaitingBatch }
  | { readonly type: 'delete-batch'; readonly batchId: Uint8Array }
  /** Certificate as sent; its id is its SHA-256. Written again, it counts as used at `usedAtMs`. */
  | { readonly type: 'put-certificate'; readonly sent: Uint8Array; readonly usedAtMs: number }
  | { readonly type: 'put-evidence'; readonly evidence: StoredEvidence }
  /** Evidence may be dropped once block time passes `untilMs`. */
  | { readonly type: 'expire-evidence'; readonly batchId: Uint8Array; readonly untilMs: number }
  /** The receipt that answers for a picture: the first that was not rejected. Goes with that receipt. */
  | {
      readonly type: 'put-first-receipt';
      readonly imageHash: Uint8Array;
      readonly receiptId: Uint8Array;
    }
  /** One for each offender: put again, it takes the place of the first. */
  | { readonly type: 'put-equivocation'; readonly stored: StoredEquivocation }
  | { readonly type: 'delete-equivocation'; readonly subject: Uint8Array }
  /** The highest sequence that this node has used. */
  | { readonly type: 'put-sequence'; readonly sequence: number }
  /** The checkpoint that this validator is about to cosign: it takes the place of the one before. */
  | { readonly type: 'put-cosigned'; readonly cosigned: Cosigned }
  /** One for each origin: put again, it takes the place of the one before. */
  | { readonly type: 'put-witnessed'; readonly log: WitnessedLog }
  /** Signed notes of this log with cosignatures of outside witnesses, in the place of those before. */
  | { readonly type: 'put-outside'; readonly checkpoints: readonly Uint8Array[] };

/** What one sweep may delete. */
export interface SweepLimits {
  /** Node's clock: receipts whose time is past go. */
  readonly nowMs: number;
  /** Last block's time: evidence whose time is past goes, and certificates not used since. */
  readonly blockTimeMs: number;
  /** Certificates unused for so long go. */
  readonly certificateRetentionMs: number;
  /** Receipts, evidences and certificates looked at, at most: one write deletes them. */
  readonly countMax: number;
}

/**
 * A node's work store. Contract, for every implementation:
 *
 * - `write` is atomic. With `durable` it resolves when the changes survive a loss of power; without, when
 *   they survive the death of the process. Later reads see them from the moment it resolves.
 * - Writes are applied in the order of their calls. Calls that come while one is under way are merged into the
 *   next, so awaiting each of many costs one sync for all of them.
 * - If a write fails, all later ones reject with the same error: the node stops.
 * - A receipt that was reopened is kept until the time that its next end says.
 * - `close` waits for writes that were asked for.
 * - `submissionIds`, `receiptIds`, `evidenceIds`, `batches` and `equivocations` go through what is stored without
 *   loading it at once.
 */
export interface WorkStore {
  write(changes: readonly WorkChange[], options: { readonly durable: boolean }): Promise<void>;
  readReceipt(id: Uint8Array): Receipt | undefined;
  readSubmission(receiptId: Uint8Array): Submission | undefined;
  /** Id of the receipt that answers for a picture. */
  readFirstReceipt(imageHash: Uint8Array): Uint8Array | undefined;
  /** Certificate as it was sent, by its id. */
  readCertificate(certificateId: Uint8Array): Uint8Array | undefined;
  readEvidence(batchId: Uint8Array): StoredEvidence | undefined;
  /** Ids of all stored submissions, in order of receipt id. */
  submissionIds(): AsyncIterable<Uint8Array>;
  /** Ids of all stored receipts, in order. */
  receiptIds(): AsyncIterable<Uint8Array>;
  /** Ids of all batches whose evidence is stored, in order. */
  evidenceIds(): AsyncIterable<Uint8Array>;
  /** Waiting batches, in order of sequence. */
  batches(): AsyncIterable<WaitingBatch>;
  /** Equivocations that are kept, in order of subject. */
  equivocations(): AsyncIterable<StoredEquivocation>;
  /** Highest sequence put, or undefined. */
  readSequence(): number | undefined;
  /** The last checkpoint that was put as cosigned, or undefined. */
  readCosigned(): Cosigned | undefined;
  /** What was put last of a log that is witnessed, or undefined. */
  readWitnessed(origin: string): WitnessedLog | undefined;
  /** Checkpoints that were put last with cosignatures of outside witnesses. */
  readOutside(): readonly Uint8Array[];
  /** Deletes what is past its time; resolves to how many receipts, evidences and certificates went. */
  sweep(limits: SweepLimits): Promise<number>;
  sizeBytes(): Promise<number>;
  /** Bytes that the store holds in memory: of its cache, and of what is not in a file yet. */
  memoryBytes(): number;
  close(): Promise<void>;
}
