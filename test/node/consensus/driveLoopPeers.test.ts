import { expect } from 'chai';

import type { Header } from '../../../chain/block.ts';
import { ChainError } from '../../../chain/errors.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { settled } from '../../support/fakeClock.ts';
import { idOf, pooledOf, sentBatchOf } from '../../support/sentBatches.ts';
import {
  commitOf,
  newViewOf,
  preparedOf,
  prepareOf,
  proposalOf,
  viewChangeOf,
} from '../../chain/consensus/support/engineRig.ts';
import { DriveRig } from './driveRig.ts';

const BATCH = sentBatchOf('v2', 1);

/** Validator v0, which holds a batch, and the block that v1 proposes with it. */
async function withProposal(): Promise<{ readonly rig: DriveRig; readonly header: Header }> {
  const rig = await DriveRig.start('v0');
  rig.pool.add(pooledOf(BATCH));
  return { rig, header: rig.propose() };
}

/** The same, with the proposal heard and its batches being looked for. */
async function withCheck(): Promise<{ readonly rig: DriveRig; readonly header: Header }> {
  const { rig, header } = await withProposal();
  await rig.hear('peer-1', proposalOf(header));
  return { rig, header };
}

describe('R1: a proposal of another validator', () => {
  it('is voted for when its batches are here, and not before', async () => {
    const { rig, header } = await withCheck();
    const before = rig.events.slice();
    rig.searches[0]?.end();
    await settled();

    expect(rig.searches.map((search) => search.header)).to.deep.equal([header]);
    expect([before, rig.events]).to.deep.equal([[], ['send 2']]);
    expect(rig.sent).to.deep.equal([prepareOf(0, header)]);
  });

  it('is decided by the votes of a quorum, and applied with its batches', async () => {
    const { rig, header } = await withCheck();
    rig.searches[0]?.end();
    await settled();
    await rig.hear('peer-1', prepareOf(2, header), commitOf(1, header), commitOf(2, header));

    expect(rig.events).to.deep.equal(['send 2', 'send 3', 'applied 1']);
    expect(rig.applied[0]?.batches).to.deep.equal([BATCH.signed]);
    expect(rig.ledger.edge().header).to.deep.equal(header);
  });

  it('is not voted for where a batch will never be here; operators hear why', async () => {
    const { rig } = await withCheck();
    rig.searches[0]?.end(new ChainError('ERR_CAMERA_SIGNATURE', 'no camera signed it'));
    await settled();

    expect([rig.sent, rig.refused]).to.deep.equal([[], [['ERR_CAMERA_SIGNATURE', 1]]]);
    expect(rig.faults).to.deep.equal([]);
  });

  it('is not voted for where executing it gives something else', async () => {
    const { rig, header } = await withProposal();
    await rig.hear('peer-1', proposalOf({ ...header, stateRoot: hashOfText('another state') }));
    rig.searches[0]?.end();
    await settled();

    expect([rig.sent, rig.refused]).to.deep.equal([[], [['ERR_STATE_ROOT', 1]]]);
  });

  it('is not voted for with a batch whose time it is not', async () => {
    const { rig, header } = await withCheck();
    rig.pool.remove(idOf(BATCH));
    rig.pool.add({ ...pooledOf(BATCH), window: { startMs: 0, endMs: header.timestampMs - 1 } });
    rig.searches[0]?.end();
    await settled();

    expect([rig.sent, rig.refused]).to.deep.equal([[], [['ERR_BLOCK_TIME', 1]]]);
  });

  it('R10: is voted for again whatever the time, where a quorum has prepared it', async () => {
    const { rig, header } = await withProposal();
    rig.pool.remove(idOf(BATCH));
    rig.pool.add({ ...pooledOf(BATCH), window: { startMs: 0, endMs: 1 } });
    const prepared = preparedOf(header, 0, [1, 2, 3]);
    const changes = [1, 2, 3].map((index) => viewChangeOf(index, 1, prepared));
    await rig.hear('peer-2', newViewOf(header, changes, prepared));
    const before = rig.sent.filter(({ kind }) => kind === 2).length;
    rig.searches[0]?.end();
    await settled();

    expect([before, rig.searches.length, rig.refused]).to.deep.equal([0, 1, []]);
    expect(rig.sent.filter(({ kind }) => kind === 2)).to.deep.equal([
      prepareOf(0, header, { view: 1 }),
    ]);
  });

  it('stops the node where looking for batches fails', async () => {
    const { rig } = await withCheck();
    rig.searches[0]?.fail(new Error('the disk is gone'));
    await settled();

    expect(rig.faults.map(String)).to.deep.equal(['Error: the disk is gone']);
  });
});

