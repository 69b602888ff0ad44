/**
 * Tiles: how the tree's hashes are stored and served (C2SP tlog-tiles v0.1.0).
 *
 * A tile of level L and index N holds, for i in 0..255, the root over the 256^L leaves from
 * (N*256 + i) * 256^L on; only complete roots are held, so a tile only ever grows at its end. Hashes of
 * levels between tile levels are computed from the tile below.
 */
import { invariant } from './invariant.ts';
import { type NodePlace, type NodeReader, nodeHash } from './merkle.ts';

/** Hashes of a full tile. */
export const TILE_WIDTH = 256;
/** Levels of the tree that one tile level spans. */
const TILE_HEIGHT = 8;
const HASH_BYTES = 32;

/** A tile by its place. */
export interface TilePlace {
  readonly level: number;
  readonly index: number;
}

/** A tile with its hashes: 32 to 8,192 bytes. */
export interface Tile extends TilePlace {
  readonly hashes: Uint8Array;
}

/** Reads a tile's hashes, at least as many as the tree in question has there. */
export type TileReader = (place: TilePlace) => Uint8Array;

/**
 * Returns the tiles that change when leaves are appended to a tree, complete up to the new size.
 *
 * @param treeSize - leaves before.
 * @param read - reads the tiles of the right edge before; asked only for tiles that are not full.
 */
export function appendToTiles(
  treeSize: number,
  leafHashes: readonly Uint8Array[],
  read: TileReader,
): readonly Tile[] {
  const changed: Tile[] = [];
  let level = 0;
  let first = treeSize;
  let hashes = leafHashes;
  while (hashes.length > 0) {
    const edge = growTiles({ level, first, hashes }, read);
    changed.push(...edge);
    const fullBefore = Math.floor(first / TILE_WIDTH);
    hashes = edge
      .filter((tile) => tile.hashes.length === TILE_WIDTH * HASH_BYTES)
      .map((tile) => rootOfTile(tile.hashes));
    first = fullBefore;
    level += 1;
  }
  return changed;
}

interface Growth {
  readonly level: number;
  /** Hashes of this level before. */
  readonly first: number;
  readonly hashes: readonly Uint8Array[];
}

function growTiles({ level, first, hashes }: Growth, read: TileReader): Tile[] {
  const tiles: Tile[] = [];
  let taken = 0;
  for (let index = Math.floor(first / TILE_WIDTH); taken < hashes.length; index++) {
    const held = Math.max(0, first - index * TILE_WIDTH);
    const added = hashes.slice(taken, taken + TILE_WIDTH - held);
    const grown = new Uint8Array((held + added.length) * HASH_BYTES);
    if (held > 0) grown.set(readHashes(read, { level, index }, held));
    added.forEach((hash, i) => {
      grown.set(hash, (held + i) * HASH_BYTES);
    });
    tiles.push({ level, index, hashes: grown });
    taken += added.length;
  }
  return tiles;
}

function readHashes(read: TileReader, { level, index }: TilePlace, count: number): Uint8Array {
  const hashes = read({ level, index });
  invariant(hashes.length >= count * HASH_BYTES, `tile ${level}/${index} holds ${count} hashes`);
  return hashes.subarray(0, count * HASH_BYTES);
}

/** Returns a reader of tree nodes that takes them from tiles. */
export function readNodesFrom(read: TileReader): NodeReader {
  return ({ level, index }: NodePlace) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const span = 2 ** (level % TILE_HEIGHT);
    const first = index * span;
    const hashes = read({ level: tileLevel, index: Math.floor(first / TILE_WIDTH) });
    const start = (first % TILE_WIDTH) * HASH_BYTES;
    const end = start + span * HASH_BYTES;
    invariant(
      hashes.length >= end,
      `tile ${tileLevel}/${Math.floor(first / TILE_WIDTH)} holds the node`,
    );
    return rootOfTile(hashes.subarray(start, end));
  };
}

/** The root over hashes whose number is a power of two. */
function rootOfTile(hashes: Uint8Array): Uint8Array {
  let level: Uint8Array[] = [];
  for (let at = 0; at < hashes.length; at += HASH_BYTES)
    level.push(hashes.slice(at, at + HASH_BYTES));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) {
      const [left, right] = level.slice(i, i + 2);
      invariant(left !== undefined && right !== undefined, 'a full level has pairs');
      above.push(nodeHash(left, right));
    }
    level = above;
  }
  const [root] = level;
  invariant(root !== undefined, 'a tile is not empty');
  return root;
}
