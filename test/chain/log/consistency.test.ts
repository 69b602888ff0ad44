import { sha256 } from '#crypto';
import { expect } from 'chai';

import { formatHex, formatUtf8, parseHex } from '../../../chain/bytes.ts';
import {
  checkConsistency,
  type ConsistencyClaim,
  consistencyProof,
} from '../../../chain/log/consistency.ts';
import {
  appendLeaves,
  checkInclusion,
  EMPTY_FRONTIER,
  inclusionProof,
  leafHash,
  type LeafRange,
  nodeHash,
  rootOf,
} from '../../../chain/merkle.ts';
import { bytesOf, codeOf } from '../../support/chainValues.ts';
import { flipBit, nodesOf } from '../../support/logRig.ts';
import { Chance } from '../../support/mutations.ts';

const SIZE_MAX = 300;
const LEAVES = Array.from({ length: SIZE_MAX }, (_, i) => leafHash(formatUtf8(`leaf ${i}`)));
const readNode = nodesOf(LEAVES);

/** The root at each size from 0 on. */
const ROOTS: readonly Uint8Array[] = Array.from({ length: SIZE_MAX + 1 }, (_, size) =>
  rootOf(appendLeaves(EMPTY_FRONTIER, LEAVES.slice(0, size))),
);

/** Sizes beside which a proof changes its shape. */
const SIZES = [1, 2, 3, 4, 6, 7, 8, 9, 17];

type Check = (proof: readonly Uint8Array[]) => void;

function inclusion(index: number, treeSize: number): Check {
  const claim = { index, treeSize, leafHash: LEAVES[index]!, root: ROOTS[treeSize]! };
  return (proof) => checkInclusion(claim, proof);
}

function claimOf(oldSize: number, newSize: number): ConsistencyClaim {
  return { oldSize, newSize, oldRoot: ROOTS[oldSize]!, newRoot: ROOTS[newSize]! };
}

function consistency(oldSize: number, newSize: number): Check {
  return (proof) => checkConsistency(claimOf(oldSize, newSize), proof);
}

/** Trees in whose proofs each hash is changed; in those of the others one hash is. */
function isChosen(treeSize: number): boolean {
  return treeSize <= 48 || [127, 128, 129, 255, 256, 257, 299, 300].includes(treeSize);
}

interface Sample {
  readonly check: Check;
  readonly proof: readonly Uint8Array[];
  readonly isThorough: boolean;
}

/** Checks a proof, and that it fails with a bit flipped by chance, in each of its hashes or in one. */
function expectTight({ check, proof, isThorough }: Sample, chance: Chance): void {
  check(proof);
  const one = chance.below(proof.length);
  proof.forEach((hash, i) => {
    if (!isThorough && i !== one) return;
    const other = proof.with(i, flipBit(hash, chance.below(256)));
    if (codeOf(() => check(other)) !== 'ERR_PROOF') expect.fail(`hash ${i} may be another`);
  });
}

function expectEveryBitCounts(check: Check, proof: readonly Uint8Array[], name: string): void {
  proof.forEach((hash, i) => {
    for (let bit = 0; bit < 256; bit++) {
      const code = codeOf(() => check(proof.with(i, flipBit(hash, bit))));
      expect(code, `${name}, bit ${bit} of hash ${i}`).to.equal('ERR_PROOF');
    }
  });
}

describe('proofs in every tree of up to 300 leaves', function () {
  // Some hundred thousand hashes, on a machine that may be busy.
  this.timeout(60_000);

  it('show each leaf, and no longer with any of their hashes changed', () => {
    const chance = new Chance(1);
    for (let treeSize = 1; treeSize <= SIZE_MAX; treeSize++) {
      for (let index = 0; index < treeSize; index++) {
        const check = inclusion(index, treeSize);
        const proof = inclusionProof({ index, treeSize }, readNode);
        expectTight({ check, proof, isThorough: isChosen(treeSize) }, chance);
      }
    }
  });

  it('show each earlier tree, and no longer with any of their hashes changed', () => {
    const chance = new Chance(2);
    for (let newSize = 1; newSize <= SIZE_MAX; newSize++) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const check = consistency(oldSize, newSize);
        const proof = consistencyProof({ oldSize, newSize }, readNode);
        expectTight({ check, proof, isThorough: isChosen(newSize) }, chance);
      }
    }
  });

  it('rest on every bit', () => {
    for (const newSize of SIZES) {
      for (const oldSize of SIZES.filter((size) => size <= newSize)) {
        const name = `${oldSize} of ${newSize}`;
        const proof = consistencyProof({ oldSize, newSize }, readNode);
        expectEveryBitCounts(consistency(oldSize, newSize), proof, name);
        const path = inclusionProof({ index: oldSize - 1, treeSize: newSize }, readNode);
        expectEveryBitCounts(inclusion(oldSize - 1, newSize), path, name);
      }
    }
  });
});

