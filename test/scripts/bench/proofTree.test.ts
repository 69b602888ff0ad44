import { expect } from 'chai';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { checkInclusion, leafHash } from '../../../chain/merkle.ts';
import { proveLeaf } from '../../../scripts/bench/proofTree.ts';

const ENTRY = formatUtf8('an entry');

describe('a log that is never in memory', () => {
  it('proves every entry of every small log', () => {
    for (let treeSize = 1; treeSize <= 20; treeSize++) {
      for (let index = 0; index < treeSize; index++) {
        const { root, hashes } = proveLeaf({ index, treeSize }, ENTRY, () => undefined);
        checkInclusion({ index, treeSize, leafHash: leafHash(ENTRY), root }, hashes);
      }
    }
  });

  it('has one root whichever entry is the same', () => {
    const number = (last: number): Uint8Array => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, last);
    const roots = [3, 8, 12].map(
      (index) => proveLeaf({ index, treeSize: 13 }, number(index), () => undefined).root,
    );

    expect(roots[1]).to.deep.equal(roots[0]);
    expect(roots[2]).to.deep.equal(roots[0]);
  });
});
