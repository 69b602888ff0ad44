import { expect } from 'chai';

import { formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { InvariantError } from '../../chain/invariant.ts';
import {
  appendLeaves,
  checkInclusion,
  EMPTY_FRONTIER,
  inclusionProof,
  leafHash,
  rootOf,
  rootOfLeaves,
} from '../../chain/merkle.ts';
import {
  appendToTiles,
  readNodesFrom,
  type Tile,
  TILE_WIDTH,
  type TilePlace,
} from '../../chain/tile.ts';
import { codeOf } from '../support/chainValues.ts';

const LEAVES = Array.from({ length: 70_000 }, (_, i) => leafHash(formatUtf8(`${i}`)));

/** Tiles by `level/index`, as a store would keep them: a grown tile replaces the one it grew from. */
type Shelf = Map<string, Uint8Array>;

function readFrom(shelf: Shelf): (place: TilePlace) => Uint8Array {
  return ({ level, index }) => {
    const hashes = shelf.get(`${level}/${index}`);
    if (hashes === undefined) throw new Error(`tile ${level}/${index} is not there`);
    return hashes;
  };
}

/** Appends leaves in chunks, checking what each call says. */
function shelve(leaves: readonly Uint8Array[], chunk: number): Shelf {
  const shelf: Shelf = new Map();
  for (let at = 0; at < leaves.length; at += chunk) {
    const changed = appendToTiles(at, leaves.slice(at, at + chunk), readFrom(shelf));
    for (const tile of changed) put(shelf, tile);
  }
  return shelf;
}

function put(shelf: Shelf, { level, index, hashes }: Tile): void {
  const before = shelf.get(`${level}/${index}`) ?? new Uint8Array();
  expect(hashes.length, `${level}/${index} grows`).to.be.above(before.length);
  expect(formatHex(hashes.subarray(0, before.length))).to.equal(formatHex(before));
  shelf.set(`${level}/${index}`, hashes);
}

/** The tiles of a tree by the definition of C2SP tlog-tiles, straight from the leaves. */
function definition(leaves: readonly Uint8Array[]): Shelf {
  const shelf: Shelf = new Map();
  let hashes = leaves;
  for (let level = 0; hashes.length > 0; level++) {
    for (let at = 0; at < hashes.length; at += TILE_WIDTH) {
      const tile = hashes.slice(at, at + TILE_WIDTH).map(formatHex);
      shelf.set(`${level}/${at / TILE_WIDTH}`, Uint8Array.from(Buffer.from(tile.join(''), 'hex')));
    }
    const full = Math.floor(hashes.length / TILE_WIDTH);
    hashes = Array.from({ length: full }, (_, i) =>
      rootOfLeaves(hashes.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH)),
    );
  }
  return shelf;
}

function expectSame(shelf: Shelf, expected: Shelf, name: string): void {
  expect([...shelf.keys()].sort(), name).to.deep.equal([...expected.keys()].sort());
  for (const [place, hashes] of expected) {
    const other = shelf.get(place) ?? new Uint8Array();
    expect(Buffer.compare(other, hashes), `${name}, ${place}`).to.equal(0);
  }
}

describe('the tiles of a tree', () => {
  for (const size of [0, 1, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000]) {
    it(`of ${size} leaves are those of the definition`, () => {
      const leaves = LEAVES.slice(0, size);

      expectSame(shelve(leaves, Math.max(size, 1)), definition(leaves), `${size}`);
    });
  }

  it('of 70,000 leaves number 273 full ones and one of 112, then 1 and 17, then 1', () => {
    const shelf = shelve(LEAVES, LEAVES.length);
    const width = (place: string): number => (shelf.get(place)?.length ?? 0) / 32;

    expect([width('0/272'), width('0/273')]).to.deep.equal([256, 112]);
    expect([width('1/0'), width('1/1')]).to.deep.equal([256, 17]);
    expect(width('2/0')).to.equal(1);
    expect(shelf.size).to.equal(274 + 2 + 1);
  });

  it('are the same whether the leaves come at once or in odd chunks', () => {
    const some = LEAVES.slice(0, 1_100);
    for (const chunk of [1, 3, 255, 256, 257, 777]) {
      expectSame(shelve(some, chunk), definition(some), `chunks of ${chunk}`);
    }
    for (const chunk of [1_009, 65_535]) {
      expectSame(shelve(LEAVES, chunk), definition(LEAVES), `chunks of ${chunk}`);
    }
  });

  it('do not change without leaves', () => {
    const read = (): never => {
      throw new Error('nothing is read');
    };

    expect(appendToTiles(300, [], read)).to.deep.equal([]);
  });

  it('are read only where they are not full', () => {
    const shelf = shelve(LEAVES.slice(0, 512), 512);
    const asked: string[] = [];
    appendToTiles(512, LEAVES.slice(512, 800), ({ level, index }) => {
      asked.push(`${level}/${index}`);
      return readFrom(shelf)({ level, index });
    });

    expect(asked).to.deep.equal(['1/0']);
  });

  it('grow from a tile that is longer than the tree in question', () => {
    const shelf = shelve(LEAVES.slice(0, 200), 200);
    const [tile] = appendToTiles(100, LEAVES.slice(100, 150), readFrom(shelf));

    expect(tile?.hashes).to.deep.equal(definition(LEAVES.slice(0, 150)).get('0/0'));
  });

  it('that are shorter than the tree stop the node', () => {
    const shelf = shelve(LEAVES.slice(0, 99), 99);

    expect(() => appendToTiles(100, LEAVES.slice(100, 101), readFrom(shelf))).to.throw(
      InvariantError,
    );
    expect(() =>
      inclusionProof({ index: 0, treeSize: 100 }, readNodesFrom(readFrom(shelf))),
    ).to.throw(InvariantError);
  });
});

describe('proofs from tiles', () => {
  it('lead to the root, at every size around the edges of a tile', () => {
    const shelf = shelve(LEAVES.slice(0, 600), 600);
    const read = readNodesFrom(readFrom(shelf));
    for (const treeSize of [1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 600]) {
      const root = rootOf(appendLeaves(EMPTY_FRONTIER, LEAVES.slice(0, treeSize)));
      for (let index = 0; index < treeSize; index += treeSize > 20 ? 17 : 1) {
        const claim = { index, treeSize, leafHash: LEAVES[index]!, root };
        const check = (): void => checkInclusion(claim, inclusionProof(claim, read));
        expect(codeOf(check), `${index} of ${treeSize}`).to.equal('accepted');
      }
    }
  });

  it('lead to the root of three levels of tiles', () => {
    const read = readNodesFrom(readFrom(shelve(LEAVES, LEAVES.length)));
    for (const treeSize of [65_535, 65_536, 65_537, 70_000]) {
      const root = rootOfLeaves(LEAVES.slice(0, treeSize));
      for (const index of [0, 255, 256, 32_768, 65_534, treeSize - 1]) {
        const claim = { index, treeSize, leafHash: LEAVES[index]!, root };
        const check = (): void => checkInclusion(claim, inclusionProof(claim, read));
        expect(codeOf(check), `${index} of ${treeSize}`).to.equal('accepted');
      }
    }
  });
});
