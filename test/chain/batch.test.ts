import { expect } from 'chai';

import {
  batchSchema,
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
import {
  batchOf,
  bytesOf,
  codeOf,
  hashOfText,
  RECORD,
  signedBatchOf,
} from '../support/chainValues.ts';

const OTHER_ITEMS: readonly Item[] = [
  { kind: 3, change: undefined, approves: bytesOf(32, 1) },
  { kind: 4, reason: 1, subject: bytesOf(32, 1), since: 0, proof: new Uint8Array() },
];

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
