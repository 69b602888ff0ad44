import { expect } from 'chai';

import { formatHex } from '../../chain/bytes.ts';
import { MemoryRows } from '../../node/store/memoryRows.ts';
import { RowChainStore } from '../../node/store/rowChainStore.ts';
import { createCamera } from '../support/certificates.ts';
import { fillFrom } from '../support/chainFilling.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { CA, NodeRig, type RigDisk } from '../support/nodeRig.ts';
import { idOf, pooledOf, sentBatchOf } from '../support/sentBatches.ts';
import { NOW_S, requestOf } from '../support/shots.ts';

const CAMERA = createCamera(CA);

/** Opens what a node left and puts everything back; time has moved on by a minute. */
async function restart(disk: RigDisk, firstSequence = 100): Promise<NodeRig> {
  const clock = new FakeClock((NOW_S + 60) * 1_000);
  const rig = await NodeRig.open({ disk, clock, firstSequence });
  await rig.recover();
  return rig;
}

/** A node that ends at the moment at which its next block is written, or just has been. */
async function endAt(point: string): Promise<{ readonly rig: NodeRig; readonly id: Uint8Array }> {
  let isArmed = false;
  const rig = await NodeRig.open({
    onEvent: (event) => {
      if (isArmed && event === point) throw new Error('the power is gone');
    },
  });
  isArmed = true;
  await rig.drive.start();
  const id = await rig.validate(requestOf(CAMERA, 'a'));
  await rig.cut();
  await rig.until(() => rig.faults.length > 0);
  return { rig, id };
}

/** A node that ends when a block is written that passes over its batch 1, which lies ahead. */
async function endPassedOver(): Promise<{ readonly rig: NodeRig; readonly id: Uint8Array }> {
  const clock = new FakeClock((NOW_S + 91) * 1_000);
  let isArmed = false;
  const rig = await NodeRig.open({
    clock,
    onEvent: (event) => {
      if (isArmed && event === 'after-block-write') throw new Error('the power is gone');
    },
  });
  isArmed = true;
  const claims = { capturedAt: NOW_S + 391 };
  const id = await rig.validate(requestOf(CAMERA, 'ahead', { claims }));
  await rig.cut();
  clock.set(-91_000);
  await rig.drive.start();
  await rig.validate(requestOf(CAMERA, 'a'));
  await rig.cut();
  await rig.until(() => rig.faults.length > 0);
  return { rig, id };
}

