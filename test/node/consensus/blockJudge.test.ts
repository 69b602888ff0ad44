import { expect } from 'chai';

import type { Header } from '../../../chain/block.ts';
import { ChainError } from '../../../chain/errors.ts';
import { InvariantError } from '../../../chain/invariant.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { checkNamed, judgeBlock } from '../../../node/consensus/blockJudge.ts';
import type { PooledBatch } from '../../../node/mempool/batchPool.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { pooledOf, sentBatchOf } from '../../support/sentBatches.ts';
import { DriveRig } from './driveRig.ts';

const A = pooledOf(sentBatchOf('v1', 1));
const A2 = pooledOf(sentBatchOf('v1', 2));
const B = pooledOf(sentBatchOf('v2', 1));

/** A validator whose pool holds batches, and the block that holds them all. */
async function withBlock(
  ...batches: readonly PooledBatch[]
): Promise<{ readonly rig: DriveRig; readonly header: Header }> {
  const rig = await DriveRig.open('v0');
  for (const each of batches) rig.pool.add(each);
  return { rig, header: rig.propose() };
}

function codeOf(rig: DriveRig, header: Header): string {
  try {
    judgeBlock(header, rig);
    return 'accepted';
  } catch (error) {
    if (error instanceof ChainError) return error.code;
    throw error;
  }
}

describe('what a header names, as far as it is here', () => {
  const header = { timestampMs: 1_000 };
  const sized = (sizeBytes: number): PooledBatch => ({ ...A, sizeBytes, window: WINDOW });
  const WINDOW = { startMs: 1_000, endMs: 1_000 };
  const params = { ...DEFAULT_PARAMS, blockRecordsMax: 2, blockBytesMax: 100 };
  const codeFor = (named: readonly PooledBatch[], timestampMs = 1_000): string => {
    try {
      checkNamed({ ...header, timestampMs }, named, params);
      return 'accepted';
    } catch (error) {
      return error instanceof ChainError ? error.code : String(error);
    }
  };

  it('may be nothing, or as much as a block holds', () => {
    expect([codeFor([]), codeFor([sized(50), sized(50)])]).to.deep.equal(['accepted', 'accepted']);
  });

  it('is refused beyond the bytes or the records of a block', () => {
    const many = [1, 2, 3].map(() => sized(1));

    expect([codeFor([sized(50), sized(51)]), codeFor(many)]).to.deep.equal([
      'ERR_LIMIT',
      'ERR_LIMIT',
    ]);
  });

  for (const timestampMs of [999, 1_001]) {
    it(`is refused where it may not stand in a block of ${timestampMs} ms`, () => {
      expect(codeFor([sized(1)], timestampMs)).to.equal('ERR_BLOCK_TIME');
    });
  }
});

