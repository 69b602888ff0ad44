import { expect } from 'chai';

import { recordsOf } from '../../../chain/batch.ts';
import { equalBytes, formatHex } from '../../../chain/bytes.ts';
import { createRegistry } from '../../../chain/certificate/registry.ts';
import { checkBatch } from '../../../chain/checkBatch.ts';
import { checkEvidence } from '../../../chain/evidence.ts';
import { findUntimely } from '../../../chain/evidenceTime.ts';
import type { PooledBatch } from '../../../node/mempool/batchPool.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import type { RowChange } from '../../../node/store/rows.ts';
import { authorityOf, createCamera } from '../../support/certificates.ts';
import { contextOf, hashOfText } from '../../support/chainValues.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { CA, emptyDisk, NodeRig, type RigOptions } from '../../support/nodeRig.ts';
import { NOW_S, requestOf } from '../../support/shots.ts';

const CAMERA = createCamera(CA);

/** Validates so many pictures; resolves to their receipt ids. */
async function validate(rig: NodeRig, count: number, prefix = 'p'): Promise<readonly Uint8Array[]> {
  const ids: Uint8Array[] = [];
  for (let i = 0; i < count; i++) ids.push(await rig.validate(requestOf(CAMERA, `${prefix}${i}`)));
  return ids;
}

/** Opens a rig whose batches go nowhere: nothing drives it. */
function open(params: RigOptions['params'] = {}): Promise<NodeRig> {
  return NodeRig.open({ params: { batchTarget: 4, batchMax: 6, batchWaitMs: 1_000, ...params } });
}

function sizesOf(batches: readonly PooledBatch[]): readonly number[] {
  return batches.map(({ signed }) => signed.batch.items.length);
}

describe('a batch is cut', () => {
  it('when the oldest has waited batch_wait_ms, not a millisecond before', async () => {
    const rig = await open();
    await validate(rig, 3);
    await rig.clock.advance(999);
    const before = rig.batches.length;
    await rig.clock.advance(1);
    await rig.until(() => rig.batches.length > 0);

    expect([before, ...sizesOf(rig.batches)]).to.deep.equal([0, 3]);
  });

  it('by the time of the oldest, whoever came after', async () => {
    const rig = await open();
    await validate(rig, 1, 'old');
    await rig.clock.advance(999);
    await validate(rig, 1, 'young');
    await rig.clock.advance(1);
    await rig.until(() => rig.batches.length > 0);

    expect(sizesOf(rig.batches)).to.deep.equal([2]);
  });

  it('in its time where the clock was set back meanwhile', async () => {
    const rig = await open();
    rig.clock.set(300_000);
    await validate(rig, 3);
    rig.clock.set(-300_000);
    await rig.clock.advance(1_000);
    await rig.until(() => rig.batches.length > 0);

    expect(sizesOf(rig.batches)).to.deep.equal([3]);
  });

  it('at once when batch_target wait, and not with one fewer', async () => {
    const rig = await open();
    await validate(rig, 3, 'a');
    await rig.clock.advance(0);
    const before = rig.batches.length;
    await validate(rig, 1, 'b');
    await rig.clock.advance(0);
    await rig.until(() => rig.batches.length > 0);

    expect([before, ...sizesOf(rig.batches)]).to.deep.equal([0, 4]);
  });

  it('without a submission that was rejected as overdue while it waited', async () => {
    const rig = await open();
    const [first = new Uint8Array()] = await validate(rig, 3);
    await rig.work.write([{ type: 'delete-submission', receiptId: first }], { durable: false });
    await rig.clock.advance(1_000);
    await rig.until(() => rig.batches.length > 0);

    expect(sizesOf(rig.batches)).to.deep.equal([2]);
  });

  it('with batch_max at most; the rest follows', async () => {
    const rig = await open();
    await validate(rig, 8);
    await rig.clock.advance(0);
    await rig.until(() => rig.batches.length > 0);
    await rig.clock.advance(1_000);
    await rig.until(() => rig.batches.length > 1);

    expect(sizesOf(rig.batches)).to.deep.equal([6, 2]);
  });

  it('as often as needed where many wait', async () => {
    const rig = await open();
    await validate(rig, 20);
    await rig.clock.advance(0);
    while (rig.batches.length < 3) {
      await rig.clock.advance(0);
    }
    await rig.clock.advance(1_000);
    await rig.until(() => rig.batches.length > 3);

    expect(sizesOf(rig.batches)).to.deep.equal([6, 6, 6, 2]);
  });

  it('of all that waits, in the order of coming', async () => {
    const rig = await open();
    await validate(rig, 3);
    const { signed } = await rig.cut();

    expect(recordsOf(signed.batch).map(({ imageHash }) => formatHex(imageHash))).to.deep.equal(
      ['p0', 'p1', 'p2'].map((name) => formatHex(hashOfText(name))),
    );
  });

  it('not at all where nothing waits', async () => {
    const rig = await open();
    await rig.clock.advance(60_000);

    expect([rig.batches.length, rig.clock.timerCount]).to.deep.equal([0, 0]);
  });

  it('with what comes while another is being cut in the next', async () => {
    const rig = await open();
    await validate(rig, 4);
    rig.onPoint = (point) => {
      if (point === 'before-batch-cut') rig.onPoint = () => undefined;
    };
    await rig.clock.advance(0);
    await validate(rig, 1, 'late');
    await rig.clock.advance(1_000);
    await rig.until(() => rig.batches.length > 1);

    expect(sizesOf(rig.batches)).to.deep.equal([4, 1]);
  });
});

