import { expect } from 'chai';

import type { StatusItem } from '../../chain/batch.ts';
import { decode, encode } from '../../chain/codec.ts';
import { type Equivocation, equivocationSchema } from '../../chain/consensus/equivocation.ts';
import { DEFAULT_PARAMS } from '../../chain/params.ts';
import { genesisBlock, type State } from '../../chain/state.ts';
import {
  checkOffender,
  checkStatusItem,
  equivocationItem,
  findOffender,
  readEquivocation,
} from '../../chain/statusChange.ts';
import { hashValidatorSet } from '../../chain/validatorSet.ts';
import {
  bytesOf,
  CHAIN_ID,
  codeOf,
  hashOfText,
  validatorOf,
  validatorsOf,
} from '../support/chainValues.ts';
import { equivocationBy, itemBy } from '../support/equivocations.ts';

const STATE: State = {
  ...genesisBlock({
    chainId: CHAIN_ID,
    timestampMs: 0,
    validators: validatorsOf(4),
    authorities: [],
    params: DEFAULT_PARAMS,
  }).edge.state,
  height: 10,
};
const PROOF = equivocationBy({ index: 2, height: 7, view: 3 });
const ITEM = itemBy({ index: 2, height: 7, view: 3 });

function codeOfItem(item: StatusItem, state = STATE): string {
  return codeOf(() => checkStatusItem(item, state));
}

/** The code for an item whose proof is another, and everything else made from it as it should be. */
function codeOfProof(change: Partial<Equivocation>, name = 'v2'): string {
  return codeOfItem(equivocationItem({ ...PROOF, ...change }, validatorOf(name)));
}

