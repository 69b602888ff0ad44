import { sha256 } from '#crypto';
import { expect } from 'chai';

import { formatHex, formatUtf8, parseHex } from '../../chain/bytes.ts';
import {
  appendLeaves,
  checkInclusion,
  EMPTY_FRONTIER,
  type Frontier,
  inclusionProof,
  leafHash,
  nodeHash,
  type NodeReader,
  rootOf,
  rootOfLeaves,
} from '../../chain/merkle.ts';
import { codeOf } from '../support/chainValues.ts';

/** The leaves that implementations of RFC 6962 are tested with, and their tree's root at each size. */
const CLASSIC: readonly [leaf: string, root: string][] = [
  ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  ['00', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  ['10', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  ['2021', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  ['3031', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  ['40414243', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  ['5051525354555657', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  [
    '606162636465666768696a6b6c6d6e6f',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
];

const SIZE_MAX = 130;
const LEAVES = Array.from({ length: SIZE_MAX }, (_, i) => leafHash(formatUtf8(`leaf ${i}`)));

interface Range {
  readonly start: number;
  readonly size: number;
}

const ROOTS = new Map<string, Uint8Array>();

/** RFC 6962, section 2.1, word for word, over leaves of these tests; remembered. */
function definition({ start, size }: Range): Uint8Array {
  const known = ROOTS.get(`${start}+${size}`);
  if (known !== undefined) return known;
  const root = size === 1 ? LEAVES[start]! : rootOfSplit(start, size);
  ROOTS.set(`${start}+${size}`, root);
  return root;
}

function rootOfSplit(start: number, size: number): Uint8Array {
  const [left, right] = splitOf({ start, size });
  return nodeHash(definition(left), definition(right));
}

function splitOf({ start, size }: Range): readonly [Range, Range] {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return [
    { start, size: k },
    { start: start + k, size: size - k },
  ];
}

/** RFC 6962, section 2.1.1, word for word. */
function path(index: number, range: Range): readonly Uint8Array[] {
  if (range.size === 1) return [];
  const [left, right] = splitOf(range);
  return index < right.start
    ? [...path(index, left), definition(right)]
    : [...path(index, right), definition(left)];
}

/** Reads complete nodes over the leaves of these tests. */
const readNode: NodeReader = ({ level, index }) =>
  definition({ start: index * 2 ** level, size: 2 ** level });

function hexOf(hashes: readonly Uint8Array[]): readonly string[] {
  return hashes.map(formatHex);
}

/** Runs `check` for every leaf of every tree up to SIZE_MAX. */
function forEveryLeaf(check: (index: number, treeSize: number, root: Uint8Array) => void): void {
  let frontier = EMPTY_FRONTIER;
  for (const [i, leaf] of LEAVES.entries()) {
    frontier = appendLeaves(frontier, [leaf]);
    const root = rootOf(frontier);
    for (let index = 0; index <= i; index++) check(index, i + 1, root);
  }
}

describe('the root of a tree', () => {
  it('of no leaves is the hash of nothing', () => {
    expect(formatHex(rootOf(EMPTY_FRONTIER))).to.equal(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  CLASSIC.forEach(([, root], i) => {
    it(`of ${i + 1} of the classic leaves is ${root.slice(0, 8)}…`, () => {
      const leaves = CLASSIC.slice(0, i + 1).map(([leaf]) => leafHash(parseHex(leaf)));

      expect(formatHex(rootOfLeaves(leaves))).to.equal(root);
    });
  });

  it('is that of the definition, at every size', () => {
    for (let size = 0; size <= SIZE_MAX; size++) {
      const root = size === 0 ? sha256(new Uint8Array()) : definition({ start: 0, size });
      const leaves = LEAVES.slice(0, size);
      expect(formatHex(rootOfLeaves(leaves)), `${size}`).to.equal(formatHex(root));
    }
  });
});

describe('a frontier', () => {
  it('is the same however the leaves arrive', () => {
    const whole = appendLeaves(EMPTY_FRONTIER, LEAVES);
    for (const step of [1, 2, 3, 7, 64, 129]) {
      let frontier: Frontier = EMPTY_FRONTIER;
      for (let at = 0; at < SIZE_MAX; at += step) {
        frontier = appendLeaves(frontier, LEAVES.slice(at, at + step));
      }
      expect(frontier, `steps of ${step}`).to.deep.equal(whole);
    }
  });

  it('has a root for each bit of its size', () => {
    for (let size = 0; size <= SIZE_MAX; size++) {
      const bits = size.toString(2).replaceAll('0', '').length;
      expect(appendLeaves(EMPTY_FRONTIER, LEAVES.slice(0, size)).roots).to.have.length(bits);
    }
  });

  it('stays as it was when another is made from it', () => {
    const frontier = appendLeaves(EMPTY_FRONTIER, LEAVES.slice(0, 3));
    const before = rootOf(frontier);
    appendLeaves(frontier, LEAVES.slice(3));

    expect(rootOf(frontier)).to.deep.equal(before);
  });

  it('reaches sizes beyond 32 bits', () => {
    const size = 2 ** 40 + 2 ** 32;
    const frontier = { treeSize: size, roots: [LEAVES[0]!, LEAVES[1]!] };

    const grown = appendLeaves(frontier, [LEAVES[2]!]);

    expect(grown.treeSize).to.equal(size + 1);
    expect(grown.roots).to.have.length(3);
  });
});

describe('an inclusion proof', () => {
  it('is that of RFC 6962, for every leaf of every size', () => {
    forEveryLeaf((index, treeSize) => {
      const proof = inclusionProof({ index, treeSize }, readNode);
      const expected = path(index, { start: 0, size: treeSize });
      expect(hexOf(proof), `${index} of ${treeSize}`).to.deep.equal(hexOf(expected));
    });
  });

  it('leads to the root, for every leaf of every size', () => {
    forEveryLeaf((index, treeSize, root) => {
      const proof = path(index, { start: 0, size: treeSize });
      const claim = { index, treeSize, leafHash: LEAVES[index]!, root };
      expect(
        codeOf(() => checkInclusion(claim, proof)),
        `${index} of ${treeSize}`,
      ).to.equal('accepted');
    });
  });

  it('with one more or one hash less is refused', () => {
    forEveryLeaf((index, treeSize, root) => {
      const proof = path(index, { start: 0, size: treeSize });
      const claim = { index, treeSize, leafHash: LEAVES[index]!, root };
      const others = [
        [...proof, root],
        [root, ...proof],
        [...proof, LEAVES[index]!],
      ];
      if (proof.length > 0) others.push(proof.slice(1), proof.slice(0, -1), []);
      for (const [i, other] of others.entries()) {
        const code = codeOf(() => checkInclusion(claim, other));
        expect(code, `${index} of ${treeSize}, case ${i}`).to.equal('ERR_PROOF');
      }
    });
  });

  it('with any flipped bit is refused', () => {
    for (const treeSize of [1, 2, 3, 5, 8, 13, 33]) {
      const root = rootOfLeaves(LEAVES.slice(0, treeSize));
      for (let index = 0; index < treeSize; index++) {
        const proof = path(index, { start: 0, size: treeSize });
        const claim = { index, treeSize, leafHash: LEAVES[index]!, root };
        flips(proof).forEach((other, bit) => {
          const code = codeOf(() => checkInclusion(claim, other));
          expect(code, `bit ${bit} of the proof of ${index} in ${treeSize}`).to.equal('ERR_PROOF');
        });
      }
    }
  });

  it('shows nothing about another place, leaf or root', () => {
    forEveryLeaf((index, treeSize, root) => {
      const proof = path(index, { start: 0, size: treeSize });
      const claim = { index, treeSize, leafHash: LEAVES[index]!, root };
      const others = [
        { ...claim, leafHash: LEAVES[(index + 1) % SIZE_MAX]! },
        { ...claim, root: LEAVES[index]!.map((byte) => byte ^ 1) },
        ...(index + 1 < treeSize ? [{ ...claim, index: index + 1 }] : []),
        ...(index > 0 ? [{ ...claim, index: index - 1 }] : []),
      ];
      for (const [i, other] of others.entries()) {
        const code = codeOf(() => checkInclusion(other, proof));
        expect(code, `${index} of ${treeSize}, case ${i}`).to.equal('ERR_PROOF');
      }
    });
  });

  it('is refused for a place outside the tree', () => {
    const places: readonly [number, number][] = [
      [0, 0],
      [1, 1],
      [-1, 5],
      [5, 5],
      [0.5, 5],
      [NaN, 5],
      [0, NaN],
      [0, 2 ** 53],
      [0, Infinity],
    ];
    for (const [index, treeSize] of places) {
      const claim = { index, treeSize, leafHash: LEAVES[0]!, root: LEAVES[0]! };
      const name = `${index} of ${treeSize}`;
      expect(
        codeOf(() => checkInclusion(claim, [])),
        name,
      ).to.equal('ERR_PROOF');
      expect(
        codeOf(() => inclusionProof({ index, treeSize }, readNode)),
        name,
      ).to.equal('ERR_PROOF');
    }
  });

  it('of a huge tree asks for complete nodes only', () => {
    for (const treeSize of [2 ** 31 + 1, 2 ** 40 - 1, 2 ** 49 + 1, 2 ** 52, 2 ** 53 - 1]) {
      for (const index of [0, Math.floor(treeSize / 3), treeSize - 1]) {
        const claim = { index, treeSize };
        const proof = inclusionProof(claim, ({ level, index: at }) => {
          expect((at + 1) * 2 ** level, `${level}/${at} of ${treeSize}`).to.be.at.most(treeSize);
          expect(Number.isSafeInteger(at)).to.equal(true);
          return LEAVES[level]!;
        });
        expect(proof.length).to.be.within(1, 53);
      }
    }
  });
});

/** Every version of a proof with one bit flipped: bits 0 to 7 of some bytes of each hash. */
function flips(proof: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  return proof.flatMap((hash, at) =>
    Array.from({ length: 256 }, (_, bit) => {
      const flipped = Uint8Array.from(hash);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return proof.with(at, flipped);
    }),
  );
}
