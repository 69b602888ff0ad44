import path from 'node:path';

import { expect } from 'chai';

import type { CrashPoint } from '../../../node/crashPoint.ts';
import { openLevelWorkStore } from '../../../node/store/levelWorkStore.ts';
import type { WorkChange } from '../../../node/store/workStore.ts';
import { describeWorkStore } from '../../contract/workStore.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { cameraSubmissionOf, receiptIdOf, receiptOf, waitingBatchOf } from '../../support/work.ts';

const CHANGES: readonly WorkChange[] = [
  { type: 'put-receipt', receipt: receiptOf(1) },
  { type: 'put-submission', submission: cameraSubmissionOf(1) },
  { type: 'put-batch', batch: waitingBatchOf(1, [1]) },
  { type: 'put-sequence', sequence: 1 },
];

describe('LevelDB', () => {
  const folder = temporaryFolder();
  let count = 0;
  const newPath = (): string => path.join(folder, `work-${(count += 1)}`);

  describeWorkStore('LevelDB', () => openLevelWorkStore(newPath()));

  it('keeps work when it is closed and opened again', async () => {
    const work = newPath();
    const first = await openLevelWorkStore(work);
    await first.write(CHANGES, { durable: false });
    await first.close();

    const second = await openLevelWorkStore(work);
    expect(second.readReceipt(receiptIdOf(1))).to.deep.equal(receiptOf(1));
    expect(second.readSubmission(receiptIdOf(1))).to.deep.equal(cameraSubmissionOf(1));
    expect(await Array.fromAsync(second.batches())).to.deep.equal([waitingBatchOf(1, [1])]);
    expect(second.readSequence()).to.equal(1);
    await second.close();
  });

  it('passes the points of a write, those of a sync only where it is durable', async () => {
    const points: CrashPoint[] = [];
    const store = await openLevelWorkStore(newPath(), { onPoint: (point) => points.push(point) });

    await store.write(CHANGES, { durable: false });
    expect(points.splice(0)).to.deep.equal(['before-append', 'after-append']);
    await store.write(CHANGES, { durable: true });
    expect(points).to.deep.equal(['before-append', 'before-sync', 'after-append', 'after-sync']);
    await store.close();
  });
});
