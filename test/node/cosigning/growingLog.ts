/** A log whose blocks each add so many entries, and what validators v0, v1, … say of it. */
import { formatUtf8 } from '../../../chain/bytes.ts';
import { leafHash, rootOfLeaves } from '../../../chain/merkle.ts';
import { appendToTiles, type TileReader } from '../../../chain/tile.ts';
import type { Claim } from '../../../node/cosigning/claim.ts';
import { createClaim } from '../../../node/cosigning/cosignedLog.ts';
import type { TreeHead, TreeRoot } from '../../../node/cosigning/treeHead.ts';
import { validatorsOf } from '../../support/chainValues.ts';
import { cosigningOf } from '../../support/cosigners.ts';

/** By the clock of those who cosign, Unix seconds. */
export const TIME_S = 1_795_225_000;

/** A log. */
export class GrowingLog {
  readonly #leaves: Uint8Array[] = [];
  readonly #name: string;
  readonly #validatorCount: number;
  #height = -1;

  /**
   * Returns a log after genesis.
   *
   * @param name - logs of other names hold other entries.
   */
  constructor(validatorCount = 4, name = 'log') {
    this.#validatorCount = validatorCount;
    this.#name = name;
    this.grow(1);
  }

  /** Adds a block with so many entries; returns the head after it. */
  grow(count: number): TreeHead {
    for (let i = 0; i < count; i++) {
      this.#leaves.push(leafHash(formatUtf8(`${this.#name} ${this.#leaves.length}`)));
    }
    this.#height += 1;
    return this.head();
  }

  /** The head after the last block. */
  head(): TreeHead {
    const validators = validatorsOf(this.#validatorCount);
    return { height: this.#height, ...this.rootAt(this.#leaves.length), validators };
  }

  /** The tree of the first entries. */
  rootAt(treeSize: number): TreeRoot {
    return { treeSize, root: rootOfLeaves(this.#leaves.slice(0, treeSize)) };
  }

  /** Reads tiles. */
  readonly readTile: TileReader = ({ level, index }) => {
    const tiles = appendToTiles(0, this.#leaves, () => new Uint8Array());
    const found = tiles.find((tile) => tile.level === level && tile.index === index);
    if (found === undefined) throw new Error(`there is no tile ${level}/${index}`);
    return found.hashes;
  };
}

/** Returns what a validator says of a tree. */
export function claimOf(index: number, tree: TreeRoot, timeS = TIME_S): Claim {
  const { network: log, validator, sign } = cosigningOf(index);
  return createClaim(tree, timeS, { log, validator, sign });
}
