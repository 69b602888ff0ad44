import { expect } from 'chai';

import { decode, encode } from '../../../chain/codec.ts';
import {
  checkEquivocation,
  type Equivocation,
  equivocationOf,
  equivocationSchema,
} from '../../../chain/consensus/equivocation.ts';
import { type CheckContext, contextAt } from '../../../chain/consensus/statement.ts';
import { voteStatement } from '../../../chain/consensus/vote.ts';
import { VIEW_MAX } from '../../../chain/limits.ts';
import { bytesOf, codeOf } from '../../support/chainValues.ts';
import { headerOf, prepareOf, tipAt } from './support/engineRig.ts';

const ONE = voteStatement(prepareOf(3, headerOf()));
const OTHER = voteStatement(prepareOf(3, headerOf({ text: 'other' })));
const EVIDENCE = equivocationOf(ONE, OTHER);

function check(evidence: Equivocation): string {
  const context: CheckContext | undefined = contextAt(tipAt(0).state, 1);
  if (context === undefined) throw new Error('height 1 can be checked');
  return codeOf(() => checkEquivocation(evidence, context));
}

describe('R17: a proof of equivocation', () => {
  it('is the same from whichever statement it is made', () => {
    expect(equivocationOf(OTHER, ONE)).to.deep.equal(EVIDENCE);
  });

  it('is accepted', () => {
    expect(check(EVIDENCE)).to.equal('accepted');
  });

  it('is what its bytes say, and small', () => {
    const bytes = encode(equivocationSchema, { ...EVIDENCE, view: VIEW_MAX });

    expect(decode(equivocationSchema, encode(equivocationSchema, EVIDENCE))).to.deep.equal(
      EVIDENCE,
    );
    expect(bytes.length).to.be.at.most(230);
  });

  const { first, second } = EVIDENCE;
  const refused: readonly (readonly [string, Equivocation, string])[] = [
    ['of one value', { ...EVIDENCE, second: first }, 'ERR_EVIDENCE'],
    ['in the other order', { ...EVIDENCE, first: second, second: first }, 'ERR_EVIDENCE'],
    ['against another', { ...EVIDENCE, index: 2 }, 'ERR_SIGNATURE'],
    ['of another view', { ...EVIDENCE, view: 1 }, 'ERR_SIGNATURE'],
    ['of another phase', { ...EVIDENCE, phase: 3 }, 'ERR_SIGNATURE'],
    ['of another height', { ...EVIDENCE, height: 2 }, 'ERR_HEIGHT'],
    [
      'with one signature',
      { ...EVIDENCE, second: { ...second, signature: bytesOf(64, 1) } },
      'ERR_SIGNATURE',
    ],
  ];
  for (const [what, evidence, code] of refused) {
    it(`${what}, is refused`, () => {
      expect(check(evidence)).to.equal(code);
    });
  }
});
