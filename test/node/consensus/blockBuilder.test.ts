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

interface Circumstances {
  readonly isKeepaliveDue: boolean;
  readonly suspects: readonly Uint8Array[];
  /** Wall clock; default: the rig's. */
  readonly nowMs: number;
}

/** Returns what a validator builds at height 1, or undefined where it builds nothing. */
function tryBuild(rig: NodeRig, given: Partial<Circumstances> = {}): Built | undefined {
  const { isKeepaliveDue = false, suspects = [], nowMs = rig.clock.nowMs() } = given;
  const { ledger, pool } = rig;
  const world = { ledger, pool, clock: new FakeClock(nowMs), proposer: SELF };
  return buildBlock({ height: 1, view: 0, suspects }, isKeepaliveDue, world);
}

function build(rig: NodeRig, given: Partial<Circumstances> = {}): Built {
  const built = tryBuild(rig, given);
  if (built === undefined) throw new Error('there is something to propose');
  return built;
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

    expect(build(rig).header.timestampMs).to.equal(rig.clock.nowMs());
  });

  for (const behindMs of [0, 1, 3_600_000]) {
    it(`R6: is a millisecond after its parent where the clock is ${behindMs} ms behind it`, async () => {
      const rig = await NodeRig.open();
      await withBatches(rig, ['a']);
      const { header } = build(rig, { nowMs: PARENT_MS - behindMs });

      expect(header.timestampMs).to.equal(PARENT_MS + 1);
    });
  }

  it('takes no more than block_records_max', async () => {
    const params = { batchTarget: 2, batchMax: 2, blockRecordsMax: 3 };
    const rig = await NodeRig.open({ params });
    await withBatches(rig, ['a', 'b'], ['c', 'd']);

    expect(build(rig).header.batchIds).to.have.length(1);
  });

  it('changes neither pool nor ledger', async () => {
    const rig = await NodeRig.open();
    await withBatches(rig, ['a']);
    build(rig);

    expect([rig.pool.load().count, rig.ledger.edge().header.height]).to.deep.equal([1, 0]);
  });

  it('gives the same results as the chain’s own execution', async () => {
    const rig = await NodeRig.open();
    await withBatches(rig, ['a', 'b']);
    const { header, execution } = build(rig);

    expect(header.stateRoot).to.deep.equal(execution.stateRoot);
    expect(header.logSize).to.equal(3);
  });
});

describe('a block without batches', () => {
  it('is none where no keep-alive is due, however late it is', async () => {
    const rig = await NodeRig.open();

    expect(tryBuild(rig, { nowMs: PARENT_MS + 3_600_000 })).to.equal(undefined);
  });

  it('is built where the keep-alive is due, with the time of now', async () => {
    const rig = await NodeRig.open();
    const { header } = build(rig, { isKeepaliveDue: true, nowMs: PARENT_MS + 60_001 });

    expect([header.batchIds, header.timestampMs]).to.deep.equal([[], PARENT_MS + 60_001]);
  });

  for (const sinceMs of [59_999, 0, -3_600_000]) {
    it(`bears the earliest time that it may, ${sinceMs} ms after its parent by the clock`, async () => {
      const rig = await NodeRig.open();
      const { header } = build(rig, { isKeepaliveDue: true, nowMs: PARENT_MS + sinceMs });
      const block = { header, batches: [], lostProposers: [] };

      expect(header.timestampMs).to.equal(PARENT_MS + 60_000);
      expect(applyBlock(rig.ledger.edge(), block, new Set()).entries).to.have.length(1);
    });
  }

  it('is not built where a batch waits: the block holds it, at once', async () => {
    const rig = await NodeRig.open();
    await withBatches(rig, ['a']);
    const { header } = build(rig, { isKeepaliveDue: true, nowMs: PARENT_MS + 5_000 });

    expect(header.batchIds).to.have.length(1);
    expect(header.timestampMs).to.equal(PARENT_MS + 5_000);
  });
});

describe('a block and the times of batches', () => {
  /** A node with a good batch, and one of which a photograph is too late from 3 s on. */
  const withLate = async (): Promise<NodeRig> => {
    const rig = await NodeRig.open({ params: { lateGraceS: 0 } });
    await withBatches(rig, ['a']);
    const old = createCamera(CA, { notBefore: MADE_AT_S, notAfter: NOW_S + 2 }, 'SN-OLD');
    await rig.validate(requestOf(CAMERA, 'b'));
    await rig.validate(requestOf(old, 'late'));
    await rig.cut();
    return rig;
  };

  it('passes over a batch with a record that is too late', async () => {
    const rig = await withLate();
    const nowMs = (NOW_S + 3) * 1_000;

    expect(build(rig, { nowMs }).header.batchIds).to.deep.equal([rig.batches[0]?.id]);
  });

  it('takes it at the last millisecond of its window', async () => {
    const rig = await withLate();
    const nowMs = (NOW_S + 3) * 1_000 - 1;

    expect(build(rig, { nowMs }).header.batchIds).to.have.length(2);
  });

  it('passes over a batch that lies ahead of it', async () => {
    const rig = await NodeRig.open({ clock: new FakeClock((NOW_S + 60) * 1_000) });
    await rig.validate(requestOf(CAMERA, 'ahead', { claims: { capturedAt: NOW_S + 360 } }));
    await rig.cut();
    const startMs = NOW_S * 1_000;

    expect(tryBuild(rig, { nowMs: startMs - 1 })).to.equal(undefined);
    expect(build(rig, { nowMs: startMs }).header.batchIds).to.have.length(1);
  });

  it('is none where all that waits is too late', async () => {
    const rig = await NodeRig.open({ params: { lateGraceS: 0 } });
    const old = createCamera(CA, { notBefore: MADE_AT_S, notAfter: NOW_S }, 'SN-OLD');
    await rig.validate(requestOf(old, 'late'));
    await rig.cut();

    expect(tryBuild(rig)).to.equal(undefined);
  });
});

describe('R19: a block and suspects', () => {
  it('holds a suspect alone', async () => {
    const rig = await NodeRig.open();
    await withBatches(rig, ['a'], ['b']);
    const suspects = rig.batches.slice(0, 1).map(({ id }) => id);

    expect(build(rig, { suspects }).header.batchIds).to.deep.equal(suspects);
  });

  it('holds what comes before a suspect of the same institution, without it', async () => {
    const rig = await NodeRig.open();
    await withBatches(rig, ['a'], ['b']);
    const [first, second] = rig.batches.map(({ id }) => id);
    const suspects = second === undefined ? [] : [second];

    expect(build(rig, { suspects }).header.batchIds).to.deep.equal([first]);
  });
});
