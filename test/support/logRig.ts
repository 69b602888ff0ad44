/**
 * A transparency log for tests: entries, their tree, checkpoints with cosignatures, and proofs. Keys come from
 * names, so that the same options give the same bytes.
 */
import { createEd25519Signer, ed25519PublicKey } from '#crypto';

import { type Entry, type ImageEntry, logEntry } from '../../chain/entry.ts';
import { invariant } from '../../chain/invariant.ts';
import { formatCheckpoint, type SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { cosign } from '../../chain/log/cosignature.ts';
import { type NoteSigner, signNote } from '../../chain/log/note.ts';
import {
  cosignerKeyOf,
  logKeyOf,
  type NetworkLog,
  type Policy,
  policyOf,
} from '../../chain/log/policy.ts';
import type { TlogProof } from '../../chain/log/tlogProof.ts';
import { inclusionProof, nodeHash, type NodeReader, rootOfRange } from '../../chain/merkle.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import { CHAIN_ID, hashOfText, RECORD, validatorOf } from './chainValues.ts';

/** The log of the tests' network. */
export const LOG: NetworkLog = {
  network: 'birthmark.test',
  chainId: CHAIN_ID,
  logKey: ed25519PublicKey(hashOfText('log key')),
};

/** Signs as the log. */
export const LOG_SIGNER: NoteSigner = {
  key: logKeyOf(LOG),
  sign: createEd25519Signer(hashOfText('log key')),
};

/** When the first cosigner cosigns; each later one does a second later. */
export const COSIGNED_AT_S = 1_795_224_920;

/** Returns who cosigns for the validator of this name (`validatorOf`). */
export function cosignerOf(name: string): NoteSigner {
  return {
    key: cosignerKeyOf(LOG, validatorOf(name)),
    sign: createEd25519Signer(hashOfText(`cosigner key of ${name}`)),
  };
}

/** An image entry as the tests' chain may have it. */
export const IMAGE_ENTRY: ImageEntry = {
  kind: 1,
  height: 5,
  timestampMs: 1_795_224_918_000,
  aggregator: validatorOf('v0').consensusKey,
  batchId: hashOfText('batch'),
  record: RECORD,
};

/** Returns the entry that closes a block. */
export function closingEntry(height: number): Entry {
  return { kind: 2, height, blockHash: hashOfText(`block ${height}`) };
}

/** Returns a reader of the nodes of a tree that is given by its leaf hashes. */
export function nodesOf(leafHashes: readonly Uint8Array[]): NodeReader {
  const levels = [leafHashes];
  for (let below = leafHashes; below.length > 1;) {
    const level: Uint8Array[] = [];
    for (let i = 0; i + 1 < below.length; i += 2) level.push(nodeHash(below[i]!, below[i + 1]!));
    levels.push(level);
    below = level;
  }
  return ({ level, index }) => {
    const hash = levels[level]?.[index];
    invariant(hash !== undefined, `node ${level}/${index} is complete`);
    return hash;
  };
}

/** Returns a checkpoint that a log signed and validators of these names cosigned, in their order. */
export function checkpointOf(
  tree: { readonly treeSize: number; readonly root: Uint8Array },
  cosigners: readonly string[],
  signer = LOG_SIGNER,
): SignedCheckpoint {
  const checkpoint = { origin: signer.key.name, ...tree };
  const text = formatCheckpoint(checkpoint);
  const cosignatures = cosigners.map((name, i) =>
    cosign(text, COSIGNED_AT_S + i, cosignerOf(name)),
  );
  const signatures = [signNote(text, signer), ...cosignatures];
  return { ...checkpoint, note: { text, signatures } };
}

/** What a proof is made of. */
export interface ProofParts {
  readonly treeSize: number;
  readonly entry: Entry;
  /** Of the entry. */
  readonly index: number;
  readonly cosigners: readonly string[];
  /** Signs as the log; absent: that of the tests' network. */
  readonly signer?: NoteSigner;
}

/** Returns the proof of an entry in a log whose other entries close blocks. */
export function proofOf({ treeSize, entry, index, cosigners, signer }: ProofParts): TlogProof {
  const proved = logEntry(entry);
  const leafHashes = Array.from({ length: treeSize }, (_, i) =>
    i === index ? proved.leafHash : logEntry(closingEntry(i)).leafHash,
  );
  const read = nodesOf(leafHashes);
  const root = rootOfRange({ start: 0, size: treeSize }, read);
  return {
    extra: proved.bytes,
    index,
    hashes: inclusionProof({ index, treeSize }, read),
    checkpoint: checkpointOf({ treeSize, root }, cosigners, signer),
  };
}

/** Returns names v0, v1, … */
export function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `v${i}`);
}

/** Returns the policy of the tests' log with validators v0, v1, … */
export function networkPolicy(validatorCount: number): Policy {
  const validators: readonly Validator[] = namesOf(validatorCount).map(validatorOf);
  return policyOf(LOG, validators);
}

/** Returns bytes with one bit flipped. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}