describe('the item of an equivocation', () => {
  it('follows from the proof and the key of its offender', () => {
    expect(ITEM).to.deep.include({ kind: 4, reason: 3, since: 0 });
    expect(decode(equivocationSchema, ITEM.proof)).to.deep.equal(PROOF);
    expect(readEquivocation(ITEM)).to.deep.equal(PROOF);
    expect(itemBy({ index: 1 }).subject).to.not.deep.equal(ITEM.subject);
  });

  it('is accepted, whatever the phase, from height 1 to the one after the block’s', () => {
    for (const phase of [1, 2, 3, 4] as const) {
      expect(codeOfItem(itemBy({ index: 0, phase })), `phase ${phase}`).to.equal('accepted');
    }
    const codes = [0, 1, 10, 11, 12, 13].map((height) => codeOfItem(itemBy({ index: 0, height })));
    const inState = ['accepted', 'accepted', 'accepted', 'accepted'];
    expect(codes).to.deep.equal(['ERR_HEIGHT', ...inState, 'ERR_HEIGHT']);
  });

  it('is refused for a reason that no rule admits', () => {
    expect([1, 2].map((reason) => codeOfItem({ ...ITEM, reason }))).to.deep.equal([
      'ERR_ITEM_NOT_ADMITTED',
      'ERR_ITEM_NOT_ADMITTED',
    ]);
  });

  const others: readonly (readonly [string, Partial<StatusItem>])[] = [
    ['another time', { since: 1 }],
    ['the subject of another validator', { subject: itemBy({ index: 1 }).subject }],
    ['the offender’s bare key', { subject: validatorOf('v2').consensusKey }],
    ['the hash of something else', { subject: hashValidatorSet(validatorsOf(4)) }],
  ];
  for (const [what, change] of others) {
    it(`with ${what} is not the one that its proof yields`, () => {
      expect(codeOfItem({ ...ITEM, ...change })).to.equal('ERR_EVIDENCE');
    });
  }

  it('is refused with any byte of its proof left out, or one more', () => {
    for (let at = 0; at < ITEM.proof.length; at++) {
      const proof = Uint8Array.from([...ITEM.proof].toSpliced(at, 1));
      expect(codeOfItem({ ...ITEM, proof }), `byte ${at}`).to.equal('ERR_MALFORMED');
    }
    const longer = Uint8Array.from([...ITEM.proof, 0]);
    expect(codeOfItem({ ...ITEM, proof: longer })).to.equal('ERR_MALFORMED');
    expect(codeOfItem({ ...ITEM, proof: new Uint8Array() })).to.equal('ERR_MALFORMED');
  });

  it('is refused with any bit of its proof flipped', () => {
    for (let bit = 0; bit < ITEM.proof.length * 8; bit += 3) {
      const proof = Uint8Array.from(ITEM.proof);
      proof[bit >> 3] = (proof[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(codeOfItem({ ...ITEM, proof }), `bit ${bit}`).to.not.equal('accepted');
    }
  });

  const { first, second } = PROOF;
  const proofs: readonly (readonly [string, Partial<Equivocation>, string, string?])[] = [
    ['of another height', { height: 8 }, 'ERR_SIGNATURE'],
    ['of another view', { view: 4 }, 'ERR_SIGNATURE'],
    ['of another phase', { phase: 3 }, 'ERR_SIGNATURE'],
    ['against another', { index: 1 }, 'ERR_SIGNATURE', 'v1'],
    ['against nobody in the set', { index: 4 }, 'ERR_UNKNOWN_VALIDATOR', 'v4'],
    ['of one value', { second: first }, 'ERR_EVIDENCE'],
    ['in the other order', { first: second, second: first }, 'ERR_EVIDENCE'],
    [
      'of a value never signed',
      { first: { ...first, valueHash: bytesOf(32, 0) } },
      'ERR_SIGNATURE',
    ],
    [
      'of a second value never signed',
      { second: { ...second, valueHash: bytesOf(32, 0xff) } },
      'ERR_SIGNATURE',
    ],
    ['with one signature', { first: { ...first, signature: second.signature } }, 'ERR_SIGNATURE'],
  ];
  for (const [what, change, code, name] of proofs) {
    it(`with a proof ${what} is refused: ${code}`, () => {
      expect(codeOfProof(change, name)).to.equal(code);
    });
  }

  it('with a proof of another chain is refused', () => {
    const item = itemBy({ index: 2, height: 7, chainId: hashOfText('another chain') });

    expect(codeOfItem(item)).to.equal('ERR_SIGNATURE');
  });
});

describe('a validator set that has changed', () => {
  const younger = [...validatorsOf(2), validatorOf('new')];
  const state: State = {
    ...STATE,
    height: 1_500,
    validatorSets: [
      { height: 400, value: validatorsOf(4) },
      { height: 900, value: younger },
    ],
  };

  it('judges what is said of its own heights', () => {
    const sign = { index: 2, height: 900 };

    expect(codeOfItem(itemBy({ index: 3, height: 899 }), state)).to.equal('accepted');
    expect(codeOfItem(itemBy({ index: 3, height: 900 }), state)).to.equal('ERR_UNKNOWN_VALIDATOR');
    // The key of v2, whose place another has: the subject is then not the proof's.
    expect(codeOfItem(itemBy(sign), state)).to.equal('ERR_EVIDENCE');
    const stolen = equivocationItem(equivocationBy(sign), validatorOf('new'));
    expect(codeOfItem(stolen, state)).to.equal('ERR_SIGNATURE');
  });

  it('that is gone judges nothing', () => {
    expect(codeOfItem(itemBy({ index: 0, height: 399 }), state)).to.equal('ERR_HEIGHT');
    expect(codeOfItem(itemBy({ index: 0, height: 400 }), state)).to.equal('accepted');
  });
});

describe('the offender of a proof', () => {
  it('is found by its place in the set, whether the proof holds or not', () => {
    expect(findOffender(PROOF, STATE)).to.deep.equal(validatorOf('v2'));
    expect(findOffender({ ...PROOF, view: 9 }, STATE)).to.deep.equal(validatorOf('v2'));
    expect(codeOf(() => findOffender({ ...PROOF, height: 99 }, STATE))).to.equal('ERR_HEIGHT');
    expect(codeOf(() => findOffender({ ...PROOF, index: 4 }, STATE))).to.equal(
      'ERR_UNKNOWN_VALIDATOR',
    );
  });

  it('is told only of a proof that holds', () => {
    expect(checkOffender(PROOF, STATE)).to.deep.equal(validatorOf('v2'));
    expect(codeOf(() => checkOffender({ ...PROOF, view: 9 }, STATE))).to.equal('ERR_SIGNATURE');
  });

  it('is known by the bytes of its proof alone', () => {
    expect(encode(equivocationSchema, readEquivocation(ITEM))).to.deep.equal(ITEM.proof);
  });
});
