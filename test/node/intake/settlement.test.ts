import { expect } from 'chai';

import { createCamera, MADE_AT_S } from '../../support/certificates.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { CA, NodeRig } from '../../support/nodeRig.ts';
import { NOW_S, requestOf } from '../../support/shots.ts';

const CAMERA = createCamera(CA);
/** Its certificate ends at the time of every test. */
const OLD_CAMERA = createCamera(CA, { notBefore: MADE_AT_S, notAfter: NOW_S }, 'SN-OLD');
/** Furthest ahead of the node's clock that intake takes. */
const AHEAD_S = 300;

function statesOf(rig: NodeRig, id: Uint8Array): readonly string[] {
  return rig.receipt(id).steps.map(({ state }) => state);
}

describe('a committed batch', () => {
  const commit = async (): Promise<{ readonly rig: NodeRig; readonly id: Uint8Array }> => {
    const rig = await NodeRig.open();
    await rig.drive.start();
    const id = await rig.validate(requestOf(CAMERA, 'a'));
    await rig.cut();
    await rig.until(() => rig.stateOf(id) === 'committed');
    return { rig, id };
  };

  it('ends its receipts', async () => {
    const { rig, id } = await commit();

    expect(statesOf(rig, id)).to.deep.equal([
      'received',
      'certificate_verified',
      'authority_pending',
      'validated',
      'batched',
      'committed',
    ]);
    expect(rig.receipts.pendingCount()).to.equal(0);
  });

  it('leaves neither submission nor waiting batch', async () => {
    const { rig, id } = await commit();
    const waiting = await Array.fromAsync(rig.work.batches());

    expect(rig.work.readSubmission(id)).to.equal(undefined);
    expect(waiting).to.deep.equal([]);
  });

  it('keeps its evidence until the retention is over in block time, and not longer', async () => {
    const { rig } = await commit();
    const [batch] = rig.batches;
    const untilMs = rig.ledger.edge().header.timestampMs + rig.params.evidenceRetentionS * 1_000;
    const sweep = async (blockTimeMs: number): Promise<boolean> => {
      const limits = { nowMs: 0, certificateRetentionMs: 0, countMax: 10 };
      await rig.work.sweep({ ...limits, blockTimeMs });
      return rig.work.readEvidence(batch?.id ?? new Uint8Array()) !== undefined;
    };

    expect([await sweep(untilMs), await sweep(untilMs + 1)]).to.deep.equal([true, false]);
  });

  it('lets its pictures go: the chain tells of them now', async () => {
    const { rig, id } = await commit();
    const again = requestOf(CAMERA, 'a', { claims: { capturedAt: NOW_S - 1 } });

    expect((await rig.intake.submit(again)).duplicateOf).to.deep.equal(id);
  });

  it('rejects as duplicates what made no entry', async () => {
    const rig = await NodeRig.open();
    const ids = [
      await rig.validate(requestOf(CAMERA, 'a')),
      await rig.validate(requestOf(CAMERA, 'b')),
    ];
    const { id: batchId, signed } = await rig.cut();
    const fate = { skipped: new Set([1]), timestampMs: NOW_S * 1_000 };
    await rig.settlement.settleBatch({ batchId, signed, receiptIds: ids }, fate);

    expect(ids.map((id) => rig.stateOf(id))).to.deep.equal(['committed', 'rejected']);
  });

  it('is settled again without any change', async () => {
    const { rig, id } = await commit();
    const [batch] = rig.batches;
    const before = rig.receipt(id);
    if (batch === undefined) throw new Error('a batch was cut');
    const waiting = { batchId: batch.id, signed: batch.signed, receiptIds: [id] };
    await rig.settlement.settleBatch(waiting, { skipped: new Set(), timestampMs: 0 });

    expect(rig.receipt(id)).to.deep.equal(before);
    expect(rig.receipts.pendingCount()).to.equal(0);
  });
});