/** RFC 6962, section 2.1.2, word for word: SUBPROOF(m, D[start:start + size], b). */
function subproof(m: number, { start, size }: LeafRange, b: boolean): readonly Uint8Array[] {
  if (m === size) return b ? [] : [definition(start, size)];
  let k = 1;
  while (k * 2 < size) k *= 2;
  return m <= k
    ? [...subproof(m, { start, size: k }, b), definition(start + k, size - k)]
    : [...subproof(m - k, { start: start + k, size: size - k }, false), definition(start, k)];
}

function definition(start: number, size: number): Uint8Array {
  if (size === 1) return LEAVES[start]!;
  let k = 1;
  while (k * 2 < size) k *= 2;
  return nodeHash(definition(start, k), definition(start + k, size - k));
}

describe('a consistency proof', () => {
  it('is that of RFC 6962, for every pair of sizes up to 40', () => {
    for (let newSize = 1; newSize <= 40; newSize++) {
      for (let oldSize = 1; oldSize <= newSize; oldSize++) {
        const proof = consistencyProof({ oldSize, newSize }, readNode).map(formatHex);
        const expected = subproof(oldSize, { start: 0, size: newSize }, true).map(formatHex);
        expect(proof, `${oldSize} of ${newSize}`).to.deep.equal(expected);
      }
    }
  });

  it('between two sizes of the classic leaves is the published one', () => {
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'];
    const last = '606162636465666768696a6b6c6d6e6f';
    const hashes = [...leaves, last].map((leaf) => leafHash(parseHex(leaf)));
    const proof = consistencyProof({ oldSize: 6, newSize: 8 }, nodesOf(hashes));

    expect(proof.map(formatHex)).to.deep.equal([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  it('with one more or one hash less is refused', () => {
    for (const newSize of SIZES) {
      for (const oldSize of [0, ...SIZES].filter((size) => size <= newSize)) {
        const proof = consistencyProof({ oldSize, newSize }, readNode);
        const root = ROOTS[newSize]!;
        const others = [
          [...proof, root],
          [root, ...proof],
          [...proof, ROOTS[oldSize]!],
        ];
        if (proof.length > 0) others.push(proof.slice(1), proof.slice(0, -1), []);
        for (const [i, other] of others.entries()) {
          const code = codeOf(() => consistency(oldSize, newSize)(other));
          expect(code, `${oldSize} of ${newSize}, case ${i}`).to.equal('ERR_PROOF');
        }
      }
    }
  });

  it('says nothing about other sizes or roots', () => {
    for (const newSize of SIZES) {
      for (const oldSize of SIZES.filter((size) => size < newSize)) {
        const proof = consistencyProof({ oldSize, newSize }, readNode);
        const claim = claimOf(oldSize, newSize);
        const others: ConsistencyClaim[] = [
          { ...claim, oldRoot: flipBit(claim.oldRoot, 3) },
          { ...claim, newRoot: flipBit(claim.newRoot, 252) },
          { ...claim, oldRoot: claim.newRoot, newRoot: claim.oldRoot },
          claimOf(oldSize, newSize + 1),
          claimOf(oldSize + 1, newSize),
          { ...claim, oldSize: newSize },
        ];
        for (const [i, other] of others.entries()) {
          const code = codeOf(() => checkConsistency(other, proof));
          expect(code, `${oldSize} of ${newSize}, case ${i}`).to.equal('ERR_PROOF');
        }
      }
    }
  });

  it('says nothing about sizes between which the paths have the same shape', () => {
    const [small, large] = [claimOf(3, 4), claimOf(7, 8)];
    const proofs = [small, large].map((sizes) => consistencyProof(sizes, readNode));
    const withSizes = ({ oldRoot, newRoot }: ConsistencyClaim, sizes: ConsistencyClaim) => ({
      ...sizes,
      oldRoot,
      newRoot,
    });

    expect(codeOf(() => checkConsistency(withSizes(large, small), proofs[1]!))).to.equal(
      'ERR_PROOF',
    );
    expect(codeOf(() => checkConsistency(withSizes(small, large), proofs[0]!))).to.equal(
      'ERR_PROOF',
    );
  });

  it('from the tree of no leaves, or to the same tree, has no hashes', () => {
    const empty = sha256(new Uint8Array());
    const claim = { oldSize: 0, newSize: 5, oldRoot: empty, newRoot: ROOTS[5]! };
    const same = claimOf(5, 5);

    expect(codeOf(() => checkConsistency(claim, []))).to.equal('accepted');
    expect(codeOf(() => checkConsistency({ ...claim, oldRoot: ROOTS[1]! }, []))).to.equal(
      'ERR_PROOF',
    );
    expect(codeOf(() => checkConsistency(same, []))).to.equal('accepted');
    expect(codeOf(() => checkConsistency({ ...same, newRoot: ROOTS[4]! }, []))).to.equal(
      'ERR_PROOF',
    );
    expect(codeOf(() => checkConsistency(claimOf(0, 0), []))).to.equal('accepted');
  });

  it('is refused for sizes that are none, or that shrink', () => {
    const sizes: readonly [number, number][] = [
      [2, 1],
      [1, 0],
      [-1, 5],
      [0.5, 5],
      [NaN, 5],
      [1, NaN],
      [1, 2 ** 53],
      [1, Infinity],
    ];
    for (const [oldSize, newSize] of sizes) {
      const claim = { oldSize, newSize, oldRoot: ROOTS[1]!, newRoot: ROOTS[1]! };
      const name = `${oldSize} of ${newSize}`;
      expect(
        codeOf(() => checkConsistency(claim, [])),
        name,
      ).to.equal('ERR_PROOF');
      expect(
        codeOf(() => consistencyProof({ oldSize, newSize }, readNode)),
        name,
      ).to.equal('ERR_PROOF');
    }
  });

  it('of a huge tree asks for complete nodes only, and leads to its root', () => {
    for (const newSize of [2 ** 31 + 1, 2 ** 40 - 1, 2 ** 52, 2 ** 53 - 1]) {
      for (const oldSize of [1, 2 ** 30, 2 ** 31 - 1, newSize - 1]) {
        const proof = consistencyProof({ oldSize, newSize }, ({ level, index }) => {
          expect((index + 1) * 2 ** level, `${level}/${index}`).to.be.at.most(newSize);
          return LEAVES[level]!;
        });
        expect(proof.length).to.be.within(1, 54);
      }
    }
  });
});

describe('hashes of other sizes', () => {
  const [left, right] = [LEAVES[0]!, LEAVES[1]!];
  const moved = [Uint8Array.of(...left, right[0]!), right.subarray(1)] as const;

  it('are in no inclusion proof, though they join to the bytes of a node', () => {
    const claim = { index: 0, treeSize: 2, leafHash: moved[0], root: nodeHash(left, right) };

    expect(codeOf(() => checkInclusion(claim, [moved[1]]))).to.equal('ERR_PROOF');
    expect(codeOf(() => checkInclusion({ ...claim, leafHash: left }, [right]))).to.equal(
      'accepted',
    );
  });

  it('are in no consistency proof', () => {
    const claim = { oldSize: 1, newSize: 2, oldRoot: moved[0], newRoot: nodeHash(left, right) };

    expect(codeOf(() => checkConsistency(claim, [moved[1]]))).to.equal('ERR_PROOF');
    expect(codeOf(() => checkConsistency(claimOf(1, 3), [bytesOf(31, 0), left]))).to.equal(
      'ERR_PROOF',
    );
  });
});
