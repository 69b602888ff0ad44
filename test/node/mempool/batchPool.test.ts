import { expect } from 'chai';

import { hashBatch } from '../../../chain/batch.ts';
import { formatHex } from '../../../chain/bytes.ts';
import { parseSentCertificate } from '../../../chain/evidence.ts';
import type { TimeWindow } from '../../../chain/evidenceTime.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { genesisBlock, type State } from '../../../chain/state.ts';
import {
  BatchPool,
  type BlockBudget,
  isDead,
  type PooledBatch,
  pooledBatch,
  type RoomRequest,
} from '../../../node/mempool/batchPool.ts';
import { cameraRecord } from '../../support/chainBuilder.ts';
import {
  batchOf,
  CHAIN_ID,
  prove,
  proveBatch,
  sealBatch,
  signedBatchOf,
  validatorOf,
  validatorsOf,
} from '../../support/chainValues.ts';
import { authorityOf, createCa, createCamera } from '../../support/certificates.ts';

const NO_EVIDENCE = { certificates: [], items: [] };
const REFERENCE = { parse: parseSentCertificate, params: DEFAULT_PARAMS };
const AMPLE: BlockBudget = {
  recordsMax: 1_000,
  bytesMax: 1_000_000,
  timestampMs: 1_800_000_000_000,
  suspects: [],
};
const MIB = 1_048_576;

/** A batch of an institution with so many records. */
function batch(name: string, sequence: number, recordCount = 1): PooledBatch {
  const records = Array.from({ length: recordCount }, (_, i) => cameraRecord(sequence * 100 + i));
  const { consensusKey: aggregator } = validatorOf(name);
  const signed = signedBatchOf(batchOf(records, { aggregator, sequence }), name);
  const id = hashBatch(signed.batch);
  return pooledBatch({ id, signed, evidence: NO_EVIDENCE }, REFERENCE);
}

/** Institutions in the order of their keys. */
const [A = '', B = '', C = ''] = ['v0', 'v1', 'v2'].sort((a, b) =>
  Buffer.compare(validatorOf(a).consensusKey, validatorOf(b).consensusKey),
);

function poolOf(...batches: readonly PooledBatch[]): BatchPool {
  const pool = new BatchPool(64 * MIB);
  for (const each of batches) pool.add(each);
  return pool;
}

function indexesOf(taken: readonly PooledBatch[], all: readonly PooledBatch[]): readonly number[] {
  return taken.map((each) => all.indexOf(each));
}

/** A state in which institutions have committed up to a sequence. */
function stateAfter(committed: Readonly<Record<string, number>>): State {
  const { edge } = genesisBlock({
    chainId: CHAIN_ID,
    timestampMs: 0,
    validators: validatorsOf(4),
    authorities: [],
    params: DEFAULT_PARAMS,
  });
  const sequences = Object.entries(committed).map(([name, sequence]) => {
    return { aggregator: validatorOf(name).consensusKey, sequence };
  });
  return { ...edge.state, sequences };
}

describe('the pool of batches', () => {
  it('holds each batch once', () => {
    const one = batch(A, 1);
    const pool = poolOf(one, { ...one }, batch(A, 2));

    expect(pool.load().count).to.equal(2);
    expect(pool.find(one.id)).to.equal(one);
  });

  it('knows its bytes, with evidence', () => {
    const [one, two] = [
      { ...batch(A, 1), keptBytes: 7_000 },
      { ...batch(B, 2, 3), keptBytes: 50 },
    ];
    const pool = poolOf(one, two, two);
    const full = pool.load();
    pool.remove(one.id);

    expect([full.bytes, pool.load().bytes]).to.deep.equal([7_050, 50]);
  });

  it('lets go of a batch once, and of none that it lacks', () => {
    const one = batch(A, 1);
    const pool = poolOf(one);
    pool.remove(one.id);
    pool.remove(one.id);

    expect([pool.load(), pool.find(one.id)]).to.deep.equal([{ count: 0, bytes: 0 }, undefined]);
  });

  it('names all, and those of one aggregator in order of sequence', () => {
    const all = [batch(A, 3), batch(B, 2), batch(A, 1)];
    const pool = poolOf(...all);
    const { consensusKey } = validatorOf(A);

    expect(indexesOf(pool.all(), all)).to.deep.equal([0, 1, 2]);
    expect(indexesOf(pool.batchesOf(consensusKey), all)).to.deep.equal([2, 0]);
    expect(pool.batchesOf(validatorOf(C).consensusKey)).to.deep.equal([]);
  });

  it('knows the load of each aggregator', () => {
    const pool = poolOf(
      { ...batch(A, 1), keptBytes: 10 },
      { ...batch(A, 2), keptBytes: 20 },
      { ...batch(B, 1), keptBytes: 40 },
    );
    const loads = [A, B, C].map((name) => pool.loadOf(validatorOf(name).consensusKey));

    expect(loads).to.deep.equal([
      { count: 2, bytes: 30 },
      { count: 1, bytes: 40 },
      { count: 0, bytes: 0 },
    ]);
  });
});

