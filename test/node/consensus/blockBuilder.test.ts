import { expect } from 'chai';

import { hashHeader } from '../../../chain/block.ts';
import { applyBlock } from '../../../chain/state.ts';
import { type Built, buildBlock } from '../../../node/consensus/blockBuilder.ts';
import { createCamera, MADE_AT_S } from '../../support/certificates.ts';
import { validatorOf } from '../../support/chainValues.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { CA, NodeRig } from '../../support/nodeRig.ts';
import { NOW_S, requestOf } from '../../support/shots.ts';

const CAMERA = createCamera(CA);
const SELF = validatorOf('v0').consensusKey;
/** Block 0's time in every rig. */
const PARENT_MS = NOW_S * 1_000 - 10_000;

function build(rig: NodeRig): Built {
  const { ledger, pool, clock, certificates } = rig;
  return buildBlock({ height: 1, view: 0 }, SELF, {
    ledger,
    pool,
    clock,
    parse: certificates.parse,
  });
}

/** A node with one waiting batch for each list of pictures. */
async function withBatches(rig: NodeRig, ...names: readonly (readonly string[])[]): Promise<void> {
  for (const batch of names) {
    for (const name of batch) await rig.validate(requestOf(CAMERA, name));
    await rig.cut();
  }
}

describe('a built block', () => {
  it('is one that the chain accepts', async () => {
    const rig = await NodeRig.open();
    await withBatches(rig, ['a', 'b'], ['c']);
    const { header } = build(rig);
    if (header === undefined) throw new Error('there is work');
    const batches = rig.batches.map(({ signed }) => signed.batch);
    const applied = applyBlock(
      rig.ledger.edge(),
      { header, batches, lostProposers: [] },
      new Set(),
    );

    expect(applied.entries).to.have.length(4);
    expect(header.batchIds).to.deep.equal(rig.batches.map(({ id }) => id));
  });

  it('stands on its parent, in the proposer’s name', async () => {
    const rig = await NodeRig.open();
    await withBatches(rig, ['a']);
    const { header } = build(rig);

    expect(header).to.deep.include({
      height: 1,
      view: 0,
      parentHash: hashHeader(rig.ledger.edge().header),
      proposer: SELF,
    });
  });

  it('R6: has the time of now', async () => {
    const rig = await NodeRig.open();
    await withBatches(rig, ['a']);

    expect(build(rig).header?.timestampMs).to.equal(rig.clock.nowMs());
  });

  for (const behindMs of [0, 1, 3_600_000]) {
    it(`R6: is a millisecond after its parent where the clock is ${behindMs} ms behind it`, async () => {
      const rig = await NodeRig.open();
      await withBatches(rig, ['a']);
      const clock = new FakeClock(PARENT_MS - behindMs);
      const { ledger, pool, certificates } = rig;
      const world = { ledger, pool, clock, parse: certificates.parse };
      const { header } = buildBlock({ height: 1, view: 0 }, SELF, world);

      expect(header?.timestampMs).to.equal(PARENT_MS + 1);
    });
  }

  it('is none where nothing waits and no keep-alive is due', async () => {
    const rig = await NodeRig.open({ clock: new FakeClock(PARENT_MS + 59_999) });

    expect(build(rig)).to.deep.equal({ header: undefined, execution: undefined, untimely: [] });
  });

  it('is empty where the keep-alive is due', async () => {
    const rig = await NodeRig.open({ clock: new FakeClock(PARENT_MS + 60_000) });
    const { header } = build(rig);

    expect(header?.batchIds).to.deep.equal([]);
    expect(header?.timestampMs).to.equal(PARENT_MS + 60_000);
  });

  it('leaves out a batch whose records are no longer timely, and says which', async () => {
    const rig = await NodeRig.open({ params: { lateGraceS: 0 } });
    await withBatches(rig, ['a']);
    const old = createCamera(CA, { notBefore: MADE_AT_S, notAfter: NOW_S + 2 }, 'SN-OLD');
    await rig.validate(requestOf(CAMERA, 'b'));
    await rig.validate(requestOf(old, 'late'));
    await rig.cut();
    await rig.clock.advance(1_000);
    const { header, untimely } = build(rig);
    const [first, second] = rig.batches;

    expect(header?.batchIds).to.deep.equal([first?.id]);
    expect(untimely).to.deep.equal([
      { batch: second, positions: [1], timestampMs: rig.clock.nowMs() },
    ]);
  });

  it('is none where all that waits is untimely', async () => {
    const rig = await NodeRig.open({ params: { lateGraceS: 0 } });
    const old = createCamera(CA, { notBefore: MADE_AT_S, notAfter: NOW_S }, 'SN-OLD');
    await rig.validate(requestOf(old, 'late'));
    await rig.cut();
    const { header, untimely } = build(rig);

    expect(header).to.equal(undefined);
    expect(untimely).to.have.length(1);
  });

  it('takes no more than block_records_max', async () => {
    const params = { batchTarget: 2, batchMax: 2, blockRecordsMax: 3 };
    const rig = await NodeRig.open({ params });
    await withBatches(rig, ['a', 'b'], ['c', 'd']);

    expect(build(rig).header?.batchIds).to.have.length(1);
  });

  it('changes neither pool nor ledger', async () => {
    const rig = await NodeRig.open();
    await withBatches(rig, ['a']);
    build(rig);

    expect([rig.pool.count(), rig.ledger.edge().header.height]).to.deep.equal([1, 0]);
  });

  it('gives the same results as the chain’s own execution', async () => {
    const rig = await NodeRig.open();
    await withBatches(rig, ['a', 'b']);
    const { header, execution } = build(rig);

    expect(header?.stateRoot).to.deep.equal(execution?.stateRoot);
    expect(header?.logSize).to.equal(3);
  });
});