describe('R1: a proposed block', () => {
  it('is accepted as its proposer built it, and yields the same results', async () => {
    const { rig, header } = await withBlock(A, A2, B);
    const execution = judgeBlock(header, rig);

    expect(execution.stateRoot).to.deep.equal(header.stateRoot);
    expect(execution.entries).to.have.length(3);
    expect(execution).to.deep.equal(rig.build('v1', {})?.execution);
  });

  it('is accepted without batches when the keep-alive is due', async () => {
    const { rig, header } = await withBlock();

    expect(codeOf(rig, header)).to.equal('accepted');
  });

  it('changes nothing by being judged', async () => {
    const { rig, header } = await withBlock(A);
    judgeBlock(header, rig);

    expect([rig.pool.load().count, rig.ledger.edge().header.height]).to.deep.equal([1, 0]);
  });

  const wrong: readonly (readonly [string, string, (header: Header) => Partial<Header>])[] = [
    ['of another chain', 'ERR_CHAIN_ID', () => ({ chainId: hashOfText('another chain') })],
    ['of the parent’s height', 'ERR_HEIGHT', () => ({ height: 0 })],
    ['of a height too high', 'ERR_HEIGHT', () => ({ height: 2 })],
    ['on another parent', 'ERR_PARENT', () => ({ parentHash: hashOfText('another parent') })],
    [
      'with its parent’s time',
      'ERR_BLOCK_TIME',
      ({ timestampMs }) => ({ timestampMs: timestampMs - 10_000 }),
    ],
    ['with another time', 'ERR_LOG_ROOT', ({ timestampMs }) => ({ timestampMs: timestampMs + 1 })],
    ['with another set', 'ERR_VALIDATOR_SET', () => ({ validatorSetHash: hashOfText('set') })],
    ['with another log size', 'ERR_LOG_ROOT', ({ logSize }) => ({ logSize: logSize + 1 })],
    ['with another log root', 'ERR_LOG_ROOT', () => ({ logRoot: hashOfText('root') })],
    ['with another state root', 'ERR_STATE_ROOT', () => ({ stateRoot: hashOfText('root') })],
    ['that names a lost view', 'ERR_STATE_ROOT', () => ({ view: 1 })],
    ['without its batches', 'ERR_BLOCK_TIME', () => ({ batchIds: [] })],
    ['with one batch fewer', 'ERR_LOG_ROOT', ({ batchIds }) => ({ batchIds: batchIds.slice(1) })],
    [
      'with its batches in another order',
      'ERR_LOG_ROOT',
      ({ batchIds: [a, b, ...rest] }) => ({ batchIds: [b ?? A.id, a ?? A.id, ...rest] }),
    ],
    [
      'with a batch twice',
      'ERR_SEQUENCE',
      ({ batchIds }) => ({ batchIds: [...batchIds, ...batchIds] }),
    ],
    [
      'with an institution’s batches out of order',
      'ERR_SEQUENCE',
      () => ({ batchIds: [A2.id, A.id, B.id] }),
    ],
  ];
  for (const [what, code, change] of wrong) {
    it(`is refused ${what}`, async () => {
      const { rig, header } = await withBlock(A, A2, B);

      expect(codeOf(rig, { ...header, ...change(header) })).to.equal(code);
    });
  }

  it('is refused without batches a millisecond before the keep-alive is due', async () => {
    const { rig, header } = await withBlock();

    expect(codeOf(rig, { ...header, timestampMs: header.timestampMs - 1 })).to.equal(
      'ERR_BLOCK_TIME',
    );
  });

  it('is refused with a batch that an earlier block has passed over', async () => {
    const { rig } = await withBlock(A2);
    await rig.drive.start();
    await rig.drive.applySynced(rig.decide(rig.propose()));
    const empty = rig.propose();
    rig.pool.add(A);
    const header = { ...empty, batchIds: [A.id] };

    expect(codeOf(rig, header)).to.equal('ERR_SEQUENCE');
    await rig.drive.stop();
  });

  it('is refused with more records than a block may have', async () => {
    const params = { blockRecordsMax: 1 };
    const rig = await DriveRig.open('v0', { params });
    rig.pool.add(A);
    const header = rig.propose();
    rig.pool.add(B);

    expect(codeOf(rig, header)).to.equal('accepted');
    expect(codeOf(rig, { ...header, batchIds: [A.id, B.id] })).to.equal('ERR_LIMIT');
  });

  it('stops the node where a batch is not here: nobody may ask for that', async () => {
    const { rig, header } = await withBlock(A);
    rig.pool.remove(A.id);

    expect(() => judgeBlock(header, rig)).to.throw(InvariantError, 'R1');
  });
});

describe('R1: a proposed block and the times of its batches', () => {
  const cases: readonly (readonly [string, number, number, string])[] = [
    ['begins with the block', 0, 1, 'accepted'],
    ['ends with the block', -1, 0, 'accepted'],
    ['is the block’s time alone', 0, 0, 'accepted'],
    ['begins a millisecond later', 1, 2, 'ERR_BLOCK_TIME'],
    ['ended a millisecond before', -2, -1, 'ERR_BLOCK_TIME'],
  ];
  for (const [what, startMs, endMs, code] of cases) {
    it(`are judged: one whose time ${what} is ${code}`, async () => {
      const { rig, header } = await withBlock(A, B);
      const { timestampMs: atMs } = header;
      rig.pool.remove(B.id);
      rig.pool.add({ ...B, window: { startMs: atMs + startMs, endMs: atMs + endMs } });

      expect(codeOf(rig, header)).to.equal(code);
    });
  }
});