describe('a cut batch', () => {
  it('has sequences that grow by one from the first', async () => {
    const rig = await NodeRig.open({ params: { batchTarget: 1 }, firstSequence: 41 });
    for (const name of ['a', 'b']) {
      await rig.validate(requestOf(CAMERA, name));
      await rig.cut();
    }

    expect(rig.batches.map(({ signed }) => signed.batch.sequence)).to.deep.equal([41, 42]);
    expect(rig.work.readSequence()).to.equal(42);
  });

  it('is durable with its evidence, sequence and receipts before anyone gets it', async () => {
    const rig = await open();
    const [id = new Uint8Array()] = await validate(rig, 1);
    rig.points.length = 0;
    const batch = await rig.cut();

    expect(rig.points).to.deep.equal([
      'before-batch-cut',
      'before-append',
      'before-sync',
      'after-append',
      'after-sync',
      'after-batch-cut',
    ]);
    expect(rig.work.readEvidence(batch.id)?.items).to.have.length(1);
    expect(rig.receipt(id).batchId).to.deep.equal(batch.id);
    expect(rig.stateOf(id)).to.equal('batched');
  });

  for (const form of [1, 2, 3] as const) {
    it(`of form ${form} passes every check of the chain`, async () => {
      const rig = await open();
      const claims = { gpsHash: hashOfText('gps'), parents: [hashOfText('parent')] };
      await rig.validate(requestOf(CAMERA, 'a', { form, claims }));
      await rig.validate(requestOf(createCamera(CA, {}, 'SN-2'), 'b', { form }));
      const { id, signed, evidence } = await rig.cut();
      const params = rig.params;
      const context = contextOf([authorityOf([CA])], { params, validatorCount: 1 });

      expect(checkBatch(signed, rig.ledger.edge().state)).to.deep.equal(id);
      await checkEvidence(signed.batch, evidence, context);
      const times = { timestampMs: NOW_S * 1_000, lateGraceS: 0, parse: context.parse };
      expect(findUntimely(signed.batch, evidence, times)).to.deep.equal([]);
    });
  }

  it('of a legacy submission passes every check of the chain', async () => {
    const legacyEndpoint = 'https://authority.acme.example/validate';
    const authorities = [authorityOf([CA], { legacyEndpoint })];
    const rig = await NodeRig.open({ params: { legacy: true }, authorities });
    const { id } = await rig.intake.submitLegacy({
      imageHash: hashOfText('legacy'),
      token: new Uint8Array(60).fill(7),
      tableReferences: [1, 2, 3],
      keyIndices: [4, 5, 6],
      timestamp: NOW_S,
      gpsHash: undefined,
      signature: undefined,
    });
    await rig.verdicts.settle(id, { type: 'passed', proof: undefined });
    const { signed, evidence } = await rig.cut();
    const registry = createRegistry(authorities);
    const context = contextOf(authorities, { registry, params: rig.params, validatorCount: 1 });

    await checkEvidence(signed.batch, evidence, context);
    expect(recordsOf(signed.batch)[0]).to.deep.include({ kind: 2, signedForm: 0 });
  });

  it('names each certificate once', async () => {
    const rig = await open();
    await validate(rig, 2);
    await rig.validate(requestOf(createCamera(CA, {}, 'SN-2'), 'other'));
    const { evidence } = await rig.cut();

    expect(evidence.certificates).to.have.length(2);
  });

  it('commits to two photographs of one camera by two different values', async () => {
    const rig = await open();
    await validate(rig, 2);
    const { signed } = await rig.cut();
    const [a, b] = recordsOf(signed.batch).map(({ deviceCommitment }) => deviceCommitment);

    expect(a !== undefined && b !== undefined && equalBytes(a, b)).to.equal(false);
  });

  it('fits a block in bytes also where batch_max small ones would not', async () => {
    const rig = await NodeRig.open({
      params: { batchTarget: 150, batchMax: 150, blockRecordsMax: 150, blockBytesMax: 65_536 },
    });
    const parents = Array.from({ length: 16 }, (_, i) => hashOfText(`parent ${i}`));
    for (let i = 0; i < 150; i++) {
      await rig.validate(requestOf(CAMERA, `p${i}`, { form: 3, claims: { parents } }));
    }
    await rig.drive.start();
    await rig.clock.advance(0);
    while (rig.ledger.recordCount() < 150 && rig.faults.length === 0) {
      await rig.clock.advance(100);
    }

    expect(rig.faults).to.deep.equal([]);
    expect(Math.max(...rig.batches.map(({ sizeBytes }) => sizeBytes))).to.be.at.most(65_536);
  });
});