describe('a search for batches', () => {
  it('holds up no other message', async () => {
    const { rig, header } = await withCheck();
    await rig.hear('peer-1', commitOf(1, header), commitOf(2, header), commitOf(3, header));
    await rig.drive.receiveStatus('peer-2', { height: 9, view: 0 });
    const before = rig.applied.length;
    rig.searches[0]?.end();
    await settled();

    expect(rig.behind).to.include.deep.members([[8, 'peer-2']]);
    expect([before, rig.applied.length]).to.deep.equal([0, 1]);
  });

  it('is ended when the block comes another way; what it brings then is nothing', async () => {
    const { rig, header } = await withCheck();
    await rig.drive.applySynced(rig.decide(header));
    const [search] = rig.searches;
    const isEnded = search?.signal.aborted;
    search?.end(new ChainError('ERR_RECORD', 'too late to matter'));
    await settled();

    expect([isEnded, rig.refused, rig.sent]).to.deep.equal([true, [], []]);
    expect(rig.ledger.edge().header.height).to.equal(1);
  });

  it('is ended by the proposal of a later view', async () => {
    const { rig, header } = await withCheck();
    const next = rig.propose(1);
    const changes = [1, 2, 3].map((index) => viewChangeOf(index, 1));
    await rig.hear('peer-2', newViewOf(next, changes));

    rig.searches[0]?.end(new ChainError('ERR_RECORD', 'of a view that is over'));
    await settled();

    expect(rig.refused).to.deep.equal([]);
    expect(rig.searches.map(({ signal }) => signal.aborted)).to.deep.equal([true, false]);
    expect(rig.searches[1]?.header).to.deep.equal(next);
    expect(header).to.not.deep.equal(next);
  });

  it('is ended by a stop', async () => {
    const { rig } = await withCheck();
    await rig.drive.stop();
    rig.searches[0]?.end();
    await settled();

    expect([rig.searches[0]?.signal.aborted, rig.sent]).to.deep.equal([true, []]);
    expect(rig.clock.timerCount).to.equal(0);
  });
});

describe('R17: two votes of one validator', () => {
  it('are handed on as a proof, once', async () => {
    const { rig, header } = await withProposal();
    const other = { ...header, stateRoot: hashOfText('another state') };
    await rig.hear('peer-1', prepareOf(2, header), prepareOf(2, other), prepareOf(2, other));

    expect(rig.evidence.map(({ index, phase, height }) => [index, phase, height])).to.deep.equal([
      [2, 2, 1],
    ]);
  });
});