describe('a batch on its way into the pool', () => {
  const ca = createCa();
  const camera = createCamera(ca);
  const proven = prove({ camera, authority: authorityOf([ca]) });

  it('weighs its own bytes apart from those of its evidence', () => {
    const { batch: sealed, evidence } = proveBatch([proven]);
    const bare = sealBatch([proven.record], NO_EVIDENCE);
    const weights = [{ batch: sealed, evidence }, bare].map((each) => {
      const signed = signedBatchOf(each.batch);
      const id = hashBatch(signed.batch);
      return pooledBatch({ id, signed, evidence: each.evidence }, REFERENCE);
    });
    const [full, empty] = weights;

    expect(full?.sizeBytes).to.equal(empty?.sizeBytes);
    expect(full?.keptBytes).to.equal((full?.sizeBytes ?? 0) + camera.der.length + 512);
    expect(empty?.keptBytes).to.equal(empty?.sizeBytes);
  });

  it('knows the block times that suit all its records', () => {
    const { batch: sealed, evidence } = proveBatch([proven]);
    const signed = signedBatchOf(sealed);
    const params = { ...DEFAULT_PARAMS, lateGraceS: 50 };
    const reference = { ...REFERENCE, params };
    const { window } = pooledBatch({ id: hashBatch(sealed), signed, evidence }, reference);
    const { notAfter } = parseSentCertificate(camera.der);

    expect(window).to.deep.equal({
      startMs: (proven.record.capturedAt - 360) * 1_000,
      endMs: (notAfter + 50) * 1_000 + 999,
    });
  });
});

describe('room in the pool', () => {
  const roomFor = (name: string, keptBytes = 1): RoomRequest => {
    return { aggregator: validatorOf(name).consensusKey, keptBytes, laneCount: 4 };
  };
  const sequences = (count: number): readonly number[] => [...Array(count).keys()];

  it('is there for sixteen batches of an aggregator, and no more', () => {
    const lane = (count: number): BatchPool => poolOf(...sequences(count).map((i) => batch(A, i)));

    expect([lane(15).hasRoom(roomFor(A)), lane(16).hasRoom(roomFor(A))]).to.deep.equal([
      true,
      false,
    ]);
  });

  it('is not used up by others', () => {
    const pool = poolOf(...sequences(16).map((i) => batch(A, i)));

    expect(pool.hasRoom(roomFor(B))).to.equal(true);
  });

  it('is there below 16 MiB of an aggregator, evidence included', () => {
    const below = poolOf({ ...batch(A, 1), keptBytes: 16 * MIB - 1 });
    const full = poolOf({ ...batch(A, 1), keptBytes: 16 * MIB });

    expect([below.hasRoom(roomFor(A)), full.hasRoom(roomFor(A))]).to.deep.equal([true, false]);
  });

  it('is there for whoever comes first while fewer than half of the bytes are used', () => {
    const pool = new BatchPool(100);
    pool.add({ ...batch(B, 1), keptBytes: 49 });
    const before = pool.hasRoom(roomFor(B, 1_000));
    pool.add({ ...batch(C, 1), keptBytes: 1 });

    expect([before, pool.hasRoom(roomFor(B, 1_000))]).to.deep.equal([true, false]);
  });

  it('is there for each aggregator’s share of the other half, whatever others have', () => {
    const pool = new BatchPool(80);
    pool.add({ ...batch(B, 1), keptBytes: 1_000 });
    pool.add({ ...batch(A, 1), keptBytes: 4 });

    expect([6, 7].map((keptBytes) => pool.hasRoom(roomFor(A, keptBytes)))).to.deep.equal([
      true,
      false,
    ]);
    expect(pool.hasRoom(roomFor(B))).to.equal(false);
  });

  it('comes back when a batch leaves', () => {
    const all = sequences(16).map((i) => batch(A, i));
    const pool = poolOf(...all);
    pool.remove(all[3]?.id ?? new Uint8Array());

    expect(pool.hasRoom(roomFor(A))).to.equal(true);
  });

  it('is no condition for a batch that is added: a proposal may name it', () => {
    const pool = poolOf(...sequences(17).map((i) => batch(A, i)));

    expect(pool.load().count).to.equal(17);
  });
});

