import { expect } from 'chai';
import fc from 'fast-check';

import { parseSignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { cosign } from '../../../chain/log/cosignature.ts';
import { CosignedOutside } from '../../../node/witness/cosignedOutside.ts';
import { TestLog, witnessSigner } from '../../support/witnessRig.ts';

const LOG = new TestLog();

/** Takes the cosignature of a witness, `a` to `f`, over the checkpoint of a size. */
function add(cosigned: CosignedOutside, treeSize: number, witness: string): void {
  const checkpoint = LOG.checkpoint(treeSize);
  cosigned.add(checkpoint, cosign(checkpoint.note.text, treeSize, witnessSigner(witness)));
}

/** What was cosigned, as `7a 7b 9a`. */
function cosignedOf(text: string): CosignedOutside {
  const cosigned = new CosignedOutside();
  for (const [, size, witness = ''] of text.matchAll(/(\d+)([a-f])/g)) {
    add(cosigned, Number(size), witness);
  }
  return cosigned;
}

/** What is kept, the newest first: `9a 7ab`. */
function keptOf(cosigned: CosignedOutside): string {
  return cosigned
    .format()
    .map(parseSignedCheckpoint)
    .map(({ treeSize, note }) => {
      const names = note.signatures.slice(1).map(({ name }) => name);
      return `${treeSize}${names.toSorted().join('')}`;
    })
    .join(' ');
}

/** Size and witnesses of the best above an index. */
function bestOf(cosigned: CosignedOutside, index: number): string {
  const best = cosigned.best(index);
  return best === undefined
    ? 'none'
    : `${best.checkpoint.treeSize}${best.lines.map(({ name }) => name).join('')}`;
}

describe('checkpoints that outside witnesses have cosigned', () => {
  const cases = [
    ['', '', 'nothing'],
    ['7a', '7a', 'the first'],
    ['7a 9a', '9a', 'a newer one with the same witness'],
    ['9a 7a', '9a', 'an older one that comes late'],
    ['7a 7b', '7ab', 'two witnesses of one'],
    ['7a 7b 9a', '9a 7ab', 'a newer one with fewer'],
    ['7a 7b 9a 9b', '9ab', 'a newer one with as many'],
    ['7a 9b', '9b 7a', 'different witnesses'],
    ['7b 9a 7b 9b', '9ab', 'a slow witness that catches up'],
    ['7a 7a', '7a', 'the same twice'],
    ['5a 7b 9c 11a 11b', '11ab 9c', 'what only old ones have'],
  ] as const;
  for (const [told, kept, what] of cases) {
    it(`are kept as far as they are of use: ${what}`, () => {
      expect(keptOf(cosignedOf(told))).to.equal(kept);
    });
  }

  it('are chosen by what they cover, then by their number, then by their age', () => {
    const cosigned = cosignedOf('10a 10b 15c 20a');

    expect(bestOf(cosigned, 0)).to.equal('10ab');
    expect(bestOf(cosigned, 9)).to.equal('10ab');
    expect(bestOf(cosigned, 10)).to.equal('20a');
    expect(bestOf(cosigned, 19)).to.equal('20a');
    expect(bestOf(cosigned, 20)).to.equal('none');
  });

  it('tell whose lines are over a checkpoint, and over no other', () => {
    const cosigned = cosignedOf('7a 7b');
    const other = new TestLog(LOG.origin, 'another').checkpoint(7);

    expect(cosigned.over(LOG.checkpoint(7)).map(({ name }) => name)).to.deep.equal(['a', 'b']);
    expect(cosigned.over(LOG.checkpoint(8))).to.deep.equal([]);
    expect(cosigned.over(other)).to.deep.equal([]);
  });

  it('tell the same array as long as there is no line more', () => {
    const cosigned = cosignedOf('7a');
    const before = cosigned.over(LOG.checkpoint(7));

    expect(cosigned.over(LOG.checkpoint(7))).to.equal(before);
    expect(cosigned.over(LOG.checkpoint(8))).to.equal(cosigned.over(LOG.checkpoint(9)));
    add(cosigned, 7, 'b');
    expect(cosigned.over(LOG.checkpoint(7))).to.not.equal(before);
  });

  it('are never more than 14, and lose no witness that has the newest', () => {
    const told = fc.array(
      fc.tuple(fc.integer({ min: 6, max: 60 }), fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')),
      {
        maxLength: 25,
      },
    );

    fc.assert(
      fc.property(told, (lines) => {
        const cosigned = cosignedOf(lines.map(([size, name]) => `${size}${name}`).join(' '));
        expect(cosigned.format().length).to.be.at.most(14);
        for (const [, name] of lines) {
          const newest = Math.max(
            ...lines.filter((each) => each[1] === name).map(([size]) => size),
          );
          const names = cosigned.over(LOG.checkpoint(newest)).map((each) => each.name);
          const isElsewhere = lines.some(([size, other]) => size > newest && other === name);
          expect(names.includes(name) || isElsewhere, `${name} at ${newest}`).to.equal(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});