describe('a submission that may not be batched', () => {
  it('is rejected by itself; the others are batched', async () => {
    const rig = await open();
    const first = await rig.validate(requestOf(CAMERA, 'same'));
    const again = requestOf(CAMERA, 'same', { claims: { capturedAt: NOW_S - 5 } });
    const second = await rig.validate(again);
    await rig.validate(requestOf(CAMERA, 'other'));
    const { signed } = await rig.cut();

    expect(signed.batch.items).to.have.length(2);
    expect(rig.receipt(second)).to.deep.include({
      rejection: {
        code: 'ERR_DUPLICATE',
        message: 'this picture is registered already through this institution',
      },
      duplicateOf: first,
    });
    expect(rig.work.readSubmission(second)).to.equal(undefined);
  });

  it('is rejected where its picture is in a batch that waits', async () => {
    const rig = await open();
    const first = await rig.validate(requestOf(CAMERA, 'same'));
    await rig.cut();
    const again = requestOf(CAMERA, 'same', { claims: { capturedAt: NOW_S - 5 } });
    const second = await rig.validate(again);
    await rig.clock.advance(1_000);
    await settled();

    expect(rig.receipt(second).duplicateOf).to.deep.equal(first);
    expect(rig.batches).to.have.length(1);
  });

  it('makes no batch where it is alone', async () => {
    const rig = await open();
    await rig.validate(requestOf(CAMERA, 'same'));
    await rig.cut();
    await rig.validate(requestOf(CAMERA, 'same', { claims: { capturedAt: NOW_S - 5 } }));
    await rig.clock.advance(1_000);
    await settled();

    expect(rig.work.readSequence()).to.equal(1);
    expect(rig.faults).to.deep.equal([]);
  });

  it('does not make a batch of the others before its time', async () => {
    const rig = await open();
    await rig.validate(requestOf(CAMERA, 'same'));
    await rig.validate(requestOf(CAMERA, 'same', { claims: { capturedAt: NOW_S - 5 } }));
    await validate(rig, 2, 'a');
    await rig.clock.advance(0);
    await settled();
    await validate(rig, 1, 'b');
    await rig.clock.advance(0);
    await rig.until(() => rig.batches.length > 0);

    expect(sizesOf(rig.batches)).to.deep.equal([4]);
  });

  it('leaves nothing pending', async () => {
    const rig = await open();
    await rig.drive.start();
    await rig.validate(requestOf(CAMERA, 'same'));
    await rig.validate(requestOf(CAMERA, 'same', { claims: { capturedAt: NOW_S - 5 } }));
    await rig.cut();
    await rig.until(() => rig.ledger.recordCount() > 0);

    expect(rig.receipts.pendingCount()).to.equal(0);
  });
});

