import { expect } from 'chai';

import { hashBatch } from '../../../chain/batch.ts';
import {
  type BlockBudget,
  BatchPool,
  type PooledBatch,
  pooledBatch,
} from '../../../node/mempool/batchPool.ts';
import { cameraRecord } from '../../support/chainBuilder.ts';
import { batchOf, signedBatchOf, validatorOf } from '../../support/chainValues.ts';

const NO_EVIDENCE = { certificates: [], items: [] };
const AMPLE: BlockBudget = { recordsMax: 1_000, bytesMax: 1_000_000 };

/** A batch of an institution with so many records. */
function batch(name: string, sequence: number, recordCount = 1): PooledBatch {
  const records = Array.from({ length: recordCount }, (_, i) => cameraRecord(sequence * 100 + i));
  const { consensusKey: aggregator } = validatorOf(name);
  const signed = signedBatchOf(batchOf(records, { aggregator, sequence }), name);
  return pooledBatch(hashBatch(signed.batch), signed, NO_EVIDENCE);
}

/** Institutions in the order in which a pool serves them: by key. */
const [A = '', B = '', C = ''] = ['v0', 'v1', 'v2'].sort((a, b) =>
  Buffer.compare(validatorOf(a).consensusKey, validatorOf(b).consensusKey),
);

function poolOf(...batches: readonly PooledBatch[]): BatchPool {
  const pool = new BatchPool();
  for (const each of batches) pool.add(each);
  return pool;
}

function indexesOf(taken: readonly PooledBatch[], all: readonly PooledBatch[]): readonly number[] {
  return taken.map((each) => all.indexOf(each));
}

describe('the pool of batches', () => {
  it('holds each batch once', () => {
    const one = batch(A, 1);
    const pool = poolOf(one, { ...one }, batch(A, 2));

    expect(pool.count()).to.equal(2);
    expect(pool.find(one.id)).to.equal(one);
  });

  it('knows its bytes', () => {
    const [one, two] = [batch(A, 1), batch(A, 2, 3)];
    const pool = poolOf(one, two);
    const full = pool.sizeBytes();
    pool.remove(one.id);

    expect([full, pool.sizeBytes()]).to.deep.equal([one.sizeBytes + two.sizeBytes, two.sizeBytes]);
  });

  it('lets go of a batch once, and of none that it lacks', () => {
    const one = batch(A, 1);
    const pool = poolOf(one);
    pool.remove(one.id);
    pool.remove(one.id);

    expect([pool.count(), pool.sizeBytes(), pool.find(one.id)]).to.deep.equal([0, 0, undefined]);
  });

  it('selects nothing when empty', () => {
    expect(poolOf().select(AMPLE)).to.deep.equal([]);
  });

  it('selects an aggregator’s batches in order of sequence, however they came', () => {
    const all = [batch(A, 3), batch(A, 1), batch(A, 2)];

    expect(indexesOf(poolOf(...all).select(AMPLE), all)).to.deep.equal([1, 2, 0]);
  });

  it('selects by aggregator in turn', () => {
    const all = [batch(A, 1), batch(A, 2), batch(A, 3), batch(B, 1), batch(C, 7), batch(C, 8)];

    expect(indexesOf(poolOf(...all).select(AMPLE), all)).to.deep.equal([0, 3, 4, 1, 5, 2]);
  });

  it('leaves what it selects where it is', () => {
    const pool = poolOf(batch(A, 1), batch(B, 1));
    pool.select(AMPLE);

    expect(pool.count()).to.equal(2);
  });

  const budgets: readonly (readonly [string, Partial<BlockBudget>, number])[] = [
    ['all records', { recordsMax: 9 }, 3],
    ['one record fewer', { recordsMax: 8 }, 2],
    ['the first two batches', { recordsMax: 6 }, 2],
    ['one record of them fewer', { recordsMax: 5 }, 1],
    ['no batch', { recordsMax: 2 }, 0],
  ];
  for (const [what, budget, count] of budgets) {
    it(`selects ${count} of three batches of three records with a budget of ${what}`, () => {
      const pool = poolOf(batch(A, 1, 3), batch(A, 2, 3), batch(A, 3, 3));

      expect(pool.select({ ...AMPLE, ...budget })).to.have.length(count);
    });
  }

  it('counts bytes to the last', () => {
    const all = [batch(A, 1), batch(A, 2)];
    const pool = poolOf(...all);
    const bytesMax = pool.sizeBytes();
    const counts = [bytesMax, bytesMax - 1].map(
      (max) => pool.select({ ...AMPLE, bytesMax: max }).length,
    );

    expect(counts).to.deep.equal([2, 1]);
  });

  it('lets no later batch overtake one that does not fit', () => {
    const all = [batch(A, 1, 2), batch(A, 2, 5), batch(A, 3, 1)];
    const taken = poolOf(...all).select({ ...AMPLE, recordsMax: 4 });

    expect(indexesOf(taken, all)).to.deep.equal([0]);
  });
});
