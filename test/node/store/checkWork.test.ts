import { expect } from 'chai';

import type { ChainStore } from '../../../node/store/chainStore.ts';
import { checkWork } from '../../../node/store/checkWork.ts';
import { createMemoryChainStore } from '../../../node/store/memoryChainStore.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { hashKey } from '../../../node/store/chainKey.ts';
import { RowChainStore } from '../../../node/store/rowChainStore.ts';
import { RowWorkStore } from '../../../node/store/rowWorkStore.ts';
import { batchKey, idKey } from '../../../node/store/workKey.ts';
import type { WorkChange, WorkStore } from '../../../node/store/workStore.ts';
import { cameraRecord, ChainBuilder, hashOf } from '../../support/chainBuilder.ts';
import { fillFrom } from '../../support/chainFilling.ts';
import { builtEquivocation, builtItem } from '../../support/equivocations.ts';
import {
  cameraSubmissionOf,
  certificateOf,
  evidenceOf,
  receiptIdOf,
  receiptOf,
  waitingBatchOf,
} from '../../support/work.ts';

/** A submission that waits, a batch that waits and one that is committed, each with all it needs. */
const builder = new ChainBuilder();
const ITEM = builtItem(builder, { index: 1 });
const EQUIVOCATION = builtEquivocation(builder, { index: 1 });
const WAITING = waitingBatchOf(5, [2, 3], [ITEM]);
const BLOCK = builder.build({ batches: [{ records: [cameraRecord(4)] }] });
const COMMITTED_ID = BLOCK.header.batchIds[0]!;
const CHANGES: readonly WorkChange[] = [
  ...[1, 2, 3].flatMap((number): WorkChange[] => [
    { type: 'put-receipt', receipt: receiptOf(number, number === 1 ? 'received' : 'batched') },
    { type: 'put-submission', submission: cameraSubmissionOf(number) },
    { type: 'put-certificate', sent: certificateOf(number), usedAtMs: 0 },
  ]),
  { type: 'put-batch', batch: WAITING },
  { type: 'put-evidence', evidence: evidenceOf(WAITING, [2, 3]) },
  { type: 'put-equivocation', stored: { subject: ITEM.subject, equivocation: EQUIVOCATION } },
  { type: 'put-sequence', sequence: 5 },
  { type: 'put-receipt', receipt: receiptOf(4, 'committed', { batchId: COMMITTED_ID }) },
  { type: 'put-receipt', receipt: receiptOf(5, 'rejected') },
];

