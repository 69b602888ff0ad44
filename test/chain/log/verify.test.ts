import { sha256 } from '#crypto';
import { expect } from 'chai';
import fc from 'fast-check';

import { formatHex, formatUtf8 } from '../../../chain/bytes.ts';
import type { Entry, ImageEntry } from '../../../chain/entry.ts';
import { formatPolicy, type Policy } from '../../../chain/log/policy.ts';
import { formatTlogProof, type TlogProof } from '../../../chain/log/tlogProof.ts';
import {
  type Claim,
  STEPS,
  type StepName,
  type Verdict,
  verify,
} from '../../../chain/log/verify.ts';
import { createVerifierKey, KEY_TYPE } from '../../../chain/log/verifierKey.ts';
import type { ImageRecord } from '../../../chain/record.ts';
import { bytesOf, hashOfText } from '../../support/chainValues.ts';
import {
  checkpointOf,
  closingEntry,
  COSIGNED_AT_S,
  flipBit,
  IMAGE_ENTRY,
  LOG_SIGNER,
  namesOf,
  networkPolicy,
  proofOf,
} from '../../support/logRig.ts';
import { Chance, damage } from '../../support/mutations.ts';

const PHOTO = formatUtf8('the bytes of a photograph');
const POLICY = networkPolicy(4);

/** An entry that registers the photograph; what is absent is the usual. */
function entryOf(record: Partial<ImageRecord> = {}): ImageEntry {
  return { ...IMAGE_ENTRY, record: { ...IMAGE_ENTRY.record, imageHash: sha256(PHOTO), ...record } };
}

function provenOf(entry: Entry, cosigners = namesOf(3)): TlogProof {
  return proofOf({ treeSize: 20, entry, index: 11, cosigners });
}

interface Parts {
  readonly file?: Claim['file'];
  readonly proof?: TlogProof;
  readonly policy?: Policy;
}

const PROOF = provenOf(entryOf());

/** The verdict on a photograph, its proof and its policy, some of them others. */
function judge(parts: Parts = {}): Verdict {
  const { file, proof, policy } = {
    file: { bytes: PHOTO },
    proof: PROOF,
    policy: POLICY,
    ...parts,
  };
  return verify({ file, proof: formatTlogProof(proof), policy: formatUtf8(formatPolicy(policy)) });
}

/** The step at which a verdict fails, and its code; all steps before have passed, and none after is reached. */
function failureOf(verdict: Verdict): string {
  if (verdict.verdict !== 'not_verified') return 'verified';
  const failed = verdict.steps.findIndex(({ outcome }) => outcome === 'failed');
  const outcomes = verdict.steps.map(({ outcome }) => outcome);
  const expected = STEPS.map((_, i) =>
    i < failed ? 'passed' : i === failed ? 'failed' : 'not_reached',
  );
  expect(outcomes.map((each) => (each === 'skipped' ? 'passed' : each))).to.deep.equal(expected);
  expect(verdict.steps[failed]?.detail).to.equal(verdict.reason);
  return `${verdict.steps[failed]?.name ?? 'nowhere'}: ${verdict.code}`;
}

