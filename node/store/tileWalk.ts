import { equalBytes } from '../../chain/bytes.ts';
import { invariant } from '../../chain/invariant.ts';
import { appendToTiles, type Tile, TILE_WIDTH, type TilePlace } from '../../chain/tile.ts';
import type { ProblemList } from './problem.ts';

const FULL_TILE_BYTES = TILE_WIDTH * 32;

/** Builds the tiles of a log anew as it is walked through, and compares them with those stored. */
export class TileWalk {
  readonly #readStored: (place: TilePlace) => Uint8Array | undefined;
  readonly #problems: ProblemList;
  /** The last tile of each level. */
  readonly #edge = new Map<number, Tile>();
  /** Tiles of the log so far. */
  count = 0;

  constructor(readStored: (place: TilePlace) => Uint8Array | undefined, problems: ProblemList) {
    this.#readStored = readStored;
    this.#problems = problems;
  }

  /** Goes on by the leaves of one block, which begin at log index `first`; compares what becomes full. */
  append(first: number, leafHashes: readonly Uint8Array[], height: number): void {
    const tiles = appendToTiles(first, leafHashes, ({ level, index }) => {
      const tile = this.#edge.get(level);
      invariant(tile?.index === index, 'only the right edge grows');
      return tile.hashes;
    });
    for (const tile of tiles) {
      if (this.#edge.get(tile.level)?.index !== tile.index) this.count += 1;
      this.#edge.set(tile.level, tile);
      if (tile.hashes.length === FULL_TILE_BYTES) this.#compare(tile, height);
    }
  }

  /** Compares the tiles that are not full: after the last block. */
  compareEdge(height: number): void {
    for (const tile of this.#edge.values()) {
      if (tile.hashes.length < FULL_TILE_BYTES) this.#compare(tile, height);
    }
  }

  #compare(tile: Tile, height: number): void {
    const stored = this.#problems.attempt(height, () => this.#readStored(tile));
    const isSame = stored !== undefined && equalBytes(stored, tile.hashes);
    this.#problems.expect(isSame, height, `tile ${tile.level}/${tile.index} is missing or another`);
  }
}
