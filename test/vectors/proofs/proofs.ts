/**
 * Makes proofs as this version makes them, from fixed values: one folder for each version that was released. What
 * lies there never changes, since people keep proofs for as long as photographs.
 */
import { sha256 } from '#crypto';

import { formatUtf8, parseUtf8 } from '../../../chain/bytes.ts';
import { formatPolicy } from '../../../chain/log/policy.ts';
import { formatTlogProof } from '../../../chain/log/tlogProof.ts';
import { trimToQuorum } from '../../../chain/log/trust.ts';
import type { Registered } from '../../../chain/log/verify.ts';
import {
  AUTHORITY_CHECK,
  type ImageRecord,
  RECORD_KIND,
  SIGNED_FORM,
} from '../../../chain/record.ts';
import { hashOfText } from '../../support/chainValues.ts';
import {
  COSIGNED_AT_S,
  IMAGE_ENTRY,
  namesOf,
  networkPolicy,
  proofOf,
} from '../../support/logRig.ts';

/** What a proof in the corpus shows. */
export interface ProofCase {
  /** Of its files: `<name>.tlog-proof` and `<name>.policy.txt`. */
  readonly name: string;
  /** The photograph: the UTF-8 bytes of this text. */
  readonly photograph: string;
  readonly verdict: Registered;
  /** By what of the record the photograph is found. */
  readonly match: string;
  readonly index: number;
  readonly treeSize: number;
  /** Cosigners that the policy asks for, and that the proof has. */
  readonly quorum: number;
  readonly quorumTimeS: number;
}

/** A proof of the corpus with its files' texts. */
export interface ProofVector extends ProofCase {
  readonly proof: string;
  readonly policy: string;
}

interface Parts {
  readonly name: string;
  readonly verdict: Registered;
  readonly index: number;
  readonly treeSize: number;
  readonly validatorCount: number;
  readonly quorum: number;
  /** Of the record, beside how it knows the photograph. */
  readonly record?: Partial<ImageRecord>;
}

const PARTS: readonly Parts[] = [
  {
    name: 'original-of-1',
    verdict: 'registered_original',
    index: 0,
    treeSize: 1,
    validatorCount: 1,
    quorum: 1,
  },
  {
    name: 'edit-of-2',
    verdict: 'declared_edit',
    index: 1,
    treeSize: 2,
    validatorCount: 4,
    quorum: 3,
  },
  {
    name: 'same-picture-of-300',
    verdict: 'same_picture_data',
    index: 137,
    treeSize: 300,
    validatorCount: 5,
    quorum: 4,
  },
  {
    name: 'original-of-300',
    verdict: 'registered_original',
    index: 299,
    treeSize: 300,
    validatorCount: 7,
    quorum: 5,
  },
  {
    name: 'original-of-70000',
    verdict: 'registered_original',
    index: 65_536,
    treeSize: 70_000,
    validatorCount: 10,
    quorum: 7,
  },
  {
    name: 'legacy-of-3',
    verdict: 'registered_original',
    index: 0,
    treeSize: 3,
    validatorCount: 4,
    quorum: 3,
    record: {
      kind: RECORD_KIND.legacy,
      signedForm: SIGNED_FORM.notCheckable,
      authorityCheck: AUTHORITY_CHECK.reported,
      authorityId: '',
      deviceCommitment: new Uint8Array(32),
    },
  },
  {
    name: 'v1-of-5',
    verdict: 'registered_original',
    index: 4,
    treeSize: 5,
    validatorCount: 7,
    quorum: 5,
    record: { signedForm: SIGNED_FORM.v1, authorityCheck: AUTHORITY_CHECK.reported },
  },
];

/** How a record knows the photograph under each verdict. */
function recordOf(verdict: Registered, photograph: Uint8Array): Partial<ImageRecord> {
  const hash = sha256(photograph);
  switch (verdict) {
    case 'registered_original':
      return { imageHash: hash };
    case 'declared_edit':
      return { imageHash: hash, kind: 3, parents: [hashOfText('parent')] };
    case 'same_picture_data':
      return { imageHash: hashOfText('file'), digests: [{ name: 'raw-sha256', digest: hash }] };
  }
}

/** Returns the proofs of the corpus. */
export function makeProofVectors(): readonly ProofVector[] {
  return PARTS.map(({ name, verdict, index, treeSize, validatorCount, quorum, record: more }) => {
    const photograph = `the bytes of ${name}`;
    const known = recordOf(verdict, formatUtf8(photograph));
    const record = { ...IMAGE_ENTRY.record, ...more, ...known };
    const policy = networkPolicy(validatorCount);
    const whole = proofOf({
      treeSize,
      index,
      entry: { ...IMAGE_ENTRY, record },
      cosigners: namesOf(validatorCount),
    });
    const proof = { ...whole, checkpoint: trimToQuorum(whole.checkpoint, policy) };
    return {
      name,
      photograph,
      verdict,
      match: verdict === 'same_picture_data' ? 'raw-sha256' : 'image_hash',
      index,
      treeSize,
      quorum,
      quorumTimeS: COSIGNED_AT_S + quorum - 1,
      proof: parseUtf8(formatTlogProof(proof)),
      policy: formatPolicy(policy),
    };
  });
}
