/**
 * The transparency log's tree: RFC 6962, section 2.1 (RFC 9162, section 2.1).
 *
 * ```
 * MTH({})   = SHA-256("")
 * leaf hash = SHA-256(0x00 || entry)
 * node hash = SHA-256(0x01 || left || right), split at the largest power of two below n
 * ```
 *
 * A `Frontier` is the right edge of a tree: the roots of its perfect subtrees, largest first. It is all
 * that is needed to append leaves and to give the root.
 */
import { sha256 } from '#crypto';

import { concatBytes, equalBytes } from './bytes.ts';
import { ChainError } from './errors.ts';
import { invariant } from './invariant.ts';

/** The right edge of a tree of `treeSize` leaves: one root for each bit set in it, highest first. */
export interface Frontier {
  readonly treeSize: number;
  readonly roots: readonly Uint8Array[];
}

/** The tree of no leaves. */
export const EMPTY_FRONTIER: Frontier = { treeSize: 0, roots: [] };

const HASH_BYTES = 32;
const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = 1;

/** Returns SHA-256(0x00 || entry). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(concatBytes(LEAF_PREFIX, entry));
}

/** Returns SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  // Of all that is computed of a log, this is most.
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES);
  bytes[0] = NODE_PREFIX;
  bytes.set(left, 1);
  bytes.set(right, 1 + HASH_BYTES);
  return sha256(bytes);
}

/** Returns the frontier with `leafHashes` appended in order. */
export function appendLeaves(frontier: Frontier, leafHashes: readonly Uint8Array[]): Frontier {
  const roots = [...frontier.roots];
  let treeSize = frontier.treeSize;
  for (const hash of leafHashes) {
    let root = hash;
    // Each trailing one bit of the size is a perfect subtree that the new one completes.
    for (let size = treeSize; size % 2 === 1; size = Math.floor(size / 2)) {
      const left = roots.pop();
      invariant(left !== undefined, 'a frontier has a root for each bit of its size');
      root = nodeHash(left, root);
    }
    roots.push(root);
    treeSize += 1;
  }
  return { treeSize, roots };
}

/** Returns the root hash of the tree whose right edge this is. */
export function rootOf(frontier: Frontier): Uint8Array {
  const [last, ...rest] = [...frontier.roots].reverse();
  if (last === undefined) return sha256(new Uint8Array());
  return rest.reduce((right, left) => nodeHash(left, right), last);
}

/** Returns the root hash of a tree given by its leaf hashes. */
export function rootOfLeaves(leafHashes: readonly Uint8Array[]): Uint8Array {
  return rootOf(appendLeaves(EMPTY_FRONTIER, leafHashes));
}

/** A node by its place: `level` 0 holds leaves; `index` counts from the left in its level. */
export interface NodePlace {
  readonly level: number;
  readonly index: number;
}

/** Reads the hash of a complete node: its subtree of 2^level leaves lies within the tree. */
export type NodeReader = (place: NodePlace) => Uint8Array;

/** A leaf of a tree: `index` is below `treeSize`. */
export interface LeafPlace {
  readonly index: number;
  readonly treeSize: number;
}

/** Returns the root over leaves beside one another. */
export type RootOfRange = (range: LeafRange) => Uint8Array;

/**
 * Returns the hashes from the leaf's sibling up to the root's child (RFC 6962, section 2.1.1).
 *
 * @param rootAt - computes the hashes; whoever proves much keeps those of the right edge.
 */
export function inclusionProof(
  leaf: LeafPlace,
  read: NodeReader,
  rootAt: RootOfRange = (range) => rootOfRange(range, read),
): readonly Uint8Array[] {
  checkLeafPlace(leaf);
  const path: Uint8Array[] = [];
  let { start, size } = { start: 0, size: leaf.treeSize };
  while (size > 1) {
    const split = largestPowerBelow(size);
    const left = { start, size: split };
    const right = { start: start + split, size: size - split };
    const isLeft = leaf.index < right.start;
    path.push(rootAt(isLeft ? right : left));
    ({ start, size } = isLeft ? left : right);
  }
  return path.reverse();
}

/** Leaves beside one another, of which there is at least one. */
export interface LeafRange {
  readonly start: number;
  readonly size: number;
}

/** Returns the root over a range that begins where a tree is split. */
export function rootOfRange(range: LeafRange, read: NodeReader): Uint8Array {
  if (range.size === 1) return read({ level: 0, index: range.start });
  const split = largestPowerBelow(range.size);
  if (split * 2 === range.size) {
    // An exact power of two: its logarithm is exact too.
    return read({ level: Math.log2(range.size), index: range.start / range.size });
  }
  const left = rootOfRange({ start: range.start, size: split }, read);
  return nodeHash(
    left,
    rootOfRange({ start: range.start + split, size: range.size - split }, read),
  );
}

/** Returns the largest power of two below `size`, which is 2 or more: where a tree is split. */
export function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/** What an inclusion proof claims: this leaf hash stands at this place in a tree with this root. */
export interface InclusionClaim extends LeafPlace {
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
}

/** Checks an inclusion proof (RFC 9162, section 2.1.3.2). Throws ERR_PROOF. */
export function checkInclusion(claim: InclusionClaim, proof: readonly Uint8Array[]): void {
  checkLeafPlace(claim);
  checkHashSizes([claim.leafHash, claim.root, ...proof]);
  let node = claim.index;
  let last = claim.treeSize - 1;
  let hash = claim.leafHash;
  for (const sibling of proof) {
    if (last === 0) throw new ChainError('ERR_PROOF', 'the proof is longer than its path');
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw new ChainError('ERR_PROOF', 'the proof is shorter than its path');
  if (!equalBytes(hash, claim.root)) {
    throw new ChainError('ERR_PROOF', 'the proof leads to another root');
  }
}

/** Checks that what a proof consists of are hashes: two of other sizes could be joined to the same bytes. Throws ERR_PROOF. */
export function checkHashSizes(hashes: readonly Uint8Array[]): void {
  for (const { length } of hashes) {
    if (length !== HASH_BYTES) {
      throw new ChainError(
        'ERR_PROOF',
        `${length} bytes in a proof are not a hash of ${HASH_BYTES}`,
      );
    }
  }
}

function checkLeafPlace({ index, treeSize }: LeafPlace): void {
  const valid = Number.isSafeInteger(treeSize) && Number.isSafeInteger(index) && index >= 0;
  if (!valid || index >= treeSize) {
    throw new ChainError('ERR_PROOF', `index ${index} is not below tree size ${treeSize}`);
  }
}
