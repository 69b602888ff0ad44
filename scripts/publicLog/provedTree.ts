/**
 * Tiles that are proved to be of a tree: from its root down, so that nothing is believed before it is checked.
 *
 * ```
 * root ◀─ tiles at the right edge, one of each level, none of them full
 *            each hash in a tile ◀─ the full tile below it
 *                                     each hash in a tile of level 0 ◀─ an entry
 * ```
 *
 * Tiles arrive in any order and are kept no longer than they are needed.
 */
import { equalBytes } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { invariant } from '../../chain/invariant.ts';
import { consistencyProof } from '../../chain/log/consistency.ts';
import { decodeEntryBundle, formatTilePath, tileWidth } from '../../chain/log/tilePath.ts';
import { leafHash, type NodeReader, rootOfLeaves, rootOfRange } from '../../chain/merkle.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import { readNodesFrom, type Tile, TILE_WIDTH, type TilePlace } from '../../chain/tile.ts';
import type { TreeRoot } from '../../node/cosigning/treeHead.ts';
import { LogError } from './errors.ts';
import type { PublicLog } from './publicLog.ts';

/** A full tile of level 0 of which only the root is known yet. */
export interface ClaimedTile extends TilePlace {
  readonly root: Uint8Array;
}

/** The beginning of a tree, with the hashes of its consistency proof. */
export interface Beginning extends TreeRoot {
  readonly hashes: readonly Uint8Array[];
}

/** What tiles are read from. */
export type TileSource = Pick<PublicLog, 'place' | 'readTile'>;

const NO_HASHES = new Uint8Array(TILE_WIDTH * HASH_BYTES);

/** A tree whose tiles are proved as they are read. */
export class ProvedTree {
  readonly #tree: TreeRoot;
  readonly #log: TileSource;
  /** From the top down. */
  readonly #edge: readonly Tile[];

  private constructor(tree: TreeRoot, log: TileSource, edge: Tile[]) {
    this.#tree = tree;
    this.#log = log;
    this.#edge = edge;
  }

  /** Resolves once the right edge leads to the root. Rejects with a LogError. */
  static async open(tree: TreeRoot, log: TileSource): Promise<ProvedTree> {
    const { treeSize, root } = tree;
    if (treeSize === 0) throw new LogError('ERR_ANSWER', `${log.place}: the log has no entries`);
    const compute = (read: NodeReader): Uint8Array =>
      rootOfRange({ start: 0, size: treeSize }, read);
    const edge: Tile[] = [];
    for (const place of placesOf(compute)) {
      edge.push({ ...place, hashes: await readHashes(place, tileWidth(treeSize, place), log) });
    }
    const found = new Map(edge.map((tile) => [keyOf(tile), tile.hashes]));
    if (!equalBytes(compute(nodesIn(found)), root)) {
      const what = `the tiles of ${treeSize} entries do not lead to the root of the checkpoint`;
      throw new LogError('ERR_ANSWER', `${log.place}: ${what}`);
    }
    return new ProvedTree(
      tree,
      log,
      edge.toSorted((x, y) => y.level - x.level),
    );
  }

  /** Resolves if this tree begins with an earlier one. Rejects with ERR_CONFLICT where it does not. */
  async checkContains(earlier: TreeRoot): Promise<void> {
    const { root } = await this.proveBeginning(earlier.treeSize);
    if (equalBytes(root, earlier.root)) return;
    const { treeSize: newSize } = this.#tree;
    const what = `the log of ${newSize} entries does not begin with the one of ${earlier.treeSize}`;
    throw new LogError('ERR_CONFLICT', `${this.#log.place}: ${what}`);
  }