describe('a batch with a photograph that is too late for its certificate', () => {
  interface Dead {
    readonly rig: NodeRig;
    readonly late: Uint8Array;
    readonly good: Uint8Array;
  }

  /** A node whose first batch dies with the block that holds its second. */
  const run = async (): Promise<Dead> => {
    const rig = await NodeRig.open({ params: { lateGraceS: 0 } });
    await rig.drive.start();
    const good = await rig.validate(requestOf(CAMERA, 'good'));
    const late = await rig.validate(requestOf(OLD_CAMERA, 'late'));
    await rig.cut();
    const other = await rig.validate(requestOf(CAMERA, 'other'));
    await rig.cut();
    await rig.until(() => rig.stateOf(other) === 'committed');
    await rig.until(() => rig.stateOf(late) === 'rejected');
    await rig.cut();
    await rig.until(() => rig.stateOf(good) === 'committed');
    return { rig, late, good };
  };

  it('is taken apart after a block: the late one is rejected, the other committed', async () => {
    const { rig, late } = await run();

    expect(rig.receipt(late).rejection?.code).to.equal('ERR_CERTIFICATE_EXPIRED');
    expect(rig.ledger.recordCount()).to.equal(2);
  });

  it('is never committed; its successor has a higher sequence', async () => {
    const { rig } = await run();
    const heights = rig.batches.map(({ id }) => rig.ledger.readTransaction(id)?.height);

    expect(rig.batches.map(({ signed }) => signed.batch.sequence)).to.deep.equal([1, 2, 3]);
    expect(heights).to.deep.equal([undefined, 1, 2]);
  });

  it('leaves nothing behind but the ended receipts', async () => {
    const { rig, late } = await run();
    const [first] = rig.batches;

    expect(rig.work.readSubmission(late)).to.equal(undefined);
    expect(await Array.fromAsync(rig.work.batches())).to.deep.equal([]);
    expect(rig.receipts.pendingCount()).to.equal(0);
    expect(rig.pool.load()).to.deep.equal({ count: 0, bytes: 0 });
    await rig.work.sweep({ nowMs: 0, blockTimeMs: 1, certificateRetentionMs: 0, countMax: 9 });
    expect(rig.work.readEvidence(first?.id ?? new Uint8Array())).to.equal(undefined);
  });

  it('tells the other’s receipt that it is validated again, without the batch that is gone', async () => {
    const { rig, good } = await run();

    expect(statesOf(rig, good).slice(3)).to.deep.equal(['validated', 'batched', 'committed']);
    expect(rig.receipt(good).batchId).to.deep.equal(rig.batches[2]?.id);
  });

  it('waits for the next block to die: no time but a block’s decides', async () => {
    const rig = await NodeRig.open({ params: { lateGraceS: 0 } });
    await rig.drive.start();
    const late = await rig.validate(requestOf(OLD_CAMERA, 'late'));
    await rig.cut();
    await rig.clock.advance(1_000);

    expect(rig.stateOf(late)).to.equal('batched');
    await rig.clock.advance(60_000);
    await rig.until(() => rig.stateOf(late) === 'rejected');
    expect(rig.ledger.edge().header.batchIds).to.deep.equal([]);
  });
});

describe('a batch that was passed over', () => {
  it('is cut anew with all that is in it', async () => {
    // Two seconds before a block may hold the photograph; the clock stood later when it was cut.
    const clock = new FakeClock((NOW_S + 62) * 1_000);
    const first = await NodeRig.open({ clock });
    const claims = { capturedAt: NOW_S + 62 + AHEAD_S };
    const ahead = await first.validate(requestOf(CAMERA, 'ahead', { claims }));
    await first.cut();
    const back = new FakeClock(NOW_S * 1_000);
    const rig = await NodeRig.open({ disk: first.disk, clock: back, firstSequence: 2 });
    await rig.recover();
    await rig.drive.start();
    const other = await rig.validate(requestOf(CAMERA, 'other'));
    await rig.cut();
    await rig.until(() => rig.stateOf(other) === 'committed');
    await rig.until(() => rig.stateOf(ahead) === 'validated');
    await rig.clock.advance(31_000);
    await rig.until(() => rig.stateOf(ahead) === 'committed');

    expect(rig.batches.map(({ signed }) => signed.batch.sequence)).to.deep.equal([2, 3]);
    expect(rig.faults).to.deep.equal([]);
  });
});

describe('a photograph from the future, since the clock was set back', () => {
  /** A picture taken as far ahead as intake allows, on a node whose clock is then put back. */
  const setBack = async (): Promise<{ readonly rig: NodeRig; readonly id: Uint8Array }> => {
    const clock = new FakeClock((NOW_S + 60) * 1_000);
    const before = await NodeRig.open({ clock });
    const claims = { capturedAt: NOW_S + 60 + AHEAD_S };
    const id = await before.validate(requestOf(CAMERA, 'ahead', { claims }));
    await before.batcher.stop();
    const back = new FakeClock((NOW_S - 100) * 1_000);
    const rig = await NodeRig.open({ disk: before.disk, clock: back, firstSequence: 10 });
    await rig.recover();
    await rig.drive.start();
    return { rig, id };
  };

  it('is not cut, and is committed once the clock allows it', async () => {
    const { rig, id } = await setBack();
    await rig.clock.advance(1_000);
    const before = [rig.batches.length, rig.stateOf(id)];
    for (let i = 0; rig.stateOf(id) !== 'committed' && i < 20; i++) {
      await rig.clock.advance(30_000);
      await rig.clock.advance(1_000);
    }

    expect(before).to.deep.equal([0, 'validated']);
    expect(rig.stateOf(id)).to.equal('committed');
    expect(rig.faults).to.deep.equal([]);
  });

  it('is not mistaken for late where a second passes between block and verdict', async () => {
    const rig = await NodeRig.open();
    const claims = { capturedAt: NOW_S + AHEAD_S };
    const id = await rig.validate(requestOf(CAMERA, 'ahead', { claims }));
    const batch = await rig.cut();
    // The block's time, 361 s before the photograph's; the clock is 62 s further.
    await rig.settlement.takeApart(batch, (NOW_S + AHEAD_S - 361) * 1_000);

    expect(rig.stateOf(id)).to.equal('validated');
    expect(rig.work.readSubmission(id)).to.not.equal(undefined);
  });

  it('may be cut anew for days: its receipt does not grow', async () => {
    const rig = await NodeRig.open();
    const id = await rig.validate(requestOf(CAMERA, 'ahead'));
    const timestampMs = (NOW_S - 3_600) * 1_000;
    for (let i = 0; i < 600; i++) {
      const batch = await rig.cut();
      rig.pool.remove(batch.id);
      await rig.settlement.takeApart(batch, timestampMs);
    }

    expect(rig.faults).to.deep.equal([]);
    expect(rig.receipt(id).steps.length).to.be.below(10);
  });
});
