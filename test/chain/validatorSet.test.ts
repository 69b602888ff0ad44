import { expect } from 'chai';

import { formatHex } from '../../chain/bytes.ts';
import { decode, encode } from '../../chain/codec.ts';
import { InvariantError } from '../../chain/invariant.ts';
import { findValidator, hashValidatorSet, validatorSetSchema } from '../../chain/validatorSet.ts';
import { bytesOf, validatorOf, validatorsOf } from '../support/chainValues.ts';

describe('a validator set', () => {
  const set = validatorsOf(4);

  it('reads back as it was written', () => {
    expect(decode(validatorSetSchema, encode(validatorSetSchema, set))).to.deep.equal(set);
  });

  it('has one validator at least and a hundred at most', () => {
    expect(encode(validatorSetSchema, validatorsOf(100))).not.to.be.empty;
    for (const count of [0, 101]) {
      expect(() => encode(validatorSetSchema, validatorsOf(count))).to.throw(InvariantError);
    }
  });

  it('has another hash in another order and with any other field', () => {
    const [first = validatorOf('v0'), ...others] = set;
    const sets = [
      set,
      [...others, first],
      others,
      [{ ...first, name: 'other' }, ...others],
      [{ ...first, consensusKey: bytesOf(32, 1) }, ...others],
      [{ ...first, cosignerKey: bytesOf(32, 1) }, ...others],
      [{ ...first, peerId: 'other' }, ...others],
      [{ ...first, addresses: [] }, ...others],
    ];

    expect(new Set(sets.map((each) => formatHex(hashValidatorSet(each)))).size).to.equal(
      sets.length,
    );
  });

  it('finds a validator by its consensus key only', () => {
    const [, second = validatorOf('v1')] = set;

    expect(findValidator(set, second.consensusKey)).to.equal(second);
    expect(findValidator(set, second.cosignerKey)).to.equal(undefined);
    expect(findValidator(set, second.consensusKey.subarray(1))).to.equal(undefined);
  });
});