describe('the batcher', () => {
  it('stops the node if a batch cannot be written, and hands it to nobody', async () => {
    const rig = await open();
    await validate(rig, 1);
    rig.onPoint = (point) => {
      if (point === 'before-batch-cut') throw new Error('the disk is gone');
    };
    await rig.clock.advance(1_000);
    await rig.until(() => rig.faults.length > 0);

    expect(rig.faults.map(String)).to.deep.equal(['Error: the disk is gone']);
    expect(rig.batches).to.deep.equal([]);
  });

  it('cuts nothing once stopped; what waits stays stored', async () => {
    const rig = await open();
    const [id = new Uint8Array()] = await validate(rig, 1);
    await rig.batcher.stop();
    await rig.clock.advance(60_000);

    expect(rig.batches).to.deep.equal([]);
    expect(rig.stateOf(id)).to.equal('validated');
  });

  it('leaves no timer behind when it stops', async () => {
    const rig = await open();
    const [id = new Uint8Array()] = await validate(rig, 1);
    rig.batcher.pushLater(id, 30_000);
    await rig.batcher.stop();

    expect(rig.clock.timerCount).to.equal(0);
  });

  it('counts what waits', async () => {
    const rig = await open();
    await validate(rig, 3);
    const before = rig.batcher.waitingCount();
    await rig.cut();

    expect([before, rig.batcher.waitingCount()]).to.deep.equal([3, 0]);
  });
});

describe('a photograph that lies ahead of the node’s own clock', () => {
  /** A node that has taken a photograph as far ahead as it may, and whose clock is 91 s behind that. */
  const setBack = async (): Promise<{ readonly rig: NodeRig; readonly id: Uint8Array }> => {
    const clock = new FakeClock((NOW_S + 91) * 1_000);
    const before = await NodeRig.open({ clock });
    const claims = { capturedAt: NOW_S + 391 };
    const id = await before.validate(requestOf(CAMERA, 'ahead', { claims }));
    await before.batcher.stop();
    const rig = await NodeRig.open({ disk: before.disk });
    await rig.recover();
    return { rig, id };
  };

  it('is in no batch, and is tried again after 30 s', async () => {
    const { rig, id } = await setBack();
    await rig.clock.advance(1_000);
    const before = [rig.batches.length, rig.stateOf(id)];
    await rig.clock.advance(30_999);
    const meanwhile = rig.batches.length;
    await rig.clock.advance(1);
    await rig.until(() => rig.batches.length > 0);

    expect(before).to.deep.equal([0, 'validated']);
    expect(meanwhile).to.equal(0);
    expect(rig.stateOf(id)).to.equal('batched');
  });

  it('holds up no other', async () => {
    const { rig, id } = await setBack();
    await validate(rig, 2);
    const { signed } = await rig.cut();

    expect(signed.batch.items).to.have.length(2);
    expect(rig.stateOf(id)).to.equal('validated');
  });

  it('keeps its verdict meanwhile', async () => {
    const clock = new FakeClock((NOW_S + 91) * 1_000);
    const rig = await NodeRig.open({ clock });
    const id = await rig.validate(
      requestOf(CAMERA, 'ahead', { claims: { capturedAt: NOW_S + 391 } }),
    );
    clock.set(-91_000);
    await rig.clock.advance(62_000);
    await rig.clock.advance(32_000);
    await rig.until(() => rig.stateOf(id) === 'batched' || rig.faults.length > 0);

    expect(rig.faults).to.deep.equal([]);
  });
});

