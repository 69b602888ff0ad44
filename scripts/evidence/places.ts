/** Where a photograph stands: its hash in the entry, and the entry in the tree. */
import { encode } from '../../chain/codec.ts';
import { entrySchema, type ImageEntry } from '../../chain/entry.ts';
import type { TlogProof } from '../../chain/log/tlogProof.ts';
import { leafHash, nodeHash } from '../../chain/merkle.ts';

/** Returns where in an entry's bytes the hash stands that a photograph is known by, counted from 0. */
export function hashOffset(entry: ImageEntry, match: string): number {
  const bytes = encode(entrySchema, entry);
  const { imageHash, digests } = entry.record;
  const record =
    match === 'image_hash'
      ? { ...entry.record, imageHash: invert(imageHash) }
      : {
          ...entry.record,
          digests: digests.map((each) =>
            each.name === match ? { ...each, digest: invert(each.digest) } : each,
          ),
        };
  const other = encode(entrySchema, { ...entry, record });
  return bytes.findIndex((byte, i) => byte !== other[i]);
}

function invert(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte ^ 0xff);
}

/** A step of the path from an entry to the root. */
export interface PathStep {
  readonly siblingSide: 'left' | 'right';
  readonly sibling: Uint8Array;
  /** What both hash to. */
  readonly hash: Uint8Array;
}

/** Returns the steps of an inclusion proof that was verified (RFC 9162, section 2.1.3.2). */
export function pathSteps(
  entry: Uint8Array,
  { index, hashes, checkpoint }: Pick<TlogProof, 'index' | 'hashes' | 'checkpoint'>,
): readonly PathStep[] {
  let node = index;
  let last = checkpoint.treeSize - 1;
  let hash = leafHash(entry);
  return hashes.map((sibling) => {
    const isRight = node % 2 === 1 || node === last;
    hash = isRight ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    // Levels at which the node has no sibling are passed over.
    while (isRight && node % 2 === 0 && node !== 0) {
      node = Math.floor(node / 2);
      last = Math.floor(last / 2);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
    return { siblingSide: isRight ? 'left' : 'right', sibling, hash };
  });
}