describe('a restart finds', () => {
  it('nothing on an empty disk', async () => {
    const rig = await NodeRig.open();

    expect(await rig.recover()).to.deep.equal({ batchCount: 0, submissionCount: 0 });
  });

  it('a submission without a verdict, and asks about it', async () => {
    const rig = await NodeRig.open();
    const { id } = await rig.intake.submit(requestOf(CAMERA, 'a'));
    const after = await restart(rig.disk);

    expect(after.due.map(({ receiptId }) => formatHex(receiptId))).to.deep.equal([formatHex(id)]);
    expect(after.receipts.pendingCount()).to.equal(1);
    expect(after.batcher.waitingCount()).to.equal(0);
  });

  it('a validated submission, and batches it without asking again', async () => {
    const rig = await NodeRig.open();
    const id = await rig.validate(requestOf(CAMERA, 'a'));
    await rig.batcher.stop();
    const after = await restart(rig.disk);
    await after.drive.start();
    await after.cut();
    await after.until(() => after.stateOf(id) === 'committed');

    expect(after.due).to.deep.equal([]);
    expect(after.ledger.recordCount()).to.equal(1);
  });

  it('a submission whose verdict a sudden end lost, and asks again', async () => {
    const rig = await NodeRig.open();
    const id = await rig.validate(requestOf(CAMERA, 'a'));
    const after = await restart(rig.disk);

    expect(after.due.map(({ receiptId }) => formatHex(receiptId))).to.deep.equal([formatHex(id)]);
    expect(after.stateOf(id)).to.equal('authority_pending');
    expect(after.receipts.pendingCount()).to.equal(1);
  });

  it('a waiting batch, and commits it as it was cut', async () => {
    const rig = await NodeRig.open();
    const id = await rig.validate(requestOf(CAMERA, 'a'));
    const { id: batchId, signed } = await rig.cut();
    const after = await restart(rig.disk);
    await after.drive.start();
    await after.until(() => after.stateOf(id) === 'committed');

    expect(after.ledger.readTransaction(batchId)?.signed).to.deep.equal(signed);
    expect(after.batches).to.deep.equal([]);
    expect(after.receipts.pendingCount()).to.equal(0);
  });

  it('a committed batch whose receipts are not settled, and settles them', async () => {
    const { rig, id } = await endAt('after-block-write');
    const before = rig.stateOf(id);
    const after = await restart(rig.disk);

    expect([before, after.stateOf(id)]).to.deep.equal(['batched', 'committed']);
    expect(after.receipts.pendingCount()).to.equal(0);
    expect(after.pool.load().count).to.equal(0);
    expect(await Array.fromAsync(after.work.batches())).to.deep.equal([]);
    expect(after.work.readSubmission(id)).to.equal(undefined);
  });

  it('a batch that was committed before the chain begins here, and settles its receipts', async () => {
    const { rig, id } = await endAt('after-block-write');
    const { work, frames } = rig.disk;
    const chain = new MemoryRows();
    await fillFrom(new RowChainStore(chain), new RowChainStore(rig.disk.chain));
    const after = await restart({ chain, work, frames });

    expect(after.ledger.baseHeight()).to.equal(1);
    expect(after.stateOf(id)).to.equal('committed');
    expect(after.receipts.pendingCount()).to.equal(0);
    expect(await Array.fromAsync(after.work.batches())).to.deep.equal([]);
  });

  it('the same again if it ends while settling', async () => {
    const { rig, id } = await endAt('after-block-write');
    await restart(rig.disk);
    const again = await restart(rig.disk);

    expect(again.stateOf(id)).to.equal('committed');
    expect(again.ledger.recordCount()).to.equal(1);
  });

  it('a batch that was proposed and not written, and writes it once', async () => {
    const { rig, id } = await endAt('before-block-write');
    const after = await restart(rig.disk);
    await after.drive.start();
    await after.until(() => after.stateOf(id) === 'committed');

    expect(after.ledger.edge().header.height).to.equal(1);
    expect(after.ledger.recordCount()).to.equal(1);
  });

  it('a batch that a block has passed over and that was not taken apart, and cuts it anew', async () => {
    const { rig, id } = await endPassedOver();
    const before = rig.stateOf(id);
    const after = await restart(rig.disk);
    await after.drive.start();
    await after.clock.advance(61_000);
    await after.until(() => after.stateOf(id) === 'committed' || after.faults.length > 0);

    expect(before).to.equal('batched');
    expect(after.faults).to.deep.equal([]);
    expect(after.batches.map(({ signed }) => signed.batch.sequence)).to.deep.equal([100]);
  });

  it('a batch of another institution, and waits for a block that holds it', async () => {
    const foreign = sentBatchOf('v1', 7);
    const { signed, evidence } = foreign;
    const rig = await NodeRig.open();
    await rig.work.write(
      [
        { type: 'put-batch', batch: { batchId: idOf(foreign), signed, receiptIds: [] } },
        { type: 'put-evidence', evidence: { batchId: idOf(foreign), items: evidence.items } },
        ...evidence.certificates.map((sent) => {
          return { type: 'put-certificate', sent, usedAtMs: 0 } as const;
        }),
      ],
      { durable: true },
    );
    const after = await restart(rig.disk);

    expect(after.pool.all()).to.deep.equal([pooledOf(foreign)]);
    expect(after.receipts.pendingCount()).to.equal(0);
  });

  it('pictures in waiting batches, and takes no second submission of them', async () => {
    const rig = await NodeRig.open();
    const first = await rig.validate(requestOf(CAMERA, 'a'));
    await rig.cut();
    const after = await restart(rig.disk);
    const again = requestOf(CAMERA, 'a', { claims: { capturedAt: NOW_S - 3 } });
    const second = await after.validate(again);
    await after.clock.advance(1_000);

    expect(after.receipt(second).duplicateOf).to.deep.equal(first);
    expect(after.batches).to.deep.equal([]);
  });

  it('waiting batches before it cuts another, however many are validated', async () => {
    const params = { batchTarget: 5, batchMax: 5 };
    const rig = await NodeRig.open({ params });
    await rig.validate(requestOf(CAMERA, 'waiting'));
    await rig.cut();
    for (let i = 0; i < 5; i++) await rig.validate(requestOf(CAMERA, `v${i}`));
    await rig.batcher.stop();
    const clock = new FakeClock((NOW_S + 60) * 1_000);
    const after = await NodeRig.open({ disk: rig.disk, params, clock, firstSequence: 2 });
    await after.recover();
    await after.drive.start();
    await after.clock.advance(1_000);
    await after.until(() => after.ledger.recordCount() === 6 || after.faults.length > 0);

    expect(after.faults).to.deep.equal([]);
  });

  it('no rejected submission', async () => {
    const rig = await NodeRig.open();
    const { id } = await rig.intake.submit(requestOf(CAMERA, 'a'));
    await rig.verdicts.settle(id, { type: 'refused', message: 'no' });
    const after = await restart(rig.disk);

    expect(after.due).to.deep.equal([]);
    expect(after.receipts.pendingCount()).to.equal(0);
  });

  it('everything of every state at once, each counted once', async () => {
    const rig = await NodeRig.open();
    await rig.drive.start();
    await rig.validate(requestOf(CAMERA, 'committed'));
    await rig.cut();
    await rig.until(() => rig.ledger.recordCount() === 1);
    await rig.drive.stop();
    await rig.validate(requestOf(CAMERA, 'batched'));
    await rig.cut();
    await rig.validate(requestOf(CAMERA, 'validated'));
    await rig.intake.submit(requestOf(CAMERA, 'pending'));
    await rig.batcher.stop();
    const after = await NodeRig.open({ disk: rig.disk });

    expect(await after.recover()).to.deep.equal({ batchCount: 1, submissionCount: 3 });
    expect(Object.fromEntries(after.receipts.pendingByState())).to.deep.include({
      authority_pending: 1,
      validated: 1,
      batched: 1,
    });
  });
});