describe('the verdict on a photograph', () => {
  it('is that of a registered original where every step passes', () => {
    const verdict = judge();

    if (verdict.verdict !== 'registered_original') expect.fail(failureOf(verdict));
    expect(verdict.steps.map(({ name }) => name)).to.deep.equal(STEPS);
    expect(new Set(verdict.steps.map(({ outcome }) => outcome))).to.deep.equal(new Set(['passed']));
    expect(verdict.registration).to.deep.equal({
      entry: entryOf(),
      match: 'image_hash',
      index: 11,
      origin: LOG_SIGNER.key.name,
      treeSize: 20,
      cosigners: [0, 1, 2].map((i) => ({ name: `birthmark.test/v${i}`, timeS: COSIGNED_AT_S + i })),
      quorumTimeS: COSIGNED_AT_S + 2,
    });
  });

  it('says each step in a sentence', () => {
    const details = judge().steps.map(({ detail }) => detail);
    const hash = formatHex(sha256(PHOTO));

    expect(details).to.deep.equal([
      `SHA-256 of the file is ${hash}`,
      'the proof is of entry 11 in a log of 20',
      `the policy trusts ${LOG_SIGNER.key.name} and 4 witnesses`,
      `the entry registers ${hash}, found by its image_hash`,
      `5 hashes lead from the entry to the root ${formatHex(PROOF.checkpoint.root)}`,
      `${LOG_SIGNER.key.name} signed the checkpoint`,
      `cosigned by ${[0, 1, 2].map((i) => `birthmark.test/v${i} at Unix time ${COSIGNED_AT_S + i}`).join(', ')}`,
      `the quorum pbft was reached at Unix time ${COSIGNED_AT_S + 2}`,
    ]);
  });

  it('is the same for the hash of its file', () => {
    expect(judge({ file: { hash: sha256(PHOTO) } }).verdict).to.equal('registered_original');
  });

  it('is that of a declared edit where its record is one', () => {
    const proof = provenOf(entryOf({ kind: 3, parents: [hashOfText('parent')] }));

    expect(judge({ proof }).verdict).to.equal('declared_edit');
  });

  it('is that of the same picture data where another digest is its own', () => {
    const imageHash = hashOfText('the file as it was delivered');
    const digests = [
      { name: 'pixels-sha256', digest: hashOfText('pixels') },
      { name: 'raw-sha256', digest: sha256(PHOTO) },
    ];
    for (const kind of [1, 3] as const) {
      const verdict = judge({ proof: provenOf(entryOf({ imageHash, digests, kind })) });
      if (verdict.verdict !== 'same_picture_data') expect.fail(failureOf(verdict));
      expect(verdict.registration.match).to.equal('raw-sha256');
    }
  });

  it('is about whichever the proof is of, where no file is given', () => {
    const verdict = judge({ file: undefined });

    expect(verdict.verdict).to.equal('registered_original');
    expect(verdict.steps[0]).to.include({ name: 'file', outcome: 'skipped' });
  });

  it('has no time of a quorum where the policy asks for nobody', () => {
    const verdict = judge({
      policy: { ...POLICY, quorum: 'none' },
      proof: provenOf(entryOf(), []),
    });

    if (verdict.verdict === 'not_verified') expect.fail(failureOf(verdict));
    expect(verdict.registration.quorumTimeS).to.equal(undefined);
    expect(verdict.steps.slice(-2).map(({ detail }) => detail)).to.deep.equal([
      'no witness of the policy cosigned',
      'the policy asks for no cosigner',
    ]);
  });
});

