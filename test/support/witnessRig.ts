/** A log that grows, its questions to witnesses, and witnesses: keys come from names. */
import { createEd25519Signer, ed25519PublicKey } from '#crypto';

import { formatUtf8 } from '../../chain/bytes.ts';
import type { AddCheckpoint } from '../../chain/log/addCheckpoint.ts';
import { formatCheckpoint, type SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { consistencyProof } from '../../chain/log/consistency.ts';
import { type NoteSignature, type NoteSigner, signNote } from '../../chain/log/note.ts';
import { createVerifierKey, KEY_TYPE, type KeyType } from '../../chain/log/verifierKey.ts';
import { leafHash, type NodeReader, rootOfLeaves } from '../../chain/merkle.ts';
import { hashOfText } from './chainValues.ts';
import { nodesOf } from './logRig.ts';

function signerOf(type: KeyType, name: string, seed: string): NoteSigner {
  const secret = hashOfText(`key of ${seed}`);
  const key = createVerifierKey(type, name, ed25519PublicKey(secret));
  return { key, sign: createEd25519Signer(secret) };
}

/** Returns who signs for a log of this origin; another seed gives another key. */
export function logSigner(origin: string, seed = origin): NoteSigner {
  return signerOf(KEY_TYPE.ed25519, origin, seed);
}

/** Returns the witness of this name. */
export function witnessSigner(name: string): NoteSigner {
  return signerOf(KEY_TYPE.cosignature, name, `witness ${name}`);
}

/** What differs from an honest question. */
export interface QuestionChange {
  readonly oldSize?: number;
  readonly hashes?: readonly Uint8Array[];
  readonly root?: Uint8Array;
  readonly origin?: string;
  readonly signers?: readonly NoteSigner[];
  readonly extension?: string;
}

/** A log of 64 entries, of which one sees the first few at a time. */
export class TestLog {
  readonly origin: string;
  readonly signer: NoteSigner;
  readonly #leaves: readonly Uint8Array[];

  /** Logs of another history differ in all entries from the sixth on. */
  constructor(origin = 'log.example/1', history = 'the') {
    this.origin = origin;
    this.signer = logSigner(origin);
    this.#leaves = Array.from({ length: 64 }, (_, i) =>
      leafHash(formatUtf8(i < 5 ? `entry ${i}` : `${history} entry ${i}`)),
    );
  }

  rootAt(treeSize: number): Uint8Array {
    return rootOfLeaves(this.#leaves.slice(0, treeSize));
  }

  get readNode(): NodeReader {
    return nodesOf(this.#leaves);
  }

  /** Returns the checkpoint of a size. */
  checkpoint(treeSize: number, change: QuestionChange = {}): SignedCheckpoint {
    const { origin = this.origin, root = this.rootAt(treeSize), extension = '' } = change;
    const checkpoint = { origin, treeSize, root };
    const text = `${formatCheckpoint(checkpoint)}${extension}`;
    const signatures: readonly NoteSignature[] = (change.signers ?? [this.signer]).map((signer) =>
      signNote(text, signer),
    );
    return { ...checkpoint, note: { text, signatures } };
  }

  /** Returns the question that leads from one size to another. */
  question(oldSize: number, newSize: number, change: QuestionChange = {}): AddCheckpoint {
    return {
      oldSize: change.oldSize ?? oldSize,
      hashes: change.hashes ?? consistencyProof({ oldSize, newSize }, this.readNode),
      checkpoint: this.checkpoint(newSize, change),
    };
  }
}