  /** Resolves to the root of the first entries, from 1 to all, and the hashes that prove it (RFC 6962, 2.1.2). */
  async proveBeginning(oldSize: number): Promise<Beginning> {
    const { treeSize: newSize } = this.#tree;
    if (oldSize < 1 || oldSize > newSize) {
      const what = `a log of ${newSize} entries has no beginning of ${oldSize}`;
      throw new LogError('ERR_ANSWER', `${this.#log.place}: ${what}`);
    }
    const compute = (read: NodeReader): Beginning => ({
      treeSize: oldSize,
      root: rootOfRange({ start: 0, size: oldSize }, read),
      hashes: consistencyProof({ oldSize, newSize }, read),
    });
    const proved = new Map(this.#edge.map((tile) => [keyOf(tile), tile.hashes]));
    for (const place of placesOf(compute)) await this.#prove(place, proved);
    return compute(nodesIn(proved));
  }

  /** Resolves to the hashes of a tile, which is proved by those above it, up to the edge. */
  async #prove(place: TilePlace, proved: Map<string, Uint8Array>): Promise<Uint8Array> {
    const known = proved.get(keyOf(place));
    if (known !== undefined) return known;
    const { level, index } = place;
    const above = await this.#prove(
      { level: level + 1, index: Math.floor(index / TILE_WIDTH) },
      proved,
    );
    const at = (index % TILE_WIDTH) * HASH_BYTES;
    const { hashes } = await this.proveTile({
      ...place,
      root: above.subarray(at, at + HASH_BYTES),
    });
    proved.set(keyOf(place), hashes);
    return hashes;
  }

  /**
   * Goes through the tiles, proved, from the first entry to the last, but for those that lie within the first
   * `knownSize` entries. Full ones of level 0 are left to `proveTile`: they can be read several at a time.
   */
  async *tiles(knownSize: number): AsyncGenerator<Tile | ClaimedTile> {
    for (const tile of this.#edge) {
      yield* this.#below(tile, knownSize);
      yield tile;
    }
  }

  async *#below(tile: Tile, knownSize: number): AsyncGenerator<Tile | ClaimedTile> {
    if (tile.level === 0) return;
    const level = tile.level - 1;
    for (let i = 0; i < tile.hashes.length / HASH_BYTES; i++) {
      const index = tile.index * TILE_WIDTH + i;
      if ((index + 1) * TILE_WIDTH ** tile.level <= knownSize) continue;
      const root = tile.hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      if (level === 0) yield { level, index, root };
      else {
        const child = await this.proveTile({ level, index, root });
        yield* this.#below(child, knownSize);
        yield child;
      }
    }
  }

  /** Resolves to a full tile that has this root. Rejects with ERR_ANSWER where another is served. */
  async proveTile({ level, index, root }: ClaimedTile): Promise<Tile> {
    const hashes = await readHashes({ level, index }, TILE_WIDTH, this.#log);
    if (equalBytes(rootOfTile(hashes), root)) return { level, index, hashes };
    throw this.#unproved(
      { kind: 'hashes', level, index, width: TILE_WIDTH },
      'is not of the tree that the checkpoint names',
    );
  }

  /** Resolves to the bytes of the bundle of a tile of level 0, and its entries, which have its hashes. */
  async proveBundle({
    index,
    hashes,
  }: Tile): Promise<{ readonly bytes: Uint8Array; readonly entries: readonly Uint8Array[] }> {
    const width = hashes.length / HASH_BYTES;
    const name = { kind: 'entries', index, width } as const;
    const bytes = await this.#log.readTile(name);
    const entries = this.#decodeBundle(bytes, name);
    entries.forEach((entry, i) => {
      const hash = hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      if (!equalBytes(leafHash(entry), hash)) {
        throw this.#unproved(name, `holds another entry ${index * TILE_WIDTH + i} than the tree`);
      }
    });
    return { bytes, entries };
  }

  #decodeBundle(
    bytes: Uint8Array,
    name: { readonly kind: 'entries'; readonly index: number; readonly width: number },
  ): readonly Uint8Array[] {
    try {
      return decodeEntryBundle(bytes, name.width);
    } catch (cause) {
      if (!(cause instanceof ChainError)) throw cause;
      throw this.#unproved(name, `is no bundle: ${cause.message}`);
    }
  }

  #unproved(name: Parameters<typeof formatTilePath>[0], what: string): LogError {
    return new LogError('ERR_ANSWER', `${this.#log.place}: ${formatTilePath(name)} ${what}`);
  }
}

/** Returns the root over the hashes of a full tile. */
export function rootOfTile(hashes: Uint8Array): Uint8Array {
  const leaves = Array.from({ length: hashes.length / HASH_BYTES }, (_, i) =>
    hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
  return rootOfLeaves(leaves);
}

function nodesIn(tiles: ReadonlyMap<string, Uint8Array>): NodeReader {
  return readNodesFrom((place) => {
    const hashes = tiles.get(keyOf(place));
    invariant(hashes !== undefined, 'what is computed was asked for before');
    return hashes;
  });
}

/** The tiles whose nodes a computation asks for. */
function placesOf(compute: (read: NodeReader) => unknown): readonly TilePlace[] {
  const places = new Map<string, TilePlace>();
  compute(
    readNodesFrom((place) => {
      places.set(keyOf(place), place);
      return NO_HASHES;
    }),
  );
  return [...places.values()];
}

async function readHashes(
  { level, index }: TilePlace,
  width: number,
  log: TileSource,
): Promise<Uint8Array> {
  const name = { kind: 'hashes', level, index, width } as const;
  const hashes = await log.readTile(name);
  if (hashes.length === width * HASH_BYTES) return hashes;
  const what = `has ${hashes.length} bytes, not ${width * HASH_BYTES}`;
  throw new LogError('ERR_ANSWER', `${log.place}: ${formatTilePath(name)} ${what}`);
}

function keyOf({ level, index }: TilePlace): string {
  return `${level}/${index}`;
}