describe('a selection', () => {
  it('is empty where the pool is', () => {
    expect(poolOf().select(AMPLE)).to.deep.equal([]);
  });

  it('has an aggregator’s batches in order of sequence, however they came', () => {
    const all = [batch(A, 3), batch(A, 1), batch(A, 2)];

    expect(indexesOf(poolOf(...all).select(AMPLE), all)).to.deep.equal([1, 2, 0]);
  });

  it('has one batch of those that an aggregator has signed under one sequence', () => {
    const all = [batch(A, 1), batch(A, 2), batch(A, 2, 2), batch(A, 2, 3), batch(A, 3)];

    expect(indexesOf(poolOf(...all).select(AMPLE), all)).to.deep.equal([0, 1, 4]);
  });

  it('takes from each aggregator in turn', () => {
    const all = [batch(A, 1), batch(A, 2), batch(A, 3), batch(B, 1), batch(C, 7), batch(C, 8)];

    expect(indexesOf(poolOf(...all).select(AMPLE), all)).to.deep.equal([0, 3, 4, 1, 5, 2]);
  });

  it('begins with the aggregator whose next batch has waited longest', () => {
    const all = [batch(C, 2), batch(B, 1), batch(A, 1), batch(C, 1)];

    expect(indexesOf(poolOf(...all).select(AMPLE), all)).to.deep.equal([1, 2, 3, 0]);
  });

  it('comes to every aggregator, though others always have as much as a block holds', () => {
    const pool = poolOf(batch(A, 1, 2), batch(B, 1, 2), batch(C, 1));
    const taken: string[] = [];
    for (let sequence = 2; sequence < 4; sequence++) {
      for (const each of pool.select({ ...AMPLE, recordsMax: 4 })) {
        pool.remove(each.id);
        const { aggregator } = each.signed.batch;
        taken.push(formatHex(aggregator));
      }
      for (const name of [A, B]) pool.add(batch(name, sequence, 2));
    }

    expect(taken).to.include(formatHex(validatorOf(C).consensusKey));
  });

  it('leaves what it takes where it is', () => {
    const pool = poolOf(batch(A, 1), batch(B, 1));
    pool.select(AMPLE);

    expect(pool.load().count).to.equal(2);
  });

  const budgets: readonly (readonly [string, Partial<BlockBudget>, number])[] = [
    ['all records', { recordsMax: 9 }, 3],
    ['one record fewer', { recordsMax: 8 }, 2],
    ['the first two batches', { recordsMax: 6 }, 2],
    ['one record of them fewer', { recordsMax: 5 }, 1],
    ['no batch', { recordsMax: 2 }, 0],
  ];
  for (const [what, budget, count] of budgets) {
    it(`has ${count} of three batches of three records with a budget of ${what}`, () => {
      const pool = poolOf(batch(A, 1, 3), batch(A, 2, 3), batch(A, 3, 3));

      expect(pool.select({ ...AMPLE, ...budget })).to.have.length(count);
    });
  }

  it('has no more batches than a header may name, whatever the records of a block', () => {
    const pool = new BatchPool(64 * MIB);
    const one = batch(A, 1);
    for (let sequence = 1; sequence <= 5_001; sequence++) {
      const signed = { ...one.signed, batch: { ...one.signed.batch, sequence } };
      pool.add({ ...one, id: Uint8Array.of(sequence >> 8, sequence & 255), signed });
    }
    const budget = { ...AMPLE, recordsMax: 50_000, bytesMax: 64 * MIB };

    expect(pool.select(budget)).to.have.length(5_000);
  });

  it('counts bytes to the last, those of evidence not', () => {
    const all = [batch(A, 1), { ...batch(A, 2), keptBytes: 5 * MIB }];
    const bytesMax = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const counts = [bytesMax, bytesMax - 1].map(
      (max) => poolOf(...all).select({ ...AMPLE, bytesMax: max }).length,
    );

    expect(counts).to.deep.equal([2, 1]);
  });

  it('lets no later batch overtake one that does not fit', () => {
    const all = [batch(A, 1, 2), batch(A, 2, 5), batch(A, 3, 1)];
    const taken = poolOf(...all).select({ ...AMPLE, recordsMax: 4 });

    expect(indexesOf(taken, all)).to.deep.equal([0]);
  });
});

