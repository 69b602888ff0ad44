import { expect } from 'chai';
import fc from 'fast-check';

import { formatHex, formatUtf8 } from '../../../chain/bytes.ts';
import { InvariantError } from '../../../chain/invariant.ts';
import {
  decodeEntryBundle,
  encodeEntryBundle,
  formatTilePath,
  parseTilePath,
  type TileName,
  tilesOf,
  tileWidth,
} from '../../../chain/log/tilePath.ts';
import { leafHash } from '../../../chain/merkle.ts';
import { appendToTiles } from '../../../chain/tile.ts';
import { bytesOf, codeOf } from '../../support/chainValues.ts';

const NAMED: readonly (readonly [string, TileName])[] = [
  ['tile/0/000', { kind: 'hashes', level: 0, index: 0, width: 256 }],
  ['tile/0/999', { kind: 'hashes', level: 0, index: 999, width: 256 }],
  ['tile/0/x001/000', { kind: 'hashes', level: 0, index: 1_000, width: 256 }],
  ['tile/3/x001/x234/067', { kind: 'hashes', level: 3, index: 1_234_067, width: 256 }],
  ['tile/0/273.p/112', { kind: 'hashes', level: 0, index: 273, width: 112 }],
  ['tile/63/000.p/1', { kind: 'hashes', level: 63, index: 0, width: 1 }],
  ['tile/1/001.p/255', { kind: 'hashes', level: 1, index: 1, width: 255 }],
  ['tile/entries/000', { kind: 'entries', index: 0, width: 256 }],
  ['tile/entries/x001/x234/067.p/9', { kind: 'entries', index: 1_234_067, width: 9 }],
  [
    'tile/0/x009/x007/x199/x254/x740/991',
    { kind: 'hashes', level: 0, index: Number.MAX_SAFE_INTEGER, width: 256 },
  ],
];

