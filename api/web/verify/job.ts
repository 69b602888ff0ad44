/** What the page and its workers say to each other. */
import type { StepName } from '../../../chain/log/verify.ts';
import type { Found } from '../../schemas/verify.ts';

/** What a worker is to do. */
export type Job =
  | { readonly type: 'hash'; readonly id: number; readonly file: Blob }
  | { readonly type: 'check'; readonly id: number; readonly claim: ProofClaim }
  | { readonly type: 'policy'; readonly id: number; readonly text: string }
  /** Ends hashing that is under way. */
  | { readonly type: 'cancel'; readonly id: number };

/** What a caller of `hash` hears and says while it runs. */
export interface HashCall {
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

/** A proof that is to be checked. */
export interface ProofClaim {
  /** The hash in hex. */
  readonly hash: string;
  /** Whether it was computed here, of a file. */
  readonly isOfFile: boolean;
  readonly proof: Uint8Array;
  readonly policy: string;
  /** What the node answered, which is compared with what is proved. */
  readonly found: Found;
}

/** What a worker says of a job. */
export type JobReport =
  | { readonly type: 'progress'; readonly id: number; readonly bytes: number }
  | { readonly type: 'hashed'; readonly id: number; readonly hash: string }
  | { readonly type: 'checked'; readonly id: number; readonly check: ProofCheck }
  | { readonly type: 'policy'; readonly id: number; readonly policy: PolicySummary }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string };

/** A step of a check. */
export interface CheckedStep {
  readonly name: StepName;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'not_reached';
  /** In English, with names of the policy in it. */
  readonly detail: string;
}

/** An institution that cosigned. */
export interface CheckedCosigner {
  readonly name: string;
  /** Unix seconds by its own clock. */
  readonly timeS: number;
}

/** What came of a check. */
export interface ProofCheck {
  readonly verdict: string;
  /** The code of the step that did not pass. */
  readonly code: string | undefined;
  readonly steps: readonly CheckedStep[];
  /** All who cosigned; also where they are too few. */
  readonly cosigners: readonly CheckedCosigner[];
  /** Where the node's answer contradicts the proof. */
  readonly differences: readonly Difference[];
}

/** What a field holds. */
export type FieldValue = string | number | null;

/** A field of which the node says other than the proof. */
export interface Difference {
  readonly field: ComparedField;
  readonly answered: FieldValue;
  readonly proved: FieldValue;
}

/** Whose signatures a policy counts. */
export interface PolicySummary {
  readonly log: string;
  readonly institutions: readonly string[];
  /** The quorum's group, as `3 of 4`; the name of a witness; or `none`. */
  readonly quorum: string;
}

/** Fields of an answer that a proof shows too. */
export const COMPARED_FIELDS = [
  'image_hash',
  'verdict',
  'kind',
  'timestamp',
  'block_time',
  'block_height',
  'camera_signature',
  'authority',
  'authority_check',
  'tx_hash',
  'parents',
  'log_index',
] as const;
/** A field of an answer that a proof shows too. */
export type ComparedField = (typeof COMPARED_FIELDS)[number];
