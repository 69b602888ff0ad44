/** Rows about offline proofs: how large one is in a large log, and how long its check takes. */
import { randomBytes } from 'node:crypto';

import { createEd25519Signer, ed25519PublicKey, sha256 } from '#crypto';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { type Entry, logEntry } from '../../../chain/entry.ts';
import { formatCheckpoint, originOf } from '../../../chain/log/checkpoint.ts';
import { cosign } from '../../../chain/log/cosignature.ts';
import { signNote } from '../../../chain/log/note.ts';
import {
  cosignerKeyOf,
  formatPolicy,
  logKeyOf,
  type NetworkLog,
  policyOf,
} from '../../../chain/log/policy.ts';
import { formatTlogProof } from '../../../chain/log/tlogProof.ts';
import { trimToQuorum } from '../../../chain/log/trust.ts';
import { verify } from '../../../chain/log/verify.ts';
import { largestPowerBelow } from '../../../chain/merkle.ts';
import { AUTHORITY_CHECK, RECORD_KIND, SIGNED_FORM } from '../../../chain/record.ts';
import type { Validator } from '../../../chain/validatorSet.ts';
import { BenchError } from '../children.ts';
import { proveLeaf } from '../proofTree.ts';
import type { Measurement } from '../report.ts';
import { median } from '../statistics.ts';
import type { World } from '../world.ts';

const VALIDATORS = 7;
const PROOF_BYTES_MAX = 2_500;
const VERIFY_MS_MAX = 50;
const CHECKS_PER_RUN = 200;
const MS_PER_S = 1_000;

/** A proof as somebody keeps it. */
interface KeptProof {
  readonly imageHash: Uint8Array;
  readonly proof: Uint8Array;
  readonly policy: Uint8Array;
}

/** Measures both. */
export function measureProofs({
  options,
  note,
}: Pick<World, 'options' | 'note'>): readonly Measurement[] {
  const kept = makeProof(options.entries, note);
  const samples = Array.from({ length: options.runs + 1 }, () => measureChecks(kept)).slice(1);
  return [
    {
      name: `proof at ${options.entries} entries, ${VALIDATORS} validators`,
      unit: 'bytes',
      samples: [kept.proof.length],
      target: { max: PROOF_BYTES_MAX },
      details: { policyBytes: kept.policy.length },
    },
    {
      name: 'check of that proof in Node',
      unit: 'ms',
      samples,
      target: { max: VERIFY_MS_MAX },
      details: { checksPerRun: CHECKS_PER_RUN },
    },
  ];
}

/** An entry with the longest path, in a log that validators cosigned; the proof has a quorum of them, as a node's has. */
function makeProof(treeSize: number, note: World['note']): KeptProof {
  const index = treeSize === 1 ? 0 : largestPowerBelow(treeSize) - 1;
  const imageHash = sha256(formatUtf8('bench photograph'));
  const entry = logEntry(entryOf(imageHash)).bytes;
  const { root, hashes } = proveLeaf({ index, treeSize }, entry, (leaves) => {
    note(`hashed ${leaves} of ${treeSize} entries`);
  });
  const log = { network: 'newspapers.example', chainId: draw() };
  const institutions = Array.from({ length: VALIDATORS }, (_, i) => createInstitution(i));
  const publisher = draw();
  const network: NetworkLog = { ...log, logKey: ed25519PublicKey(publisher) };
  const policy = policyOf(
    network,
    institutions.map(({ validator }) => validator),
  );
  const checkpoint = { origin: originOf(log), treeSize, root };
  const text = formatCheckpoint(checkpoint);
  const timeS = Math.floor(Date.now() / MS_PER_S);
  const signatures = [
    signNote(text, { key: logKeyOf(network), sign: createEd25519Signer(publisher) }),
    ...institutions.map(({ validator, seed }) =>
      cosign(text, timeS, {
        key: cosignerKeyOf(network, validator),
        sign: createEd25519Signer(seed),
      }),
    ),
  ];
  const signed = trimToQuorum({ ...checkpoint, note: { text, signatures } }, policy);
  return {
    imageHash,
    proof: formatTlogProof({ extra: entry, index, hashes, checkpoint: signed }),
    policy: formatUtf8(formatPolicy(policy)),
  };
}

/** A validator, and the seed of its cosigner key. */
function createInstitution(i: number): {
  readonly validator: Validator;
  readonly seed: Uint8Array;
} {
  const seed = draw();
  const validator: Validator = {
    name: `institution-${i + 1}`,
    consensusKey: ed25519PublicKey(draw()),
    cosignerKey: ed25519PublicKey(seed),
    peerId: '',
    addresses: [],
  };
  return { validator, seed };
}

/** A record with a position: of those without parents and further digests, the longest. */
function entryOf(imageHash: Uint8Array): Entry {
  return {
    kind: 1,
    height: 1_000_000,
    timestampMs: Date.now(),
    aggregator: draw(),
    batchId: draw(),
    record: {
      imageHash,
      capturedAt: Math.floor(Date.now() / MS_PER_S),
      kind: RECORD_KIND.camera,
      signedForm: SIGNED_FORM.v2,
      authorityCheck: AUTHORITY_CHECK.signed,
      authorityId: 'manufacturer',
      deviceCommitment: draw(),
      gpsHash: draw(),
      parents: [],
      digests: [],
    },
  };
}

function draw(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

/** The median time of a check, in milliseconds. */
function measureChecks({ imageHash, proof, policy }: KeptProof): number {
  const times = Array.from({ length: CHECKS_PER_RUN }, () => {
    const startMs = performance.now();
    const { verdict } = verify({ file: { fileHash: imageHash }, proof, policy });
    const endMs = performance.now();
    if (verdict !== 'registered_original') throw new BenchError(`a good proof is ${verdict}`);
    return endMs - startMs;
  });
  return median(times);
}