describe('R15: where peers stand', () => {
  it('tells which one has blocks that are not here', async () => {
    const rig = await DriveRig.start('v0');
    await rig.drive.receiveStatus('peer-2', { height: 7, view: 0 });
    await rig.drive.receiveStatus('peer-3', { height: 1, view: 0 });

    expect(rig.behind).to.deep.equal([[6, 'peer-2']]);
    expect(rig.statuses).to.deep.equal([]);
  });

  it('tells it of a quorum’s votes for a block that is not here', async () => {
    const { rig, header } = await withProposal();
    await rig.hear('peer-1', commitOf(1, header));
    await rig.hear('peer-2', commitOf(2, header));
    const before = rig.behind.length;
    await rig.hear('peer-3', commitOf(3, header));

    expect([before, rig.behind]).to.deep.equal([0, [[1, 'peer-3']]]);
  });

  it('is answered with where this one stands, to who is behind and to nobody else', async () => {
    const rig = await DriveRig.start('v0');
    await rig.drive.applySynced(rig.decide(rig.propose()));
    rig.statuses.length = 0;
    await rig.drive.receiveStatus('peer-2', { height: 1, view: 4 });

    expect(rig.statuses).to.deep.equal([[{ height: 2, view: 0 }, 'peer-2']]);
    expect(rig.behind).to.deep.equal([]);
  });
});

describe('R15: a second', () => {
  it('without progress lets a validator say again what it said, and where it stands', async () => {
    const { rig, header } = await withCheck();
    rig.searches[0]?.end();
    await settled();
    const said = rig.sent.slice();
    await rig.clock.advance(1_000);

    expect(rig.sent).to.deep.equal([...said, ...said]);
    expect(said).to.deep.equal([prepareOf(0, header)]);
    expect(rig.statuses).to.deep.equal([[{ height: 1, view: 0 }, undefined]]);
  });

  it('with progress lets it say nothing; the next one does', async () => {
    const rig = await DriveRig.start('v0');
    await rig.clock.advance(500);
    await rig.drive.applySynced(rig.decide(rig.propose()));
    rig.statuses.length = 0;
    await rig.clock.advance(999);
    const before = rig.statuses.length;
    await rig.clock.advance(1_000);

    expect([before, rig.statuses]).to.deep.equal([0, [[{ height: 2, view: 0 }, undefined]]]);
  });

  it('does not go by when a peer is there again', async () => {
    const rig = await DriveRig.start('v0');
    rig.drive.repeat();
    await settled();

    expect(rig.statuses).to.deep.equal([[{ height: 1, view: 0 }, undefined]]);
  });
});

describe('R7: work', () => {
  it('begins a view’s timer where this validator is not the proposer', async () => {
    const rig = await DriveRig.start('v0');
    rig.pool.add(pooledOf(BATCH));
    rig.drive.wake();
    await settled();
    await rig.clock.advance(2_199);
    const before = rig.sent.length;
    await rig.clock.advance(1);

    expect(before).to.equal(0);
    expect(rig.sent).to.deep.equal([viewChangeOf(0, 1)]);
  });

  it('is what lies ahead of the clock only when its time has come', async () => {
    const rig = await DriveRig.start('v1');
    const startMs = rig.clock.nowMs() + 2_500;
    rig.pool.add({ ...pooledOf(BATCH), window: { startMs, endMs: startMs + 60_000 } });
    rig.drive.wake();
    await rig.clock.advance(2_499);
    const before = rig.events.slice();
    await rig.clock.advance(501);

    expect([before, rig.events]).to.deep.equal([[], ['build 1/0', 'send 1']]);
  });

  it('is withdrawn with the block that holds it', async () => {
    const { rig, header } = await withCheck();
    rig.drive.wake();
    rig.searches[0]?.end();
    await settled();
    await rig.hear('peer-1', prepareOf(2, header), commitOf(1, header), commitOf(2, header));
    const inputs = rig.inputs.slice();
    await rig.clock.advance(30_000);

    expect(inputs.filter((each) => each.startsWith('work'))).to.deep.equal([
      'work true',
      'work false',
    ]);
    expect(inputs.indexOf('work false')).to.be.below(inputs.indexOf('applied'));
    expect(rig.sent.filter(({ kind }) => kind === 4)).to.deep.equal([]);
  });

  it('stays where more waits than a block holds', async () => {
    const rig = await DriveRig.start('v0', { params: { blockRecordsMax: 1 } });
    rig.pool.add(pooledOf(BATCH));
    rig.pool.add(pooledOf(sentBatchOf('v2', 2)));
    rig.drive.wake();
    await rig.drive.applySynced(rig.decide(rig.propose()));

    expect(rig.inputs.filter((each) => each.startsWith('work'))).to.deep.equal([
      'work true',
      'work true',
    ]);
  });
});

