/**
 * A log of any number of entries that is never in memory: its leaves are hashed one after another, and of its nodes
 * those are kept that one proof and the root need.
 */
import { invariant } from '../../chain/invariant.ts';
import {
  inclusionProof,
  type LeafPlace,
  leafHash,
  nodeHash,
  type NodePlace,
  type NodeReader,
  rootOfRange,
} from '../../chain/merkle.ts';

/** One entry of a large log, proved. */
export interface ProvenLeaf {
  readonly root: Uint8Array;
  /** From the leaf's sibling up to the root's child. */
  readonly hashes: readonly Uint8Array[];
}

const NUMBER_BYTES = 8;
const NOTE_LEAVES = 1_000_000;

/**
 * Returns the proof of an entry at its place; the others are numbers.
 *
 * @param onProgress - called with the number of leaves so far.
 */
export function proveLeaf(
  leaf: LeafPlace,
  entry: Uint8Array,
  onProgress: (leaves: number) => void,
): ProvenLeaf {
  const wanted = placesOf(leaf);
  const kept = new Map<string, Uint8Array>();
  const roots: Uint8Array[] = [];
  for (let index = 0; index < leaf.treeSize; index++) {
    let hash = leafHash(index === leaf.index ? entry : numberOf(index));
    let place: NodePlace = { level: 0, index };
    keep(place, hash);
    // Every right child completes its parent.
    while (place.index % 2 === 1) {
      const left = roots.pop();
      invariant(left !== undefined, 'a right child has a left one');
      hash = nodeHash(left, hash);
      place = { level: place.level + 1, index: Math.floor(place.index / 2) };
      keep(place, hash);
    }
    roots.push(hash);
    if ((index + 1) % NOTE_LEAVES === 0) onProgress(index + 1);
  }
  const read: NodeReader = (place) => {
    const hash = kept.get(keyOf(place));
    invariant(hash !== undefined, 'a node that is wanted is kept');
    return hash;
  };
  return {
    root: rootOfRange({ start: 0, size: leaf.treeSize }, read),
    hashes: inclusionProof(leaf, read),
  };

  function keep(place: NodePlace, hash: Uint8Array): void {
    const key = keyOf(place);
    if (wanted.has(key)) kept.set(key, hash);
  }
}

/** The nodes that a proof and the root are made of: what reading them asks for. */
function placesOf(leaf: LeafPlace): ReadonlySet<string> {
  const places = new Set<string>();
  const note: NodeReader = (place) => {
    places.add(keyOf(place));
    return new Uint8Array(32);
  };
  inclusionProof(leaf, note);
  rootOfRange({ start: 0, size: leaf.treeSize }, note);
  return places;
}

function keyOf({ level, index }: NodePlace): string {
  return `${level}/${index}`;
}

function numberOf(index: number): Uint8Array {
  const bytes = new Uint8Array(NUMBER_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(index));
  return bytes;
}