describe('a photograph is not verified', () => {
  const { checkpoint } = PROOF;
  const other = provenOf(entryOf({ capturedAt: 1 }));
  const signatures = checkpoint.note.signatures;
  const withSignatures = (some: typeof signatures): TlogProof => ({
    ...PROOF,
    checkpoint: { ...checkpoint, note: { ...checkpoint.note, signatures: some } },
  });
  const broken = (i: number): TlogProof =>
    withSignatures(
      signatures.with(i, { ...signatures[i]!, signature: flipBit(signatures[i]!.signature, 80) }),
    );
  const elsewhere = createVerifierKey(KEY_TYPE.ed25519, 'elsewhere', POLICY.log.key.publicKey);

  const cases: Readonly<
    Record<string, readonly [expected: `${StepName}: ERR_${string}`, parts: Parts]>
  > = {
    'by a hash of 31 bytes': ['file: ERR_MALFORMED', { file: { hash: bytesOf(31, 0) } }],
    'by a proof without an entry': ['entry: ERR_ENTRY', { proof: { ...PROOF, extra: undefined } }],
    'by a proof of something else': ['entry: ERR_ENTRY', { proof: provenOf(closingEntry(4)) }],
    'by a proof of no entry at all': [
      'entry: ERR_MALFORMED',
      { proof: { ...PROOF, extra: bytesOf(9, 0) } },
    ],
    'by an entry above 16 kB': [
      'entry: ERR_LIMIT',
      { proof: { ...PROOF, extra: bytesOf(16_385, 0) } },
    ],
    'by the proof of another photograph': [
      'entry: ERR_IMAGE_HASH',
      { file: { bytes: formatUtf8('another') } },
    ],
    'by the proof of a photograph that it was made from': [
      'entry: ERR_IMAGE_HASH',
      { proof: provenOf(entryOf({ imageHash: hashOfText('edit'), parents: [sha256(PHOTO)] })) },
    ],
    'by an entry that is not at its place': ['path: ERR_PROOF', { proof: { ...PROOF, index: 12 } }],
    'by an entry outside the log': ['path: ERR_PROOF', { proof: { ...PROOF, index: 20 } }],
    'by an entry that is not in the log': [
      'path: ERR_PROOF',
      { proof: { ...PROOF, extra: other.extra } },
    ],
    'by a path with a hash less': [
      'path: ERR_PROOF',
      { proof: { ...PROOF, hashes: PROOF.hashes.slice(1) } },
    ],
    'by a path that leads to another checkpoint': [
      'path: ERR_PROOF',
      { proof: { ...PROOF, checkpoint: other.checkpoint } },
    ],
    'by the checkpoint of another log': [
      'log: ERR_UNKNOWN_LOG',
      { policy: { ...POLICY, log: { key: elsewhere, url: undefined } } },
    ],
    'by a checkpoint that the log has not signed': [
      'log: ERR_UNKNOWN_SIGNER',
      { proof: withSignatures(signatures.slice(1)) },
    ],
    "with the log's signature broken": ['log: ERR_SIGNATURE', { proof: broken(0) }],
    'with one cosignature broken': ['cosigners: ERR_SIGNATURE', { proof: broken(2) }],
    'with one cosignature too few': [
      'quorum: ERR_QUORUM',
      { proof: provenOf(entryOf(), namesOf(2)) },
    ],
    'with cosignatures of strangers': [
      'quorum: ERR_QUORUM',
      { proof: provenOf(entryOf(), ['v0', 'v1', 'x', 'y', 'z']) },
    ],
    'with a cosignature twice': [
      'quorum: ERR_QUORUM',
      { proof: provenOf(entryOf(), ['v0', 'v1', 'v1']) },
    ],
    'with no cosignature': ['quorum: ERR_QUORUM', { proof: provenOf(entryOf(), []) }],
  };
  for (const [name, [expected, parts]] of Object.entries(cases)) {
    it(name, () => expect(failureOf(judge(parts))).to.equal(expected));
  }

  it('by a proof or a policy that cannot be read', () => {
    const [proof, policy] = [formatTlogProof(PROOF), formatUtf8(formatPolicy(POLICY))];
    const verdicts = [
      verify({ proof: proof.subarray(1), policy }),
      verify({ proof: bytesOf(400_000, 0x20), policy }),
      verify({ proof, policy: policy.subarray(1) }),
      verify({ proof, policy: bytesOf(140_000, 0x20) }),
    ];

    expect(verdicts.map(failureOf)).to.deep.equal([
      'proof: ERR_MALFORMED',
      'proof: ERR_LIMIT',
      'policy: ERR_POLICY',
      'policy: ERR_LIMIT',
    ]);
  });
});

describe('whatever bytes it is given', () => {
  const proof = formatTlogProof(provenOf(entryOf(), namesOf(1)));
  const policy = formatUtf8(formatPolicy(networkPolicy(1)));

  it('the check ends with a verdict', () => {
    const chance = new Chance(3);
    for (let i = 0; i < 200; i++) {
      const [damagedProof, damagedPolicy] = [damage(proof, chance), damage(policy, chance)];
      failureOf(verify({ proof: damagedProof, policy }));
      failureOf(verify({ proof, policy: damagedPolicy }));
    }
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (a, b, c) => {
        expect(failureOf(verify({ file: { bytes: a }, proof: b, policy: c }))).not.to.equal(
          'verified',
        );
      }),
    );
  });

  it('no flipped bit of a proof is overlooked', () => {
    const chance = new Chance(4);
    for (let bit = 0; bit < proof.length * 8; bit += 1 + chance.below(40)) {
      const verdict = verify({ proof: flipBit(proof, bit), policy });
      expect(verdict.verdict, `bit ${bit}`).to.equal('not_verified');
    }
  });

  it('a checkpoint with a quorum for another tree shows nothing', () => {
    const forged = checkpointOf({ treeSize: 20, root: hashOfText('another root') }, namesOf(3));

    expect(failureOf(judge({ proof: { ...PROOF, checkpoint: forged } }))).to.equal(
      'path: ERR_PROOF',
    );
  });
});