describe('R7: the keep-alive', () => {
  it('is due by this node’s timer, not by its clock', async () => {
    const rig = await DriveRig.start('v1');
    rig.clock.set(3_600_000);
    await rig.clock.advance(49_999);
    const before = rig.events.slice();
    await rig.clock.advance(1);

    expect([before, rig.events.slice(0, 2)]).to.deep.equal([[], ['build 1/0', 'send 1']]);
  });

  it('is due in time also where the clock is set back', async () => {
    const rig = await DriveRig.start('v1');
    rig.clock.set(-3_600_000);
    await rig.clock.advance(50_000);

    expect(rig.events.slice(0, 2)).to.deep.equal(['build 1/0', 'send 1']);
    expect(rig.sent[0]).to.have.nested.property(
      'header.timestampMs',
      rig.ledger.edge().header.timestampMs + 60_000,
    );
  });

  it('is never further away at a start than keepalive_s, however wrong the clock is', async () => {
    const rig = await DriveRig.open('v1');
    rig.clock.set(-3_600_000);
    await rig.drive.start();
    await rig.clock.advance(59_999);
    const before = rig.events.length;
    await rig.clock.advance(1);

    expect([before, rig.events.slice(0, 2)]).to.deep.equal([0, ['build 1/0', 'send 1']]);
  });

  it('is due at once at a start after a long silence', async () => {
    const rig = await DriveRig.open('v1');
    rig.clock.set(3_600_000);
    await rig.drive.start();
    await rig.clock.advance(0);

    expect(rig.events).to.deep.equal(['build 1/0', 'send 1']);
  });

  it('begins anew with each block, synced or decided here', async () => {
    const rig = await DriveRig.start('v2');
    await rig.clock.advance(40_000);
    const [first] = [rig.decide(rig.propose())];
    await rig.drive.applySynced(first);
    await rig.clock.advance(59_999);
    const before = rig.events.slice();
    await rig.clock.advance(1);

    expect(before).to.deep.equal(['applied 1']);
    expect(rig.events.slice(1, 3)).to.deep.equal(['build 2/0', 'send 1']);
  });
});

describe('a block that others decided', () => {
  it('is applied where it is the next', async () => {
    const rig = await DriveRig.start('v0');
    const block = rig.decide(rig.propose());
    await rig.drive.applySynced(block);

    expect(rig.applied.map(({ header, batches }) => ({ header, batches }))).to.deep.equal([
      { header: block.header, batches: [] },
    ]);
    expect(rig.ledger.readBlock(1)?.certificate).to.deep.equal(block.certificate);
  });

  it('is applied with batches that were never in the pool', async () => {
    const rig = await DriveRig.start('v0');
    rig.pool.add(pooledOf(BATCH));
    const block = rig.decide(rig.propose());
    rig.pool.remove(idOf(BATCH));
    await rig.drive.applySynced(block);

    expect(rig.ledger.recordCount()).to.equal(1);
  });

  it('is left where it is there already, or not the next', async () => {
    const rig = await DriveRig.start('v0');
    const first = rig.decide(rig.propose());
    const later = { ...first, header: { ...first.header, height: 3 } };
    await rig.drive.applySynced(later);
    await rig.drive.applySynced(first);
    await rig.drive.applySynced(first);

    expect(rig.applied.map(({ header }) => header.height)).to.deep.equal([1]);
    expect(rig.faults).to.deep.equal([]);
  });

  it('ends the votes for its height: those of the next begin', async () => {
    const { rig, header } = await withCheck();
    await rig.drive.applySynced(rig.decide(header));
    rig.searches[0]?.end();
    await settled();
    rig.pool.add(pooledOf(sentBatchOf('v2', 2)));
    const next = rig.propose();
    await rig.hear('peer-2', proposalOf(next, 0, 2));
    rig.searches[1]?.end();
    await settled();

    expect(rig.sent).to.deep.equal([prepareOf(0, next)]);
  });

  it('stops the node where it contradicts the one that was executed', async () => {
    const rig = await DriveRig.start('v0');
    const { header } = rig.decide(rig.propose());
    await rig.drive.applySynced({
      ...rig.decide({ ...header, stateRoot: hashOfText('another state') }),
    });

    expect(rig.faults).to.have.length(1);
    expect(rig.ledger.edge().header.height).to.equal(0);
  });
});

