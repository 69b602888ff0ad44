/** Status items on their way through batcher, block, settlement and restart. */
import { expect } from 'chai';

import { sha256 } from '#crypto';

import type { Item, StatusItem } from '../../../chain/batch.ts';
import { checkBatch } from '../../../chain/checkBatch.ts';
import { checkEvidence } from '../../../chain/evidence.ts';
import type { PooledBatch } from '../../../node/mempool/batchPool.ts';
import { StatusQueue } from '../../../node/intake/statusQueue.ts';
import { authorityOf, createCamera, MADE_AT_S } from '../../support/certificates.ts';
import { batchOf, contextOf } from '../../support/chainValues.ts';
import { itemBy } from '../../support/equivocations.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { CA, NodeRig, type RigDisk, type RigOptions } from '../../support/nodeRig.ts';
import { NOW_S, requestOf } from '../../support/shots.ts';

const CAMERA = createCamera(CA);
const ITEM = itemBy({ index: 0 });

/** Opens a rig whose batches go nowhere: nothing drives it. */
function open(options: Partial<RigOptions> = {}): Promise<NodeRig> {
  const params = { batchTarget: 4, batchMax: 6, batchWaitMs: 1_000, ...options.params };
  return NodeRig.open({ validatorCount: 100, ...options, params });
}

function itemsOf(batch: PooledBatch | undefined): readonly Item[] {
  return batch?.signed.batch.items ?? [];
}

/** Kinds of the items of each batch. */
function kindsOf(rig: NodeRig): readonly (readonly number[])[] {
  return rig.batches.map((batch) => itemsOf(batch).map(({ kind }) => kind));
}

async function validate(rig: NodeRig, count: number, prefix = 'p'): Promise<void> {
  for (let i = 0; i < count; i++) await rig.validate(requestOf(CAMERA, `${prefix}${i}`));
}

/** Items about so many validators. */
function itemsAbout(count: number): readonly StatusItem[] {
  return Array.from({ length: count }, (_, index) => itemBy({ index }));
}

describe('a status item that is pushed', () => {
  it('goes into the next batch, behind its photographs', async () => {
    const rig = await open();
    rig.batcher.pushStatus(ITEM);
    await validate(rig, 2);
    const batch = await rig.cut();

    expect(kindsOf(rig)).to.deep.equal([[1, 1, 4]]);
    expect(itemsOf(batch)[2]).to.deep.equal(ITEM);
  });

  it('makes a batch alone after batch_wait_ms, not a millisecond before', async () => {
    const rig = await open();
    rig.batcher.pushStatus(ITEM);
    await rig.clock.advance(999);
    const before = rig.batches.length;
    await rig.clock.advance(1);
    await rig.until(() => rig.batches.length > 0);

    expect([before, kindsOf(rig)]).to.deep.equal([0, [[4]]]);
  });

  it('does not wait longer for a photograph that came after it', async () => {
    const rig = await open();
    rig.batcher.pushStatus(ITEM);
    await rig.clock.advance(999);
    await validate(rig, 1);
    await rig.clock.advance(1);
    await rig.until(() => rig.batches.length > 0);

    expect(kindsOf(rig)).to.deep.equal([[1, 4]]);
  });

  it('does not wait longer than a photograph that came before it', async () => {
    const rig = await open();
    await validate(rig, 1);
    await rig.clock.advance(999);
    rig.batcher.pushStatus(ITEM);
    await rig.clock.advance(1);
    await rig.until(() => rig.batches.length > 0);

    expect(kindsOf(rig)).to.deep.equal([[1, 4]]);
  });

  it('goes with a full batch at once', async () => {
    const rig = await open();
    rig.batcher.pushStatus(ITEM);
    await validate(rig, 4);
    await rig.clock.advance(0);
    await rig.until(() => rig.batches.length > 0);

    expect(kindsOf(rig)).to.deep.equal([[1, 1, 1, 1, 4]]);
  });

  it('takes its place within batch_max; photographs that find none follow', async () => {
    const rig = await open();
    for (const item of itemsAbout(2)) rig.batcher.pushStatus(item);
    await validate(rig, 7);
    await rig.clock.advance(0);
    await rig.until(() => rig.batches.length > 0);
    await rig.clock.advance(1_000);
    await rig.until(() => rig.batches.length > 1);

    expect(kindsOf(rig)).to.deep.equal([
      [1, 1, 1, 1, 4, 4],
      [1, 1, 1],
    ]);
  });

  it('comes before photographs where a batch has room for one item', async () => {
    const rig = await open({ params: { batchTarget: 1, batchMax: 1 } });
    rig.batcher.pushStatus(ITEM);
    await validate(rig, 1);
    await rig.clock.advance(0);
    await rig.until(() => rig.batches.length > 0);
    await rig.clock.advance(1_000);
    await rig.until(() => rig.batches.length > 1);

    expect(kindsOf(rig)).to.deep.equal([[4], [1]]);
  });

  it('waits for another batch where there would be more than batch_max', async () => {
    const rig = await open({ params: { batchTarget: 1, batchMax: 2 } });
    for (const item of itemsAbout(3)) rig.batcher.pushStatus(item);
    await rig.clock.advance(1_000);
    while (rig.batches.length < 2) await rig.clock.advance(0);

    expect(kindsOf(rig)).to.deep.equal([[4, 4], [4]]);
  });

  it('waits for another batch where there would be more than validators', async () => {
    const rig = await open({ validatorCount: 2 });
    for (const item of itemsAbout(5)) rig.batcher.pushStatus(item);
    await rig.clock.advance(1_000);
    while (rig.batches.length < 3) await rig.clock.advance(0);

    expect(kindsOf(rig)).to.deep.equal([[4, 4], [4, 4], [4]]);
  });

  it('is taken once while it waits, and while its batch does', async () => {
    const rig = await open();
    rig.batcher.pushStatus(ITEM);
    rig.batcher.pushStatus(itemBy({ index: 0, view: 1 }));
    await rig.cut();
    rig.batcher.pushStatus(ITEM);
    await rig.clock.advance(60_000);

    expect(kindsOf(rig)).to.deep.equal([[4]]);
    expect(rig.clock.timerCount).to.equal(0);
  });

  it('is no submission: nothing is pending, nothing is counted', async () => {
    const rig = await open();
    rig.batcher.pushStatus(ITEM);

    expect([rig.batcher.waitingCount(), rig.receipts.pendingCount()]).to.deep.equal([0, 0]);
  });

  it('is not cut once the batcher has stopped, and leaves no timer', async () => {
    const rig = await open();
    rig.batcher.pushStatus(ITEM);
    await rig.batcher.stop();
    rig.batcher.pushStatus(itemBy({ index: 1 }));

    expect(rig.clock.timerCount).to.equal(0);
    expect(rig.batches).to.deep.equal([]);
  });

  it('leaves room for itself in the bytes of a block', async () => {
    const params = {
      batchTarget: 150,
      batchMax: 1_000,
      blockRecordsMax: 1_000,
      blockBytesMax: 65_536,
    };
    const rig = await open({ params });
    const parents = Array.from({ length: 16 }, (_, i) => sha256(Uint8Array.of(i)));
    for (const item of itemsAbout(40)) rig.batcher.pushStatus(item);
    for (let i = 0; i < 150; i++) {
      await rig.validate(requestOf(CAMERA, `p${i}`, { form: 3, claims: { parents } }));
    }
    await rig.clock.advance(0);
    await rig.until(() => rig.batches.length > 0);
    const [batch] = rig.batches;

    expect(itemsOf(batch).filter(({ kind }) => kind === 4)).to.have.length(40);
    expect(batch?.sizeBytes).to.be.within(60_000, 65_536);
  });
});