describe('the path of a tile', () => {
  for (const [path, name] of NAMED) {
    it(`has one spelling: ${path}`, () => {
      expect(formatTilePath(name)).to.equal(path);
      expect(parseTilePath(path)).to.deep.equal(name);
    });
  }

  const malformed = [
    '',
    'tile',
    'tile/0',
    'tile/0/',
    '/tile/0/000',
    'tile/0/000/',
    'tile//000',
    'tiles/0/000',
    'Tile/0/000',
    'tile/8/0/000',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/100/000',
    'tile/-1/000',
    'tile/+1/000',
    'tile/x/000',
    'tile/data/000',
    'tile/entries',
    'tile/entries/0',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/0/x000',
    'tile/0/001/000',
    'tile/0/x001/x000',
    'tile/0/x000/001',
    'tile/0/x000/x001/000',
    'tile/0/X001/000',
    'tile/0/000.p',
    'tile/0/000.p/',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/999',
    'tile/0/000.p/1000',
    'tile/0/000.p/-1',
    'tile/0/000.P/1',
    'tile/0/000.p/1/',
    'tile/0/000.p/1.p/1',
    'tile/0/x001.p/1/000',
    'tile/0/000?',
    'tile/0/000\n',
    'tile/0/٠٠٠',
    'tile/0/%30',
    'tile/0/../0/000',
    'tile/0/x009/x007/x199/x254/x740/992',
    `tile/0/${'x001/'.repeat(7)}000`,
    `tile/0/${'x001/'.repeat(1_000)}000`,
  ];
  for (const path of malformed) {
    it(`is refused in another one: ${JSON.stringify(path.slice(0, 50))}`, () =>
      expect(codeOf(() => parseTilePath(path))).to.equal('ERR_MALFORMED'));
  }

  it('reads back for every index', () => {
    const index = fc.oneof(fc.nat(2_000), fc.nat(), fc.maxSafeNat());
    fc.assert(
      fc.property(fc.nat(63), index, fc.integer({ min: 1, max: 256 }), (level, at, width) => {
        const name: TileName = { kind: 'hashes', level, index: at, width };
        expect(parseTilePath(formatTilePath(name))).to.deep.equal(name);
      }),
    );
  });

  it('formats back, or is refused, whatever the text', () => {
    const pieces = fc.constantFrom(
      'tile/',
      '0/',
      'entries/',
      'x001/',
      '000',
      '.p/',
      '255',
      '/',
      '1',
    );
    fc.assert(
      fc.property(fc.array(pieces), (some) => {
        const path = some.join('');
        const code = codeOf(() => expect(formatTilePath(parseTilePath(path))).to.equal(path));
        expect(code).to.be.oneOf(['accepted', 'ERR_MALFORMED']);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of a tile that holds nothing, or too much, stops the node', () => {
    for (const width of [0, 257, -1]) {
      const name: TileName = { kind: 'entries', index: 0, width };
      expect(() => formatTilePath(name), `${width}`).to.throw(InvariantError);
    }
  });
});

/** How many tiles of each level a tree has: full ones, and the width of the partial one. */
function layoutOf(treeSize: number): readonly (readonly [full: number, partial: number])[] {
  const levels: [number, number][] = [];
  for (const { level, index, width } of tilesOf(treeSize)) {
    levels[level] ??= [0, 0];
    const counted = levels[level];
    expect(index, `${level}/${index}`).to.equal(counted[0]);
    if (width === 256) counted[0] += 1;
    else counted[1] = width;
  }
  return levels;
}

describe('the tiles of a tree', () => {
  const layouts: readonly (readonly [number, readonly (readonly [number, number])[]])[] = [
    [0, []],
    [1, [[0, 1]]],
    [255, [[0, 255]]],
    [
      256,
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      257,
      [
        [1, 1],
        [0, 1],
      ],
    ],
    [
      65_535,
      [
        [255, 255],
        [0, 255],
      ],
    ],
    [
      65_536,
      [
        [256, 0],
        [1, 0],
        [0, 1],
      ],
    ],
    [
      70_000,
      [
        [273, 112],
        [1, 17],
        [0, 1],
      ],
    ],
  ];
  for (const [treeSize, layout] of layouts) {
    it(`of ${treeSize} leaves are ${JSON.stringify(layout)}`, () =>
      expect(layoutOf(treeSize)).to.deep.equal(layout));
  }

  it('are those that are written when its leaves are appended', () => {
    const leaf = leafHash(formatUtf8('leaf'));
    for (const size of [1, 255, 256, 257, 600]) {
      const tiles = appendToTiles(0, new Array<Uint8Array>(size).fill(leaf), () => bytesOf(0, 0));
      const written = tiles.map(({ level, index, hashes }) => ({
        level,
        index,
        width: hashes.length / 32,
      }));
      expect([...tilesOf(size)], `${size}`).to.deep.equal(written);
    }
  });

  it('have a width each, of any size of tree', () => {
    expect(tileWidth(70_000, { level: 0, index: 273 })).to.equal(112);
    expect(tileWidth(70_000, { level: 0, index: 272 })).to.equal(256);
    expect(tileWidth(70_000, { level: 0, index: 274 })).to.equal(0);
    expect(tileWidth(70_000, { level: 3, index: 0 })).to.equal(0);
    expect(tileWidth(2 ** 53 - 1, { level: 6, index: 0 })).to.equal(31);
    expect(tileWidth(2 ** 53 - 1, { level: 0, index: 2 ** 45 - 1 })).to.equal(255);
    expect(tileWidth(2 ** 53 - 1, { level: 63, index: 0 })).to.equal(0);
  });
});

describe('a bundle of entries', () => {
  const entries = [formatUtf8('one'), new Uint8Array(), bytesOf(65_535, 7)];

  it('is the length of each in two bytes, and its bytes', () => {
    const bundle = encodeEntryBundle([formatUtf8('ab'), new Uint8Array(), bytesOf(258, 1)]);

    expect(formatHex(bundle.subarray(0, 9))).to.equal('000261620000010201');
    expect(bundle).to.have.length(2 + 2 + 2 + 2 + 258);
  });

  it('reads back', () => {
    expect(decodeEntryBundle(encodeEntryBundle(entries), 3)).to.deep.equal(entries);
    const full = new Array<Uint8Array>(256).fill(formatUtf8('x'));
    expect(decodeEntryBundle(encodeEntryBundle(full), 256)).to.deep.equal(full);
  });

  it('is refused where it has another number of entries, or ends elsewhere', () => {
    const bundle = encodeEntryBundle(entries);
    const cases: readonly (readonly [string, Uint8Array, number])[] = [
      ['one entry more is wanted', bundle, 4],
      ['one entry less is wanted', bundle, 2],
      ['one byte short', bundle.subarray(0, -1), 3],
      ['one byte long', Uint8Array.from([...bundle, 0]), 3],
      ['half a length', Uint8Array.of(0), 1],
      ['a length alone', Uint8Array.of(0, 1), 1],
      ['nothing', new Uint8Array(), 1],
      ['no entries', bundle, 0],
    ];
    for (const [name, bytes, width] of cases) {
      expect(
        codeOf(() => decodeEntryBundle(bytes, width)),
        name,
      ).to.equal('ERR_MALFORMED');
    }
  });

  it('shares no memory with what was read', () => {
    const bundle = encodeEntryBundle([formatUtf8('ab')]);
    const [entry] = decodeEntryBundle(bundle, 1);
    bundle.fill(0);

    expect(entry).to.deep.equal(formatUtf8('ab'));
  });

  it('encodes back, or is refused, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ max: 3, maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        (bytes, width) => {
          const code = codeOf(() =>
            expect(encodeEntryBundle(decodeEntryBundle(bytes, width))).to.deep.equal(bytes),
          );
          expect(code).to.be.oneOf(['accepted', 'ERR_MALFORMED']);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('of no entries, of too many or with one too long stops the node', () => {
    const wrong = [[], new Array<Uint8Array>(257).fill(new Uint8Array()), [bytesOf(65_536, 0)]];
    for (const each of wrong) expect(() => encodeEntryBundle(each)).to.throw(InvariantError);
  });
});
