/**
 * Consistency proofs: a tree contains an earlier one as its beginning, so nothing was changed or taken out.
 *
 * Source: RFC 6962, section 2.1.2 (making), and RFC 9162, section 2.1.4.2 (checking).
 */
import { equalBytes } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import {
  checkHashSizes,
  EMPTY_FRONTIER,
  largestPowerBelow,
  type LeafRange,
  nodeHash,
  type NodeReader,
  rootOf,
  rootOfRange,
} from '../merkle.ts';

/** Two sizes of one tree: `oldSize` is at most `newSize`. */
export interface TreeSizes {
  readonly oldSize: number;
  readonly newSize: number;
}

/** What a consistency proof claims: the tree of the new root begins with that of the old one. */
export interface ConsistencyClaim extends TreeSizes {
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
}

/**
 * Returns the hashes that lead from one tree to the other: none where the sizes are equal, or the old one is 0.
 *
 * Throws ERR_PROOF where the old size is above the new one.
 */
export function consistencyProof(sizes: TreeSizes, read: NodeReader): readonly Uint8Array[] {
  checkSizes(sizes);
  const { oldSize, newSize } = sizes;
  if (oldSize === 0 || oldSize === newSize) return [];
  const range = { start: 0, size: newSize };
  return subproof({ range, oldEnd: oldSize, isKnown: true }, read);
}

interface Part {
  readonly range: LeafRange;
  /** Where the old tree ends, behind the range's start. */
  readonly oldEnd: number;
  /** Whether the range begins as the old tree does, whose root the reader has. */
  readonly isKnown: boolean;
}

function subproof({ range, oldEnd, isKnown }: Part, read: NodeReader): Uint8Array[] {
  const { start, size } = range;
  if (oldEnd === start + size) return isKnown ? [] : [rootOfRange(range, read)];
  const split = largestPowerBelow(size);
  const left = { start, size: split };
  const right = { start: start + split, size: size - split };
  return oldEnd <= right.start
    ? [...subproof({ range: left, oldEnd, isKnown }, read), rootOfRange(right, read)]
    : [...subproof({ range: right, oldEnd, isKnown: false }, read), rootOfRange(left, read)];
}

/** Checks a consistency proof. Throws ERR_PROOF. */
export function checkConsistency(claim: ConsistencyClaim, proof: readonly Uint8Array[]): void {
  checkSizes(claim);
  checkHashSizes([claim.oldRoot, claim.newRoot, ...proof]);
  const { oldSize, newSize, oldRoot, newRoot } = claim;
  if (oldSize === 0 || oldSize === newSize) {
    checkWithoutProof(claim, proof);
    return;
  }
  const { fromOld, fromNew } = rootsOf(claim, proof);
  if (!equalBytes(fromOld, oldRoot)) throw refused('the proof leads to another old root');
  if (!equalBytes(fromNew, newRoot)) throw refused('the proof leads to another new root');
}

function checkWithoutProof(
  { oldSize, newSize, oldRoot, newRoot }: ConsistencyClaim,
  proof: readonly Uint8Array[],
): void {
  if (proof.length > 0) throw refused(`${proof.length} hashes where none is needed`);
  if (oldSize === 0 && !equalBytes(oldRoot, rootOf(EMPTY_FRONTIER))) {
    throw refused('the old root is not that of a tree without leaves');
  }
  if (oldSize === newSize && !equalBytes(oldRoot, newRoot)) {
    throw refused(`two roots at size ${oldSize}`);
  }
}

interface Roots {
  readonly fromOld: Uint8Array;
  readonly fromNew: Uint8Array;
}

/** The roots of both trees that a proof leads to. */
function rootsOf(
  { oldSize, newSize, oldRoot }: ConsistencyClaim,
  proof: readonly Uint8Array[],
): Roots {
  // An old tree that is perfect is a node of the new one, and its root is left out of the proof.
  const [first, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (first === undefined) throw refused('the proof is shorter than its path');
  let edge = skipRight({ node: oldSize - 1, last: newSize - 1 });
  let [fromOld, fromNew] = [first, first];
  for (const hash of rest) {
    if (edge.last === 0) throw refused('the proof is longer than its path');
    if (edge.node % 2 === 1 || edge.node === edge.last) {
      fromOld = nodeHash(hash, fromOld);
      fromNew = nodeHash(hash, fromNew);
      edge = above(skipLeft(edge));
    } else {
      fromNew = nodeHash(fromNew, hash);
      edge = above(edge);
    }
  }
  if (edge.last !== 0) throw refused('the proof is shorter than its path');
  return { fromOld, fromNew };
}

/** In one level, the node at the old tree's right edge, and the last one of the new tree. */
interface Edge {
  readonly node: number;
  readonly last: number;
}

function above({ node, last }: Edge): Edge {
  return { node: Math.floor(node / 2), last: Math.floor(last / 2) };
}

/** As long as the node is a right child, its sibling lies in the old tree: the subtree is perfect. */
function skipRight(edge: Edge): Edge {
  let at = edge;
  while (at.node % 2 === 1) at = above(at);
  return at;
}

/** As long as the node is a left child without a sibling, it stands in the level above as it is. */
function skipLeft(edge: Edge): Edge {
  let at = edge;
  while (at.node % 2 === 0 && at.node !== 0) at = above(at);
  return at;
}

function isPowerOfTwo(size: number): boolean {
  let rest = size;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}

function checkSizes({ oldSize, newSize }: TreeSizes): void {
  const valid = Number.isSafeInteger(oldSize) && Number.isSafeInteger(newSize) && oldSize >= 0;
  if (!valid || oldSize > newSize) {
    throw refused(`old size ${oldSize} is not within new size ${newSize}`);
  }
}

function refused(message: string): ChainError {
  return new ChainError('ERR_PROOF', message);
}