describe('a batch of status items alone', () => {
  it('commits to no evidence, and passes every check of the chain', async () => {
    const rig = await open();
    rig.batcher.pushStatus(ITEM);
    const { id, signed, evidence } = await rig.cut();

    expect(evidence).to.deep.equal({ certificates: [], items: [] });
    expect(signed.batch.evidenceRoot).to.deep.equal(sha256(new Uint8Array()));
    expect(checkBatch(signed, rig.ledger.edge().state)).to.deep.equal(id);
    await checkEvidence(signed.batch, evidence, contextOf([authorityOf([CA])]));
  });

  it('is durable before anyone gets it', async () => {
    const rig = await open();
    rig.batcher.pushStatus(ITEM);
    rig.points.length = 0;
    await rig.cut();

    expect(rig.points).to.deep.equal([
      'before-batch-cut',
      'before-append',
      'before-sync',
      'after-append',
      'after-sync',
      'after-batch-cut',
    ]);
    expect(await Array.fromAsync(rig.work.batches())).to.have.length(1);
    expect(rig.work.readSequence()).to.equal(1);
  });

  it('is committed, and leaves nothing behind', async () => {
    const rig = await open();
    await rig.drive.start();
    rig.batcher.pushStatus(ITEM);
    await rig.cut();
    await rig.until(() => rig.ledger.edge().header.height === 1);

    expect(rig.ledger.edge().state.offenders).to.deep.equal([{ subject: ITEM.subject, height: 1 }]);
    expect(rig.ledger.recordCount()).to.equal(0);
    await rig.drive.stop();
    expect(await Array.fromAsync(rig.work.batches())).to.deep.equal([]);
    expect(rig.faults).to.deep.equal([]);
  });
});

