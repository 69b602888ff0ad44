/** The head of the log's tree after a block, and what it says of other sizes. */
import { equalBytes } from '../../chain/bytes.ts';
import { invariant } from '../../chain/invariant.ts';
import { rootOf, rootOfRange } from '../../chain/merkle.ts';
import { type Edge, validatorsAt } from '../../chain/state.ts';
import { readNodesFrom, type TileReader } from '../../chain/tile.ts';
import type { ValidatorSet } from '../../chain/validatorSet.ts';
import type { ChainStore } from '../store/chainStore.ts';

/** A size of the tree, with its root. */
export interface TreeRoot {
  readonly treeSize: number;
  readonly root: Uint8Array;
}

/** The tree after a block. */
export interface TreeHead extends TreeRoot {
  readonly height: number;
  /** Who cosigns it: the set that decided the block; of genesis, the first. */
  readonly validators: ValidatorSet;
}

/** Returns a reader of the tiles that a store holds. */
export function createTileReader(chain: Pick<ChainStore, 'readTile'>): TileReader {
  return (place) => {
    const tile = chain.readTile(place);
    invariant(tile !== undefined, 'the tiles of the log are stored');
    return tile;
  };
}

/** Returns the head at a ledger's edge. */
export function treeHeadOf({ state, frontier, header }: Edge): TreeHead {
  const { height } = header;
  return {
    height,
    treeSize: frontier.treeSize,
    root: rootOf(frontier),
    validators: validatorsAt(state, Math.max(height, 1)),
  };
}

/**
 * Returns whether a tree with this head began as another says.
 *
 * @param read - reads tiles of the tree; asked only where the other one is smaller and not empty.
 */
export function contains(head: TreeRoot, { treeSize, root }: TreeRoot, read: TileReader): boolean {
  if (treeSize > head.treeSize || treeSize < 1) return false;
  const own =
    treeSize === head.treeSize
      ? head.root
      : rootOfRange({ start: 0, size: treeSize }, readNodesFrom(read));
  return equalBytes(own, root);
}