describe('the check of a work store', () => {
  let rows: MemoryRows;
  let work: WorkStore;
  let chain: ChainStore;

  beforeEach(async () => {
    rows = new MemoryRows();
    work = new RowWorkStore(rows);
    chain = createMemoryChainStore();
    await chain.commit(builder.genesis);
    await chain.commit(BLOCK);
    await work.write(CHANGES, { durable: true });
  });

  const problemsOf = async (): Promise<string> => {
    // As after a restart: what was written lately is known only from the rows.
    const { problems } = await checkWork({ work: new RowWorkStore(rows), chain });
    return problems.map(({ what }) => what).join('\n');
  };

  it('finds nothing in a store that is whole', async () => {
    expect(await checkWork({ work, chain })).to.deep.equal({
      submissionCount: 3,
      receiptCount: 5,
      batchCount: 1,
      evidenceCount: 1,
      equivocationCount: 1,
      problems: [],
    });
  });

  it('finds nothing wrong with a batch of another institution, for which no receipt waits', async () => {
    const foreign = { ...waitingBatchOf(99, [7]), receiptIds: [] };
    await work.write(
      [
        { type: 'put-batch', batch: foreign },
        { type: 'put-certificate', sent: certificateOf(7), usedAtMs: 0 },
        { type: 'put-evidence', evidence: evidenceOf(foreign, [7]) },
      ],
      { durable: true },
    );

    expect(await problemsOf()).to.equal('');
  });

  it('finds the evidence of such a batch missing', async () => {
    const foreign = { ...waitingBatchOf(99, [7]), receiptIds: [] };
    await work.write([{ type: 'put-batch', batch: foreign }], { durable: true });

    expect(await problemsOf()).to.match(/^the evidence of waiting batch .* is missing$/);
  });

  const changed = [
    [
      'a submission of another picture than its receipt',
      { type: 'put-receipt', receipt: { ...receiptOf(1), imageHash: hashOf('other') } },
      /about different pictures/,
    ],
    [
      'a receipt without its submission',
      { type: 'delete-submission', receiptId: receiptIdOf(1) },
      /is received, but its submission is missing/,
    ],
    [
      'a receipt that is committed in no batch',
      { type: 'put-receipt', receipt: receiptOf(4, 'committed') },
      /is committed in no batch/,
    ],
    [
      'a receipt that is committed in a batch that is not on the chain',
      { type: 'put-receipt', receipt: receiptOf(4, 'committed', { batchId: hashOf('none') }) },
      /is committed in no batch/,
    ],
    [
      'a receipt that is committed in a batch without its picture',
      { type: 'put-receipt', receipt: receiptOf(6, 'committed', { batchId: COMMITTED_ID }) },
      /does not hold its picture/,
    ],
    [
      'a batch whose id is another',
      { type: 'put-batch', batch: { ...waitingBatchOf(4, [2]), batchId: hashOf('other') } },
      /is another batch/,
    ],
    [
      'a batch with too few receipts',
      { type: 'put-batch', batch: { ...waitingBatchOf(4, [2, 3]), receiptIds: [receiptIdOf(2)] } },
      /has 2 records, 1 receipts/,
    ],
    [
      'a batch with a receipt for its status item',
      {
        type: 'put-batch',
        batch: {
          ...waitingBatchOf(4, [2], [ITEM]),
          receiptIds: [receiptIdOf(2), receiptIdOf(3)],
        },
      },
      /has 1 records, 2 receipts/,
    ],
    [
      'an equivocation that is none',
      {
        type: 'put-equivocation',
        stored: { subject: ITEM.subject, equivocation: { ...EQUIVOCATION, view: 7 } },
      },
      /^ERR_SIGNATURE/,
    ],
    [
      'an equivocation of another offender',
      {
        type: 'put-equivocation',
        stored: { subject: hashOf('other'), equivocation: EQUIVOCATION },
      },
      /is stored for another offender/,
    ],
    [
      'a batch with the receipt of another picture',
      { type: 'put-batch', batch: { ...waitingBatchOf(4, [2]), receiptIds: [receiptIdOf(3)] } },
      /record 0 of .* has no receipt/,
    ],
    [
      'a batch whose sequence is above the highest',
      { type: 'put-batch', batch: waitingBatchOf(6, [2]) },
      /uses sequence 6/,
    ],
    [
      'a batch without evidence',
      { type: 'put-batch', batch: waitingBatchOf(4, [2]) },
      /the evidence of .* is missing/,
    ],
    [
      'evidence of other records than the batch has',
      { type: 'put-evidence', evidence: evidenceOf(WAITING, [2, 1]) },
      /is not what the batch commits to/,
    ],
    [
      'evidence of other records than a batch of the chain has',
      { type: 'put-evidence', evidence: { batchId: COMMITTED_ID, items: [] } },
      /is not what the batch commits to/,
    ],
  ] as const satisfies readonly (readonly [string, WorkChange, RegExp])[];

  for (const [name, change, expected] of changed) {
    it(`finds ${name}`, async () => {
      await work.write([change], { durable: true });

      expect(await problemsOf()).to.match(expected);
    });
  }

  it('finds a receipt whose batch is lost, though its entry is there', async () => {
    const chainRows = new MemoryRows();
    chain = new RowChainStore(chainRows);
    await chain.commit(builder.genesis);
    await chain.commit(BLOCK);
    await chainRows.write([{ key: hashKey('batch', COMMITTED_ID), value: undefined }]);

    expect(await problemsOf()).to.match(/is committed in no batch/);
  });

  describe('beside a chain that begins after the batch of a receipt', () => {
    const put = (change: WorkChange): Promise<void> => work.write([change], { durable: true });

    beforeEach(async () => {
      const whole = chain;
      chain = createMemoryChainStore();
      await fillFrom(chain, whole);
    });

    it('finds the entry that the receipt led to', async () => {
      expect(chain.readBatch(COMMITTED_ID)).to.equal(undefined);
      expect(await problemsOf()).to.equal('');
    });

    for (const [what, number, batchId] of [
      ['another picture', 6, COMMITTED_ID],
      ['another batch', 4, hashOf('none')],
      ['no batch', 4, undefined],
    ] as const) {
      it(`finds a receipt of ${what}`, async () => {
        const receipt = receiptOf(number, 'committed', { batchId });
        await put({ type: 'put-receipt', receipt });

        expect(await problemsOf()).to.match(/is committed in no batch/);
      });
    }
  });

  it('finds nothing wrong with an equivocation of a height that the chain has not reached', async () => {
    const equivocation = builtEquivocation(builder, { index: 1, height: 99 });
    const stored = { subject: ITEM.subject, equivocation };
    await work.write([{ type: 'put-equivocation', stored }], { durable: true });

    expect(await problemsOf()).to.equal('');
  });

  const submission = cameraSubmissionOf(1);
  const removed = [
    ['a receipt', idKey('receipt', receiptIdOf(1)), /submission .* has no receipt/],
    [
      'a certificate',
      idKey('certificate', submission.certificateId),
      /the certificate of .* is missing/,
    ],
    [
      "evidence's certificate",
      idKey('certificate', cameraSubmissionOf(2).certificateId),
      /of evidence of batch .* is missing/,
    ],
    ['the highest sequence', new TextEncoder().encode('q'), /uses sequence 5/],
  ] as const;

  for (const [name, key, expected] of removed) {
    it(`finds that ${name} is removed`, async () => {
      await rows.write([{ key, value: undefined }]);

      expect(await problemsOf()).to.match(expected);
    });
  }

  const overwritten = [
    ['a receipt', idKey('receipt', receiptIdOf(5))],
    ['a submission', idKey('submission', receiptIdOf(1))],
    ['a waiting batch', batchKey(5, WAITING.batchId)],
    ['evidence', idKey('evidence', WAITING.batchId)],
  ] as const;

  for (const [name, key] of overwritten) {
    it(`finds that ${name} does not decode`, async () => {
      await rows.write([{ key, value: Uint8Array.of(0xc1) }]);

      expect(await problemsOf()).to.match(/does not decode/);
    });
  }

  const misplaced = [
    ['receipt', idKey('receipt', receiptIdOf(5))],
    ['submission', idKey('submission', receiptIdOf(1))],
    ['evidence', idKey('evidence', WAITING.batchId)],
  ] as const;

  for (const [table, key] of misplaced) {
    it(`finds a ${table} under the id of another`, async () => {
      const value = rows.get(key);
      const other = idKey(table, table === 'evidence' ? hashOf('') : receiptIdOf(9));
      await rows.write([{ key: other, value }]);

      expect(await problemsOf()).to.match(/is stored under another id/);
    });
  }
});