describe('a batch of photographs and a status item', () => {
  it('ends the receipts of its photographs', async () => {
    const rig = await open();
    await rig.drive.start();
    const ids = [
      await rig.validate(requestOf(CAMERA, 'a')),
      await rig.validate(requestOf(CAMERA, 'b')),
    ];
    rig.batcher.pushStatus(ITEM);
    await rig.cut();
    await rig.until(() => rig.stateOf(ids[1]!) === 'committed');

    expect(kindsOf(rig)).to.deep.equal([[1, 1, 4]]);
    expect(ids.map((id) => rig.stateOf(id))).to.deep.equal(['committed', 'committed']);
    expect(rig.ledger.recordCount()).to.equal(2);
  });

  it('ends them also where the status item made no entry', async () => {
    const rig = await open();
    await rig.drive.start();
    rig.batcher.pushStatus(ITEM);
    await rig.cut();
    await rig.until(() => rig.ledger.edge().header.height === 1);
    const id = await rig.validate(requestOf(CAMERA, 'a'));
    rig.batcher.pushStatus(itemBy({ index: 0, height: 2 }));
    await rig.cut();
    await rig.until(() => rig.stateOf(id) === 'committed');

    expect(kindsOf(rig)).to.deep.equal([[4], [1, 4]]);
    expect(rig.ledger.edge().state.offenders).to.have.length(1);
    expect(rig.receipts.pendingCount()).to.equal(0);
  });

  it('is taken apart for a photograph that came too late: the item goes into the next', async () => {
    const rig = await open({ params: { lateGraceS: 0 } });
    const old = createCamera(CA, { notBefore: MADE_AT_S, notAfter: NOW_S + 2 }, 'SN-OLD');
    const late = await rig.validate(requestOf(old, 'late'));
    const good = await rig.validate(requestOf(CAMERA, 'good'));
    rig.batcher.pushStatus(ITEM);
    const batch = await rig.cut();
    await rig.settlement.takeApart(batch, (NOW_S + 9) * 1_000);
    await rig.cut();

    expect([rig.stateOf(late), rig.stateOf(good)]).to.deep.equal(['rejected', 'batched']);
    expect(kindsOf(rig)).to.deep.equal([
      [1, 1, 4],
      [1, 4],
    ]);
  });
});

describe('a restart', () => {
  async function restart(disk: RigDisk): Promise<NodeRig> {
    const clock = new FakeClock((NOW_S + 60) * 1_000);
    const rig = await open({ disk, clock, firstSequence: 100 });
    await rig.recover();
    return rig;
  }

  it('finds a waiting batch with a status item, and commits it as it was cut', async () => {
    const rig = await open();
    const id = await rig.validate(requestOf(CAMERA, 'a'));
    rig.batcher.pushStatus(ITEM);
    const batch = await rig.cut();
    const after = await restart(rig.disk);
    await after.drive.start();
    await after.until(() => after.stateOf(id) === 'committed');

    expect(after.ledger.readTransaction(batch.id)?.signed).to.deep.equal(batch.signed);
    expect(after.ledger.edge().state.offenders).to.have.length(1);
    expect(after.faults).to.deep.equal([]);
  });

  it('takes the item of a waiting batch as taken', async () => {
    const rig = await open();
    rig.batcher.pushStatus(ITEM);
    await rig.cut();
    const after = await restart(rig.disk);
    after.batcher.pushStatus(ITEM);
    await after.clock.advance(60_000);

    expect(after.batches).to.deep.equal([]);
  });

  it('settles a batch that was committed just before the end', async () => {
    let isArmed = true;
    const rig = await open({
      onEvent: (event) => {
        if (isArmed && event === 'applied 1') throw new Error('the power is gone');
      },
    });
    await rig.drive.start();
    const id = await rig.validate(requestOf(CAMERA, 'a'));
    rig.batcher.pushStatus(ITEM);
    await rig.cut();
    await rig.until(() => rig.faults.length > 0);
    isArmed = false;
    const after = await restart(rig.disk);

    expect([rig.stateOf(id), after.stateOf(id)]).to.deep.equal(['batched', 'committed']);
    expect(await Array.fromAsync(after.work.batches())).to.deep.equal([]);
    expect(after.pool.load().count).to.equal(0);
  });
});

describe('the queue of status items', () => {
  it('gives the oldest first, each once', () => {
    const queue = new StatusQueue();
    const [a, b, c] = itemsAbout(3) as [StatusItem, StatusItem, StatusItem];
    const isTaken = [a, b, a, c].map((item, i) => queue.push(item, 10 + i));

    expect(isTaken).to.deep.equal([true, true, false, true]);
    expect(queue.oldestMs()).to.equal(10);
    expect(queue.take(2)).to.deep.equal([a, b]);
    expect(queue.oldestMs()).to.equal(13);
    expect(queue.take(2)).to.deep.equal([c]);
    expect([queue.oldestMs(), queue.take(2)]).to.deep.equal([undefined, []]);
  });

  it('takes one again once its batch is gone, and none of a batch that came back', () => {
    const queue = new StatusQueue();
    const batch = batchOf(undefined, { items: [ITEM] });
    queue.restore(batch);
    const whileWaiting = queue.push(ITEM, 0);
    queue.release(batch);

    expect([whileWaiting, queue.push(ITEM, 0)]).to.deep.equal([false, true]);
  });
});