describe('R16: the sign floor', () => {
  it('lets a validator follow, and sign nothing', async () => {
    const rig = await DriveRig.start('v0', { signFloor: 5 });
    rig.pool.add(pooledOf(BATCH));
    const header = rig.propose();
    await rig.hear('peer-1', proposalOf(header));
    rig.searches[0]?.end();
    await settled();
    await rig.hear('peer-1', commitOf(1, header), commitOf(2, header), commitOf(3, header));
    await rig.clock.advance(100_000);

    expect(rig.sent).to.deep.equal([]);
    expect(rig.logged()).to.deep.equal([]);
    expect(rig.ledger.edge().header.height).to.equal(1);
  });

  it('lets it sign what it has seen once it is lifted', async () => {
    const rig = await DriveRig.start('v0', { signFloor: Number.MAX_SAFE_INTEGER });
    rig.pool.add(pooledOf(BATCH));
    const header = rig.propose();
    await rig.hear('peer-1', proposalOf(header));
    rig.searches[0]?.end();
    await settled();
    const before = rig.sent.length;
    await rig.drive.setSignFloor(0);

    expect([before, rig.sent]).to.deep.equal([0, [prepareOf(0, header)]]);
  });

  it('rises with a certificate that is held for a height', async () => {
    const { rig } = await withProposal();
    const header = rig.propose();
    await rig.drive.holdCertificate(rig.decide({ ...header, height: 2 }));
    await rig.hear('peer-1', proposalOf(header));
    rig.searches[0]?.end();
    await settled();

    expect([rig.searches.length, rig.sent]).to.deep.equal([1, []]);
  });

  it('applies the block of a certificate that is held, though whoever brought it holds back the rest', async () => {
    const { rig, header } = await withProposal();
    await rig.drive.holdCertificate(rig.decide(header));
    await rig.clock.advance(2_000);
    rig.searches[0]?.end();
    await settled();

    expect(rig.searches.map((search) => search.header)).to.deep.equal([header]);
    expect([rig.sent, rig.ledger.edge().header]).to.deep.equal([[], header]);
  });

  it('bars a proposal too', async () => {
    const rig = await DriveRig.start('v1', { signFloor: 1 });
    rig.pool.add(pooledOf(BATCH));
    rig.drive.wake();
    await rig.clock.advance(1_000);

    expect(rig.events).to.deep.equal([]);
  });
});

describe('R3: what a validator says', () => {
  it('is in the log before it is sent', async () => {
    const { rig, header } = await withCheck();
    const order: string[] = [];
    rig.wal.onAppend = () => void order.push(`${rig.sent.length} sent`);
    rig.searches[0]?.end();
    await settled();

    expect([order, rig.sent.length]).to.deep.equal([['0 sent'], 1]);
    expect(rig.logged()).to.deep.equal([prepareOf(0, header)]);
  });

  it('is said again at a start, byte for byte, with where it stands', async () => {
    const { rig, header } = await withCheck();
    rig.searches[0]?.end();
    await settled();
    await rig.drive.stop();
    const after = await DriveRig.open('v0', { frames: rig.wal.frames });
    await after.drive.start();

    expect(after.sent).to.deep.equal([prepareOf(0, header)]);
    expect(after.statuses).to.deep.equal([[{ height: 1, view: 0 }, undefined]]);
  });
});
