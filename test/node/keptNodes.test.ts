import { expect } from 'chai';

import { leafHash } from '../../chain/merkle.ts';
import { type NodePlace, type NodeReader } from '../../chain/merkle.ts';
import { appendToTiles, readNodesFrom, type TilePlace } from '../../chain/tile.ts';
import { keepNodes } from '../../node/keptNodes.ts';

const OPTIONS = { bytesMax: 1_000_000, edgeNodeCountMax: 100 };

/** A log in memory whose tiles are counted as they are read. */
class CountedTiles {
  readonly #tiles = new Map<string, Uint8Array>();
  readonly #leaves: Uint8Array[] = [];
  readCount = 0;

  readonly readTile = ({ level, index }: TilePlace): Uint8Array => {
    this.readCount += 1;
    return this.#tiles.get(`${level}/${index}`)!;
  };
  readonly readLeaf = (index: number): Uint8Array => this.#leaves[index]!;

  constructor(size: number) {
    this.grow(size);
  }

  grow(count: number): void {
    const size = this.#leaves.length;
    const leaves = Array.from({ length: count }, (_, i) => leafHash(Uint8Array.of(size + i, i)));
    for (const { level, index, hashes } of appendToTiles(size, leaves, this.readTile)) {
      this.#tiles.set(`${level}/${index}`, hashes);
    }
    this.#leaves.push(...leaves);
    this.readCount = 0;
  }

  /** Every node that is complete. */
  *places(): Generator<NodePlace> {
    for (let level = 0; 2 ** level <= this.#leaves.length; level++) {
      const count = Math.floor(this.#leaves.length / 2 ** level);
      for (let index = 0; index < count; index++) yield { level, index };
    }
  }
}

function expectAll(read: NodeReader, tiles: CountedTiles): void {
  const plain = readNodesFrom(tiles.readTile);
  for (const place of tiles.places()) {
    expect(read(place), JSON.stringify(place)).to.deep.equal(plain(place));
  }
}

describe('kept nodes', () => {
  for (const size of [1, 255, 256, 257, 511, 513, 1_300]) {
    it(`are those of the tiles of ${size} leaves`, () => {
      const tiles = new CountedTiles(size);
      const read = keepNodes(tiles, OPTIONS);

      expectAll(read, tiles);
      expectAll(read, tiles);
    });
  }

  it('are those of two tile levels, the upper one full', () => {
    const tiles = new CountedTiles(65_536 + 300);

    expectAll(keepNodes(tiles, OPTIONS), tiles);
  });

  it('are right while the tree grows, and its last tiles fill', () => {
    const tiles = new CountedTiles(200);
    const read = keepNodes(tiles, OPTIONS);
    for (let round = 0; round < 8; round++) {
      expectAll(read, tiles);
      tiles.grow(37);
    }
  });

  it('are not computed again: a tile is read once, and a leaf never from it', () => {
    const tiles = new CountedTiles(2_560);
    const read = keepNodes(tiles, OPTIONS);
    for (const place of tiles.places()) read(place);

    // Ten full tiles, and each node of the one above them.
    expect(tiles.readCount).to.equal(10 + 10 + 5 + 2 + 1);
    tiles.readCount = 0;
    for (const place of tiles.places()) read(place);
    expect(tiles.readCount).to.equal(0);
  });

  it('are as many as there is room for', () => {
    const tiles = new CountedTiles(2_560);
    const rowBytes = 170 * 32;
    const read = keepNodes(tiles, { bytesMax: 3 * rowBytes, edgeNodeCountMax: 1 });
    expectAll(read, tiles);
    tiles.readCount = 0;
    for (const index of [7, 8, 9, 7, 8, 9]) read({ level: 3, index: index * 32 });
    expect(tiles.readCount).to.be.at.most(3);
    tiles.readCount = 0;
    for (const index of [0, 1, 2, 3, 0, 1, 2, 3]) read({ level: 3, index: index * 32 });

    expect(tiles.readCount).to.equal(8);
  });
});
