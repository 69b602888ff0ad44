/**
 * The nodes of the log's tree, of which those are kept that cost most to get.
 *
 * A tile holds every eighth level of the tree; a node between two is the root over up to 128 hashes of the tile below.
 * A proof has seven such nodes of each tile, and is asked for of any entry. So of a full tile of leaves every second
 * row of nodes is kept, from which the others follow with one hash, and of one further up all rows. A leaf is had from
 * its entry, which lies beside the one that is proved: a tile is 8 KiB. What is complete never changes: the tree only
 * grows.
 */
import { LRUCache } from 'lru-cache';

import { invariant } from '../chain/invariant.ts';
import { nodeHash, type NodePlace, type NodeReader } from '../chain/merkle.ts';
import { HASH_BYTES } from '../chain/record.ts';
import { readNodesFrom, TILE_WIDTH, type TilePlace, type TileReader } from '../chain/tile.ts';

/** Limits of what is kept. */
export interface KeptNodesOptions {
  /** Of nodes in full tiles. */
  readonly bytesMax: number;
  /** Nodes in tiles that still grow. */
  readonly edgeNodeCountMax: number;
}

/** Levels of the tree that a tile spans. */
const TILE_HEIGHT = 8;
const FULL_BYTES = TILE_WIDTH * HASH_BYTES;
/** 128, 32, 8 and 2 nodes. */
const LEAF_TILE_HEIGHTS = [1, 3, 5, 7];
const UPPER_TILE_HEIGHTS = [0, 1, 2, 3, 4, 5, 6, 7];

/** Nodes of one tile by their height in it: each row has half as many as the one below. */
type Rows = ReadonlyMap<number, Uint8Array>;

/** Where nodes are read from. */
export interface NodeSource {
  readonly readTile: TileReader;
  /** Returns the hash of a leaf that is stored. */
  readLeaf(index: number): Uint8Array;
}

/** Returns a reader of nodes. */
export function keepNodes(source: NodeSource, options: KeptNodesOptions): NodeReader {
  const tiles = new LRUCache<number, Rows>({
    maxSize: options.bytesMax,
    sizeCalculation: (rows) => [...rows.values()].reduce((sum, row) => sum + row.length, 0),
  });
  const edge = new LRUCache<number, Uint8Array>({ max: options.edgeNodeCountMax });

  return (place) => {
    if (place.level === 0) return source.readLeaf(place.index);
    const tile = tileOf(place);
    const rows = tiles.get(keyOf(tile));
    if (rows !== undefined) return nodeOf(rows, place);
    return edge.get(keyOf(place)) ?? compute(place, tile);
  };

  function compute(place: NodePlace, tile: TilePlace): Uint8Array {
    const hashes = source.readTile(tile);
    if (hashes.length < FULL_BYTES) {
      const hash = readNodesFrom(() => hashes)(place);
      edge.set(keyOf(place), hash);
      return hash;
    }
    const rows = rowsOf(hashes, tile.level === 0 ? LEAF_TILE_HEIGHTS : UPPER_TILE_HEIGHTS);
    tiles.set(keyOf(tile), rows);
    return nodeOf(rows, place);
  }
}

/** Levels are below 64, and indexes far below 2^47. */
function keyOf({ level, index }: NodePlace): number {
  return index * 64 + level;
}

/** The tile whose hashes a node is the root over. */
function tileOf({ level, index }: NodePlace): TilePlace {
  const tileLevel = Math.floor(level / TILE_HEIGHT);
  return { level: tileLevel, index: Math.floor((index * 2 ** (level % TILE_HEIGHT)) / TILE_WIDTH) };
}

function rowsOf(hashes: Uint8Array, heights: readonly number[]): Rows {
  const rows = new Map<number, Uint8Array>();
  let row = hashes;
  for (let height = 0; height < TILE_HEIGHT; height++) {
    if (heights.includes(height)) rows.set(height, row);
    row = rowAbove(row);
  }
  return rows;
}

function rowAbove(row: Uint8Array): Uint8Array {
  const above = new Uint8Array(row.length / 2);
  for (let at = 0; at < above.length; at += HASH_BYTES) {
    const pair = row.subarray(2 * at, 2 * at + 2 * HASH_BYTES);
    above.set(nodeHash(pair.subarray(0, HASH_BYTES), pair.subarray(HASH_BYTES)), at);
  }
  return above;
}

/** Returns a node of a tile: it is kept, or the root over nodes of the nearest row below that is. */
function nodeOf(rows: Rows, { level, index }: NodePlace): Uint8Array {
  const height = level % TILE_HEIGHT;
  let from = height;
  while (from > 0 && !rows.has(from)) from -= 1;
  const row = rows.get(from);
  invariant(row !== undefined, 'a row is kept from which each node that is no leaf follows');
  const bytes = 2 ** (height - from) * HASH_BYTES;
  const at = (index % (TILE_WIDTH / 2 ** height)) * bytes;
  let nodes = row.subarray(at, at + bytes);
  while (nodes.length > HASH_BYTES) nodes = rowAbove(nodes);
  return nodes;
}