describe('a batcher whose batches wait for a block', () => {
  /** A node with as many own batches as may wait, and one photograph more. */
  const full = async (): Promise<NodeRig> => {
    const rig = await NodeRig.open({ params: { batchTarget: 1, batchMax: 1 } });
    for (const i of Array(8).keys()) {
      await rig.validate(requestOf(CAMERA, `p${i}`));
      await rig.cut();
    }
    await rig.validate(requestOf(CAMERA, 'more'));
    return rig;
  };

  it('cuts no more than eight', async () => {
    const rig = await full();
    await rig.clock.advance(60_000);

    expect([rig.batches.length, rig.batcher.waitingCount()]).to.deep.equal([8, 1]);
  });

  it('goes on when there is room again, and is told', async () => {
    const rig = await full();
    await rig.clock.advance(60_000);
    rig.pool.remove(rig.batches[0]?.id ?? new Uint8Array());
    await rig.clock.advance(60_000);
    const before = rig.batches.length;
    rig.batcher.resume();
    await rig.clock.advance(0);
    await rig.until(() => rig.batches.length > before);

    expect([before, rig.batches.length]).to.deep.equal([8, 9]);
  });

  it('goes on in time where the clock was set back before there was room', async () => {
    const rig = await open({ batchTarget: 4 });
    for (const i of Array(8).keys()) {
      await validate(rig, 1, `batch ${i} `);
      await rig.cut();
    }
    rig.clock.set(300_000);
    await validate(rig, 1, 'more');
    rig.clock.set(-300_000);
    rig.pool.remove(rig.batches[0]?.id ?? new Uint8Array());
    rig.batcher.resume();
    await rig.clock.advance(1_000);
    await rig.until(() => rig.batches.length > 8);

    expect(sizesOf(rig.batches).at(-1)).to.equal(1);
  });

  it('cuts nothing when it is told in vain, or has nothing', async () => {
    const rig = await full();
    const empty = await NodeRig.open();
    rig.batcher.resume();
    empty.batcher.resume();
    await rig.clock.advance(60_000);
    await empty.clock.advance(60_000);

    expect([rig.batches.length, empty.batches.length]).to.deep.equal([8, 0]);
  });

  it('goes on by itself with each block', async () => {
    const rig = await full();
    await rig.drive.start();
    await rig.until(() => rig.ledger.recordCount() === 8);
    await rig.clock.advance(0);
    await rig.until(() => rig.ledger.recordCount() === 9);

    expect(rig.faults).to.deep.equal([]);
  });
});

/** Rows whose writes wait, once they are held, until they are let go. */
class HeldRows extends MemoryRows {
  #gate: Promise<void> | undefined;
  #open: () => void = () => undefined;

  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  letGo(): void {
    this.#gate = undefined;
    this.#open();
  }

  override async write(changes: readonly RowChange[]): Promise<void> {
    await this.#gate;
    await super.write(changes);
  }
}

describe('a batcher that has lost its own count', () => {
  /** Commits a photograph under a sequence; resolves to the rig, whose chain has it. */
  const committedAt = async (sequence: number): Promise<NodeRig> => {
    const rig = await NodeRig.open({ firstSequence: sequence });
    await rig.drive.start();
    const id = await rig.validate(requestOf(CAMERA, 'first'));
    await rig.cut();
    await rig.until(() => rig.stateOf(id) === 'committed');
    return rig;
  };

  it('leaves a gap above what the chain has of it', async () => {
    const { disk } = await committedAt(50);
    const rig = await NodeRig.open({ disk: { ...emptyDisk(), chain: disk.chain } });
    await rig.validate(requestOf(CAMERA, 'a'));

    expect((await rig.cut()).signed.batch.sequence).to.equal(1_051);
  });

  it('cuts anew what a block of its own passes over while it is written', async () => {
    const before = await committedAt(50);
    const [lost] = before.batches;
    if (lost === undefined) throw new Error('a batch was cut');
    const work = new HeldRows();
    const rig = await NodeRig.open({ disk: { ...emptyDisk(), work } });
    const id = await rig.validate(requestOf(CAMERA, 'b'));
    work.hold();
    await rig.clock.advance(rig.params.batchWaitMs);
    await rig.append([lost]);
    work.letGo();
    await rig.until(() => rig.batches.length === 1);
    const waiting = [rig.pool.load().count, rig.stateOf(id)];
    const { id: anew, signed } = await rig.cut();

    expect(waiting).to.deep.equal([0, 'validated']);
    expect([signed.batch.sequence, rig.stateOf(id)]).to.deep.equal([1_051, 'batched']);
    expect(rig.pool.all().map((batch) => batch.id)).to.deep.equal([anew]);
    expect(rig.faults).to.deep.equal([]);
  });
});

describe('a batcher that stops', () => {
  it('says that the store has failed, and lets the rest stop', async () => {
    const rig = await open();
    await validate(rig, 1);
    await rig.work.close();
    await rig.batcher.stop();

    expect(rig.faults).to.have.length(1);
  });
});