describe('a selection by time', () => {
  const window: TimeWindow = { startMs: 1_000, endMs: 1_999 };
  const cases: readonly (readonly [number, boolean])[] = [
    [999, false],
    [1_000, true],
    [1_999, true],
    [2_000, false],
  ];
  for (const [timestampMs, isIn] of cases) {
    it(`of ${timestampMs} ms ${isIn ? 'has' : 'lacks'} a batch for 1000 to 1999 ms`, () => {
      const pool = poolOf({ ...batch(A, 1), window });

      expect(pool.select({ ...AMPLE, timestampMs })).to.have.length(isIn ? 1 : 0);
      expect(pool.hasWork(timestampMs)).to.equal(isIn);
    });
  }

  it('passes over a batch that lies ahead, not over later ones of its aggregator', () => {
    const all = [{ ...batch(A, 1), window: { startMs: 3_000, endMs: 9_000 } }, batch(A, 2)];
    const taken = poolOf(...all).select({ ...AMPLE, timestampMs: 2_000_000_000_000 - 1 });
    const before = poolOf(...all).select({ ...AMPLE, timestampMs: 1_800_000_000_000 });

    expect(indexesOf(taken, all)).to.deep.equal([1]);
    expect(indexesOf(before, all)).to.deep.equal([1]);
  });

  it('finds no work in an empty pool', () => {
    expect(poolOf().hasWork(0)).to.equal(false);
  });
});

describe('R19: a selection with suspects', () => {
  const idsOf = (...batches: readonly PooledBatch[]): readonly Uint8Array[] =>
    batches.map(({ id }) => id);

  it('is a suspect alone, where it is the first of its aggregator', () => {
    const all = [batch(A, 1), batch(A, 2), batch(B, 1)];
    const suspects = all.slice(2);
    const taken = poolOf(...all).select({ ...AMPLE, suspects: idsOf(...suspects) });

    expect(indexesOf(taken, all)).to.deep.equal([2]);
  });

  it('is one of several suspects', () => {
    const all = [batch(A, 1), batch(B, 1), batch(C, 1)];
    const taken = poolOf(...all).select({ ...AMPLE, suspects: idsOf(...all) });

    expect(indexesOf(taken, all)).to.deep.equal([0]);
  });

  it('ends each lane before its suspect', () => {
    const all = [batch(A, 1), batch(A, 2), batch(A, 3), batch(B, 1), batch(B, 2)];
    const suspects = all.slice(1, 2);
    const taken = poolOf(...all).select({ ...AMPLE, suspects: idsOf(...suspects) });

    expect(indexesOf(taken, all)).to.deep.equal([0, 3, 4]);
  });

  it('knows nothing of a suspect that it does not hold, or whose time it is not', () => {
    const late = { ...batch(A, 1), window: { startMs: 0, endMs: 1 } };
    const all = [late, batch(A, 2), batch(B, 1)];
    const suspects = idsOf(late, batch(C, 5));
    const taken = poolOf(...all).select({ ...AMPLE, suspects });

    expect(indexesOf(taken, all)).to.deep.equal([1, 2]);
  });
});

describe('a dead batch', () => {
  const window: TimeWindow = { startMs: 1_000, endMs: 1_999 };

  it('is one whose sequence is passed over', () => {
    const state = stateAfter({ [A]: 5 });
    const fates = [4, 5, 6].map((sequence) => isDead(batch(A, sequence), state, 0));

    expect(fates).to.deep.equal([true, true, false]);
  });

  it('is not passed over by another’s sequence', () => {
    expect(isDead(batch(A, 1), stateAfter({ [B]: 5 }), 0)).to.equal(false);
  });

  it('may have sequence 0 where its aggregator has committed nothing', () => {
    expect(isDead(batch(A, 0), stateAfter({}), 0)).to.equal(false);
    expect(isDead(batch(A, 0), stateAfter({ [A]: 0 }), 0)).to.equal(true);
  });

  it('is one whose window ends with the block, since the next block is later', () => {
    const state = stateAfter({});
    const fates = [0, 1_998, 1_999, 2_000].map((timestampMs) =>
      isDead({ ...batch(A, 1), window }, state, timestampMs),
    );

    expect(fates).to.deep.equal([false, false, true, true]);
  });

  it('is found among all', () => {
    const all = [batch(A, 4), batch(A, 6), { ...batch(B, 1), window }, batch(C, 9)];
    const dead = poolOf(...all).findDead(stateAfter({ [A]: 5 }), 5_000);

    expect(indexesOf(dead, all)).to.deep.equal([0, 2]);
  });
});
