import { expect } from 'chai';

import { type Batch, batchSchema, hashBatch, type Item, signBatch } from '../../chain/batch.ts';
import { checkBatch } from '../../chain/checkBatch.ts';
import { encode } from '../../chain/codec.ts';
import { DEFAULT_PARAMS, type Params } from '../../chain/params.ts';
import { genesisBlock, type State } from '../../chain/state.ts';
import {
  batchOf,
  bytesOf,
  CHAIN_ID,
  codeOf,
  RECORD,
  signedBatchOf,
  signerOf,
  validatorsOf,
} from '../support/chainValues.ts';
import { itemBy } from '../support/equivocations.ts';

function stateWith(params: Partial<Params> = {}, validators = validatorsOf(4)): State {
  const facts = { chainId: CHAIN_ID, timestampMs: 0, validators, authorities: [] };
  return genesisBlock({ ...facts, params: { ...DEFAULT_PARAMS, ...params } }).edge.state;
}

const STATE = stateWith();

/** Returns the code with which a batch of v0 is refused. */
function codeOfBatch(batch: Batch, state = STATE): string {
  return codeOf(() => checkBatch(signedBatchOf(batch), state));
}

/** Returns a batch of v0 with one record and these items behind it. */
function batchWith(...items: readonly Item[]): Batch {
  return batchOf(undefined, { items: [...batchOf().items, ...items] });
}

describe('a batch from outside', () => {
  it('passes, and has its id', () => {
    const signed = signedBatchOf(batchOf());

    expect(checkBatch(signed, STATE)).to.deep.equal(hashBatch(signed.batch));
  });

  it('is refused if made for another chain', () => {
    expect(codeOfBatch(batchOf(undefined, { chainId: bytesOf(32, 1) }))).to.equal('ERR_CHAIN_ID');
  });

  it('is refused from an aggregator that is no validator', () => {
    const state = stateWith({}, validatorsOf(4).slice(1));

    expect(codeOfBatch(batchOf(), state)).to.equal('ERR_UNKNOWN_VALIDATOR');
  });

  it('is refused with more items than a batch may have', () => {
    const state = stateWith({ batchMax: 2 });
    const codes = [2, 3].map((count) =>
      codeOfBatch(batchOf(Array.from({ length: count }, () => RECORD)), state),
    );

    expect(codes).to.deep.equal(['accepted', 'ERR_LIMIT']);
  });

  it('is refused with more items or bytes than a block may have, since none could hold it', () => {
    const batch = batchOf(Array.from({ length: 3 }, () => RECORD));
    const { length: size } = encode(batchSchema, batch);
    const limits = [
      { blockRecordsMax: 3 },
      { blockRecordsMax: 2 },
      { blockBytesMax: size },
      { blockBytesMax: size - 1 },
    ];
    const codes = limits.map((limit) => {
      const params = [{ height: 0, value: { ...DEFAULT_PARAMS, ...limit } }];
      return codeOfBatch(batch, { ...STATE, params });
    });

    expect(codes).to.deep.equal(['accepted', 'ERR_LIMIT', 'accepted', 'ERR_LIMIT']);
  });

  it('is refused with an item that no rule admits', () => {
    const items: readonly Item[] = [
      { kind: 3, change: undefined, approves: bytesOf(32, 1) },
      { ...itemBy({ index: 2 }), reason: 1 },
      { ...itemBy({ index: 2 }), reason: 2 },
    ];
    for (const item of items) {
      expect(codeOfBatch(batchWith(item)), JSON.stringify(item)).to.equal('ERR_ITEM_NOT_ADMITTED');
    }
  });

  it('passes with equivocations, beside photographs and alone', () => {
    const [one, other] = [itemBy({ index: 2 }), itemBy({ index: 0 })];

    expect(codeOfBatch(batchWith(one, other))).to.equal('accepted');
    expect(codeOfBatch(batchOf(undefined, { items: [one] }))).to.equal('accepted');
    expect(codeOfBatch(batchOf(undefined, { items: [one, ...batchOf().items] }))).to.equal(
      'accepted',
    );
  });

  it('is refused with an equivocation that its proof does not show, wherever it stands', () => {
    const bad: Item = { ...itemBy({ index: 2 }), since: 1 };

    expect(codeOfBatch(batchWith(bad))).to.equal('ERR_EVIDENCE');
    expect(codeOfBatch(batchWith(itemBy({ index: 1 }), bad))).to.equal('ERR_EVIDENCE');
  });

  it('is refused with more status changes than there are validators', () => {
    const items = Array.from({ length: 5 }, (_, height) =>
      itemBy({ index: 2, height: height + 1 }),
    );
    const state = { ...STATE, height: 10 };
    const codes = [4, 5].map((count) => codeOfBatch(batchWith(...items.slice(0, count)), state));

    expect(codes).to.deep.equal(['accepted', 'ERR_LIMIT']);
  });

  it('is refused for its signature before a proof in it is looked at', () => {
    const signed = signBatch(batchWith({ ...itemBy({ index: 2 }), since: 1 }), signerOf('v1'));

    expect(codeOf(() => checkBatch(signed, STATE))).to.equal('ERR_SIGNATURE');
  });

  it('is refused unless its aggregator signed it', () => {
    const signed = signedBatchOf(batchOf());
    const cases = {
      'signed by another validator': signedBatchOf(batchOf(), 'v1'),
      'changed afterwards': { ...signed, batch: batchOf(undefined, { createdAtMs: 0 }) },
      'with a signature of zeros': { ...signed, signature: bytesOf(64, 0) },
    };
    for (const [name, each] of Object.entries(cases)) {
      expect(
        codeOf(() => checkBatch(each, STATE)),
        name,
      ).to.equal('ERR_SIGNATURE');
    }
  });

  it('is refused with any bit of its signature flipped', () => {
    const signed = signedBatchOf(batchOf());
    for (let bit = 0; bit < 512; bit += 7) {
      const signature = Uint8Array.from(signed.signature);
      signature[bit >> 3] = (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(
        codeOf(() => checkBatch({ ...signed, signature }, STATE)),
        `bit ${bit}`,
      ).to.equal('ERR_SIGNATURE');
    }
  });
});
