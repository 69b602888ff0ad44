import { expect } from 'chai';

import {
  type Batch,
  batchSchema,
  checkBatch,
  decodeSignedBatch,
  hashBatch,
  hashBatchBytes,
  type Item,
  recordsOf,
  signedBatchSchema,
} from '../../chain/batch.ts';
import { formatHex } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import { InvariantError } from '../../chain/invariant.ts';
import { DEFAULT_PARAMS } from '../../chain/params.ts';
import {
  batchOf,
  bytesOf,
  CHAIN_ID,
  codeOf,
  hashOfText,
  RECORD,
  signedBatchOf,
  validatorsOf,
} from '../support/chainValues.ts';

const CONTEXT = { chainId: CHAIN_ID, validators: validatorsOf(4), params: DEFAULT_PARAMS };
const OTHER_ITEMS: readonly Item[] = [
  { kind: 3, change: undefined, approves: bytesOf(32, 1) },
  { kind: 4, reason: 1, subject: bytesOf(32, 1), since: 0, proof: new Uint8Array() },
];

/** Returns the code with which a batch of v0 is refused. */
function codeOfBatch(batch: Batch, context = CONTEXT): string {
  return codeOf(() => checkBatch(signedBatchOf(batch), context));
}

describe('a batch', () => {
  it('reads back as it was written, with items of every kind', () => {
    const items = [...batchOf().items, ...OTHER_ITEMS];
    const signed = signedBatchOf(batchOf(undefined, { items }));

    expect(decodeSignedBatch(encode(signedBatchSchema, signed))).to.deep.equal(signed);
  });

  it('is refused by its bytes with any byte left out', () => {
    const bytes = encode(signedBatchSchema, signedBatchOf(batchOf()));
    for (let at = 0; at < bytes.length; at++) {
      const shorter = Uint8Array.from([...bytes].toSpliced(at, 1));
      expect(
        codeOf(() => decodeSignedBatch(shorter)),
        `byte ${at}`,
      ).to.equal('ERR_MALFORMED');
    }
  });

  it('of no items stops the node that makes it', () => {
    expect(() => hashBatch(batchOf([]))).to.throw(InvariantError);
  });

  it('has another id with any other field', () => {
    const batches = [
      batchOf(),
      batchOf(undefined, { chainId: bytesOf(32, 1) }),
      batchOf(undefined, { aggregator: bytesOf(32, 1) }),
      batchOf(undefined, { sequence: 1 }),
      batchOf(undefined, { createdAtMs: 0 }),
      batchOf([RECORD, RECORD]),
      batchOf([{ ...RECORD, capturedAt: 0 }]),
      batchOf(undefined, { evidenceRoot: bytesOf(32, 1) }),
    ];

    expect(new Set(batches.map((each) => formatHex(hashBatch(each)))).size).to.equal(
      batches.length,
    );
    expect(hashBatch(batchOf())).to.deep.equal(hashBatchBytes(encode(batchSchema, batchOf())));
  });

  it('has its records in item order', () => {
    const records = [RECORD, { ...RECORD, imageHash: hashOfText('second') }];
    const items = [...OTHER_ITEMS, ...batchOf(records).items];

    expect(recordsOf(batchOf(undefined, { items }))).to.deep.equal(records);
  });
});

describe('a batch from outside', () => {
  it('passes, and has its id', () => {
    const signed = signedBatchOf(batchOf());

    expect(checkBatch(signed, CONTEXT)).to.deep.equal(hashBatch(signed.batch));
  });

  it('is refused if made for another chain', () => {
    expect(codeOfBatch(batchOf(undefined, { chainId: bytesOf(32, 1) }))).to.equal('ERR_CHAIN_ID');
  });

  it('is refused from an aggregator that is no validator', () => {
    const context = { ...CONTEXT, validators: validatorsOf(4).slice(1) };

    expect(codeOfBatch(batchOf(), context)).to.equal('ERR_UNKNOWN_VALIDATOR');
  });

  it('is refused with more items than a batch may have', () => {
    const params = { ...DEFAULT_PARAMS, batchMax: 2 };
    const codes = [2, 3].map((count) =>
      codeOfBatch(batchOf(Array.from({ length: count }, () => RECORD)), { ...CONTEXT, params }),
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
    const codes = limits.map((limit) =>
      codeOfBatch(batch, { ...CONTEXT, params: { ...DEFAULT_PARAMS, ...limit } }),
    );

    expect(codes).to.deep.equal(['accepted', 'ERR_LIMIT', 'accepted', 'ERR_LIMIT']);
  });

  it('is refused with an item that no rule admits', () => {
    for (const item of OTHER_ITEMS) {
      const items = [...batchOf().items, item];
      expect(codeOfBatch(batchOf(undefined, { items })), `kind ${item.kind}`).to.equal(
        'ERR_ITEM_NOT_ADMITTED',
      );
    }
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
        codeOf(() => checkBatch(each, CONTEXT)),
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
        codeOf(() => checkBatch({ ...signed, signature }, CONTEXT)),
        `bit ${bit}`,
      ).to.equal('ERR_SIGNATURE');
    }
  });
});
