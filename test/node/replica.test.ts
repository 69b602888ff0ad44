import { expect } from 'chai';

import { certificateVotes } from '../../chain/block.ts';
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import { heightOf } from '../../chain/consensus/message.ts';
import { checkEquivocation } from '../../chain/consensus/equivocation.ts';
import { contextAt } from '../../chain/consensus/statement.ts';
import { ChainError } from '../../chain/errors.ts';
import { validatorsAt } from '../../chain/state.ts';
import { decodeBatchFrame, encodeBatchFrame } from '../../node/wire/batches.ts';
import { encodeRequest } from '../../node/wire/requests.ts';
import { encodeVoteFrame } from '../../node/wire/votes.ts';
import { headerOf, prepareOf, proposalOf } from '../chain/consensus/support/engineRig.ts';
import { messagesOf } from '../support/capturedLog.ts';
import { codeOf, codeOfRejection, hashOfText, validatorOf } from '../support/chainValues.ts';
import { settled } from '../support/fakeClock.ts';
import { equivocationBy } from '../support/equivocations.ts';
import { answerOf, idOf, pooledOf, sentBatchOf } from '../support/sentBatches.ts';
import { type Carried, peerAt } from '../support/memoryNetwork.ts';
import { ReplicaSite, type RunningReplica } from './replicaRig.ts';

/** Whether a message brings a batch itself, and not only word of it. */
function bringsBatch({ channel, bytes }: Carried): boolean {
  return channel === 'batches' && decodeBatchFrame(bytes).type === 'batch';
}

/** What a replica holds: blocks, photographs, batches that wait in the pool and on the disk. */
async function holdingsOf(each: RunningReplica): Promise<readonly number[]> {
  const { height, ledger, pool } = each;
  return [height, ledger.recordCount(), pool.load().count, (await each.stored()).length];
}

describe('four replicas', () => {
  let site: ReplicaSite;

  beforeEach(async () => {
    site = await ReplicaSite.start();
  });
  afterEach(async () => {
    await site.stopAll();
  });

  it('commit the batches of each other, and keep none of them', async () => {
    for (const each of site.all()) each.submit(sentBatchOf(`v${each.index}`));
    await site.untilRecords(4);
    const [first, ...others] = await Promise.all(site.all().map(holdingsOf));

    expect(first?.slice(1)).to.deep.equal([4, 0, 0]);
    expect(others).to.deep.equal([first, first, first]);
    expect([site.faults(), site.network.reports]).to.deep.equal([[], []]);
  });

  it('decide each block by a quorum of votes that verify', async () => {
    site.at(2).submit(sentBatchOf('v2'));
    await site.untilRecords(1);
    const { ledger, height } = site.at(0);
    const block = ledger.readBlock(height);
    const validators = validatorsAt(ledger.edge().state, height);
    const certificate = block?.certificate;
    const votes =
      block === undefined || certificate === undefined
        ? []
        : certificateVotes(certificate, block.header, validators);

    expect(votes.length).to.be.at.least(3);
  });

  it('commit batch after batch of one', async () => {
    for (let sequence = 1; sequence <= 6; sequence++) {
      site.at(3).submit(sentBatchOf('v3', sequence));
      await site.clock.advance(20);
    }
    await site.untilRecords(6);

    expect(site.faults()).to.deep.equal([]);
  });

  it('lose no view while all are there', async () => {
    for (let sequence = 1; sequence <= 4; sequence++) {
      for (const { index } of site.all()) site.at(index).submit(sentBatchOf(`v${index}`, sequence));
      await site.untilRecords(4 * sequence);
    }

    expect(site.at(0).ledger.edge().state.lostViews).to.deep.equal([]);
  });

  it('say with an empty block that nothing happens', async () => {
    await site.until(() => site.all().every(({ height }) => height === 1), 70_000);

    expect(site.at(0).ledger.edge().header.batchIds).to.deep.equal([]);
    expect(site.at(0).ledger.edge().state.lostViews).to.deep.equal([]);
  });

  it('leave no timer when they stop', async () => {
    site.at(1).submit(sentBatchOf('v1'));
    const word = encodeBatchFrame({ type: 'announcement', ids: [hashOfText('a batch')] });
    await site.at(0).replica.receive(peerAt(2), 'batches', word);
    await site.stopAll();
    // What was on its way arrives nowhere.
    await site.clock.advance(10);

    expect(site.clock.timerCount).to.equal(0);
  });

  it('apply nothing once one has stopped, though blocks are on their way to it', async () => {
    site.at(0).submit(sentBatchOf('v0'));
    await site.untilRecords(1);
    await site.stop(3);
    for (let sequence = 2; sequence <= 4; sequence++) {
      site.at(0).submit(sentBatchOf('v0', sequence));
      await site.untilRecords(sequence);
    }
    const back = await site.start(3);
    await site.until(() => back.replica.sync.isSyncing(), 100);
    await back.replica.stop();
    await site.clock.advance(100);

    expect([back.height, back.faults]).to.deep.equal([1, []]);
  });

  it('leave none while one of them catches up', async () => {
    site.at(0).submit(sentBatchOf('v0'));
    await site.untilRecords(1);
    await site.stop(3);
    site.at(0).submit(sentBatchOf('v0', 2));
    await site.untilRecords(2);
    const back = await site.start(3);
    await site.until(() => back.replica.sync.isSyncing(), 100);
    await site.stopAll();
    await site.clock.advance(10);

    expect(site.clock.timerCount).to.equal(0);
  });
});

describe('three replicas of four', () => {
  let site: ReplicaSite;

  beforeEach(async () => {
    site = await ReplicaSite.start();
  });
  afterEach(async () => {
    await site.stopAll();
  });

  for (const down of [0, 1, 2, 3]) {
    it(`go on without validator ${down}`, async () => {
      await site.stop(down);
      for (const each of site.all()) each.submit(sentBatchOf(`v${each.index}`));
      await site.untilRecords(3);

      expect(site.faults()).to.deep.equal([]);
    });
  }

  it('are caught up with by the fourth, which then has its vote', async () => {
    site.at(0).submit(sentBatchOf('v0'));
    await site.untilRecords(1);
    await site.stop(3);
    for (let sequence = 2; sequence <= 4; sequence++) {
      site.at(0).submit(sentBatchOf('v0', sequence));
      await site.untilRecords(sequence);
    }
    await site.start(3);
    await site.untilRecords(4);
    await site.stop(2);
    site.at(1).submit(sentBatchOf('v1'));
    await site.untilRecords(5);

    expect(site.faults()).to.deep.equal([]);
    expect(site.at(3).replica.sync.counts().blocks).to.equal(3);
  });

  it('are two where another goes: those decide nothing, and go on when one is back', async () => {
    await site.stop(3);
    await site.stop(2);
    site.at(0).submit(sentBatchOf('v0'));
    await site.clock.advance(60_000);
    const before = site.all().map(({ height }) => height);
    await site.start(2);
    await site.untilRecords(1, 10_000);

    expect(before).to.deep.equal([0, 0]);
    expect(site.faults()).to.deep.equal([]);
  });

  it('commit what one had cut that is gone, if it reached them', async () => {
    site.at(3).submit(sentBatchOf('v3'));
    await site.clock.advance(2);
    await site.stop(3);
    await site.untilRecords(1);

    expect(site.at(0).ledger.readTransaction(idOf(sentBatchOf('v3')))?.height).to.be.above(0);
  });
});

describe('a batch that was sent to one validator only', () => {
  it('is fetched by the others, and committed though its institution is gone', async () => {
    const site = await ReplicaSite.start();
    site.network.isLost = (message) => bringsBatch(message) && message.to !== 2;
    site.at(0).submit(sentBatchOf('v0'));
    await site.clock.advance(2);
    await site.stop(0);
    await site.untilRecords(1);

    expect(site.all().map(({ index }) => index)).to.deep.equal([1, 2, 3]);
    expect(site.faults()).to.deep.equal([]);
    await site.stopAll();
  });

  it('is fetched by who does not even hear of it, when a block names it', async () => {
    const site = await ReplicaSite.start();
    site.network.isLost = ({ channel, to }) => channel === 'batches' && to === 3;
    site.at(0).submit(sentBatchOf('v0'));
    await site.untilRecords(1);

    expect(site.at(3).ledger.recordCount()).to.equal(1);
    expect(site.at(0).ledger.edge().state.lostViews).to.deep.equal([]);
    await site.stopAll();
  });
});

describe('a peer', () => {
  let site: ReplicaSite;

  beforeEach(async () => {
    site = await ReplicaSite.start();
  });
  afterEach(async () => {
    await site.stopAll();
  });

  it('that is there again is sent what waits, and where this node stands', async () => {
    await site.stop(1);
    await site.stop(2);
    site.at(0).submit(sentBatchOf('v0'));
    await site.clock.advance(500);
    const since = site.network.carried.length;
    site.at(0).replica.onPeer(peerAt(3), 'up');
    await settled();
    const sent = site.network.carried.slice(since);

    expect(sent.filter(bringsBatch).map(({ to }) => to)).to.deep.equal([3]);
    expect(sent.some(({ channel, bytes }) => channel === 'votes' && bytes[0] === 2)).to.equal(true);
  });

  it('is believed to be ahead where another says so too, while both are there', async () => {
    await site.stop(1);
    const { replica } = site.at(0);
    const tell = (index: number, height: number): Promise<void> => {
      const frame = encodeVoteFrame({ type: 'status', place: { height, view: 0 } });
      return replica.receive(peerAt(index), 'votes', frame);
    };
    await tell(3, Number.MAX_SAFE_INTEGER);
    const alone = replica.sync.target();
    await tell(2, 9);
    const together = replica.sync.target();
    replica.onPeer(peerAt(3), 'down');

    expect([alone, together, replica.sync.target()]).to.deep.equal([0, 8, 0]);
  });

  it('that went down is not asked for what it had', async () => {
    const since = site.network.asked.length;
    const word = encodeBatchFrame({ type: 'announcement', ids: [hashOfText('a batch')] });
    await site.at(0).replica.receive(peerAt(3), 'batches', word);
    site.at(0).replica.onPeer(peerAt(3), 'down');
    await site.clock.advance(1_000);

    expect(site.network.asked.slice(since)).to.deep.equal([]);
  });

  it('that proposes a block is asked first for its batches', async () => {
    site.network.isLost = ({ channel, to }) => channel === 'batches' && to === 0;
    const asked: (readonly [number | undefined, boolean])[] = [];
    for (let sequence = 1; sequence <= 3; sequence++) {
      const since = site.network.asked.length;
      site.at(3).submit(sentBatchOf('v3', sequence));
      await site.untilRecords(sequence);
      const { proposer } = site.at(0).ledger.edge().header;
      const [first] = site.network.asked.slice(since).filter(({ from }) => from === 0);
      const { consensusKey } = validatorOf(`v${first?.to}`);
      asked.push([first?.to, equalBytes(consensusKey, proposer)]);
    }

    expect(asked).to.deep.equal([
      [1, true],
      [2, true],
      [3, true],
    ]);
  });
});

describe('a proposal that names a batch whose time it is not', () => {
  it('is refused at once, though another batch that it names is nowhere', async () => {
    const site = await ReplicaSite.start();
    const { replica, pool, refused } = site.at(0);
    const late = { ...pooledOf(sentBatchOf('v1')), window: { startMs: 0, endMs: 1 } };
    pool.add(late);
    const header = {
      ...headerOf({ timestampMs: site.clock.nowMs() }),
      batchIds: [late.id, hashOfText('a batch that nobody has')],
    };
    const frame = encodeVoteFrame({ type: 'message', message: proposalOf(header) });
    await replica.receive(peerAt(1), 'votes', frame);
    await site.clock.advance(0);

    expect(refused).to.deep.equal(['ERR_BLOCK_TIME']);
    await site.stopAll();
  });
});

describe('a validator whose disk was wiped', () => {
  it('comes back to the chain, and signs nothing up to two heights above it', async () => {
    const site = await ReplicaSite.start();
    for (let sequence = 1; sequence <= 2; sequence++) {
      site.at(0).submit(sentBatchOf('v0', sequence));
      await site.untilRecords(sequence);
    }
    await site.stop(3);
    site.wipe(3);
    const since = site.network.carried.length;
    const { height } = site.at(0);
    const wiped = await site.start(3);
    await site.untilRecords(2);
    for (let sequence = 3; sequence <= 8; sequence++) {
      site.at(0).submit(sentBatchOf('v0', sequence));
      await site.untilRecords(sequence);
    }
    const heights = site.saidBy(3, since).map(heightOf);

    expect(wiped.replica.waitingFor()).to.equal(undefined);
    expect(messagesOf(wiped.captured)).to.include(
      'history was lost: signing nothing up to the floor',
    );
    expect(Math.min(...heights)).to.equal(height + 3);
    expect(site.faults()).to.deep.equal([]);
    await site.stopAll();
  });

  it('is barred again where it is started once more before it has said anything', async () => {
    const site = await ReplicaSite.start();
    site.at(0).submit(sentBatchOf('v0', 1));
    await site.untilRecords(1);
    await site.stop(3);
    site.wipe(3);
    await site.start(3);
    await site.untilRecords(1);
    await site.stop(3);
    const again = await site.start(3);
    await site.until(() => again.replica.waitingFor() === undefined);

    expect(again.replica.engine.signFloor()).to.equal(site.at(0).height + 2);
    await site.stopAll();
  });

  it('is not barred where its process ended before it had anything to say', async () => {
    const site = await ReplicaSite.start();
    await site.stop(3);
    site.at(0).submit(sentBatchOf('v0', 1));
    await site.untilRecords(1);
    const again = await site.start(3);
    await site.until(() => again.replica.waitingFor() === undefined);

    expect(again.replica.engine.signFloor()).to.equal(0);
    await site.stopAll();
  });

  it('is not barred where only its process ended', async () => {
    const site = await ReplicaSite.start();
    site.at(0).submit(sentBatchOf('v0'));
    await site.untilRecords(1);
    await site.stop(3);
    const back = await site.start(3);
    const since = site.network.carried.length;
    await site.clock.advance(500);
    site.at(0).submit(sentBatchOf('v0', 2));
    await site.untilRecords(2);
    const heights = site.saidBy(3, since).map(heightOf);

    expect(messagesOf(back.captured)).to.include('nobody holds more of this validator');
    expect(heights).to.include(site.at(0).height);
    await site.stopAll();
  });
});

describe('a start', () => {
  it('lets a validator sign nothing before enough others have answered', async () => {
    const site = new ReplicaSite();
    const first = await site.start(0);
    await site.clock.advance(70_000);
    const alone = [first.disk.frames.length, first.replica.waitingFor()];
    await site.start(1);
    await site.clock.advance(1_000);
    const waiting = first.replica.waitingFor();
    await site.start(2);
    await site.clock.advance(1_000);

    expect(alone).to.deep.equal([
      0,
      '2 of v1, v2, v3 must say what they hold of this validator before it signs',
    ]);
    expect(waiting).to.equal(
      '1 of v2, v3 must say what they hold of this validator before it signs',
    );
    expect(first.replica.waitingFor()).to.equal(undefined);
    await site.stopAll();
  });

  it('that is ended while they are asked leaves no timer', async () => {
    const site = new ReplicaSite();
    await site.start(0);
    await site.start(1);
    await site.stopAll();
    await site.clock.advance(10);

    expect(site.clock.timerCount).to.equal(0);
  });

  it('lets it sign at once where its operator takes the risk', async () => {
    const site = new ReplicaSite({ signAtOnce: true });
    const first = await site.start(1);
    await site.clock.advance(51_000);

    expect(first.replica.waitingFor()).to.equal(undefined);
    expect(site.saidBy(1)).to.deep.equal([]);
    first.submit(sentBatchOf('v1'));
    await site.start(0);
    await site.clock.advance(5_000);
    expect(site.saidBy(1).map(({ kind }) => kind)).to.include(1);
    await site.stopAll();
  });
});

describe('a set of one', () => {
  it('works alone', async () => {
    const site = await ReplicaSite.start({ count: 1 });
    for (let sequence = 1; sequence <= 3; sequence++) {
      site.at(0).submit(sentBatchOf('v0', sequence));
      await site.untilRecords(sequence, 1_000);
    }

    expect(site.at(0).replica.waitingFor()).to.equal(undefined);
    expect(site.network.carried).to.deep.equal([]);
    expect(site.faults()).to.deep.equal([]);
    await site.stopAll();
  });

  it('goes on after a restart', async () => {
    const site = await ReplicaSite.start({ count: 1 });
    site.at(0).submit(sentBatchOf('v0'));
    await site.untilRecords(1, 1_000);
    await site.stop(0);
    await site.start(0);
    site.at(0).submit(sentBatchOf('v0', 2));
    await site.untilRecords(2, 1_000);

    expect(site.faults()).to.deep.equal([]);
    await site.stopAll();
  });
});

describe('a batch that nobody may accept', () => {
  it('holds up those of the others for a while only', async () => {
    const bad = sentBatchOf('v1', 666);
    const check = async ({ signed }: { readonly signed: typeof bad.signed }): Promise<void> => {
      if (signed.batch.sequence !== 666) return;
      throw new ChainError('ERR_CAMERA_SIGNATURE', 'no camera signed it');
    };
    const site = await ReplicaSite.start({ check });
    // Its own institution takes it for good, and proposes it.
    site.at(1).submit(bad);
    site.at(2).submit(sentBatchOf('v2'));
    site.at(3).submit(sentBatchOf('v3'));
    await site.untilRecords(2);

    expect(site.at(0).ledger.readTransaction(idOf(bad))).to.equal(undefined);
    expect(site.at(0).bad.map(({ id }) => formatHex(id))).to.deep.equal([formatHex(idOf(bad))]);
    expect(site.at(0).replica.mempool.badCountOf(bad.signed.batch.aggregator)).to.equal(1);
    expect(site.faults()).to.deep.equal([]);
    await site.stopAll();
  });
});

describe('a validator that contradicts itself', () => {
  it('is told of by who sees it, to all', async () => {
    const site = await ReplicaSite.start();
    // To each it is news once.
    for (const each of site.all()) {
      each.onEquivocation = () => Promise.resolve(each.equivocations.length === 1);
    }
    const { state } = site.at(0).ledger.edge();
    for (const text of ['one', 'other']) {
      const message = prepareOf(2, headerOf({ text }));
      const frame = encodeVoteFrame({ type: 'message', message });
      await site.at(0).replica.receive(peerAt(2), 'votes', frame);
    }
    await site.clock.advance(100);
    const context = contextAt(state, 1);
    const [[proof, source] = []] = site.at(0).equivocations;

    expect(source).to.equal('engine');
    expect(
      codeOf(
        () => proof !== undefined && context !== undefined && checkEquivocation(proof, context),
      ),
    ).to.equal('accepted');
    for (const index of [1, 2, 3]) {
      expect(site.at(index).equivocations[0]).to.deep.equal([proof, 'peer']);
    }
    await site.stopAll();
  });

  it('is not told of again where that is no news', async () => {
    const site = await ReplicaSite.start();
    const since = site.network.carried.length;
    const equivocation = equivocationBy({ index: 2 });
    const frame = encodeVoteFrame({ type: 'equivocation', equivocation });
    await site.at(0).replica.receive(peerAt(1), 'votes', frame);
    await site.clock.advance(10);
    const spread = site.network.carried
      .slice(since)
      .filter(({ channel, bytes }) => channel === 'votes' && bytes[0] === 3);

    expect(spread).to.deep.equal([]);
    await site.stopAll();
  });
});

describe('what a peer says that no honest one does', () => {
  let site: ReplicaSite;

  beforeEach(async () => {
    site = await ReplicaSite.start();
  });
  afterEach(async () => {
    await site.stopAll();
  });

  const header = headerOf();
  const forged = { ...prepareOf(2, header), index: 3 };
  const cases: readonly (readonly [string, 'votes' | 'batches' | 'sync', Uint8Array, string])[] = [
    ['nothing', 'votes', new Uint8Array(), 'ERR_MALFORMED'],
    ['an unknown tag', 'votes', Uint8Array.of(9), 'ERR_MALFORMED'],
    [
      'a forged vote',
      'votes',
      encodeVoteFrame({ type: 'message', message: forged }),
      'ERR_SIGNATURE',
    ],
    ['half a batch', 'batches', Uint8Array.of(1, 0x92), 'ERR_MALFORMED'],
    [
      'another’s batch',
      'batches',
      encodeBatchFrame({ type: 'batch', batch: sentBatchOf('v2') }),
      'ERR_UNKNOWN_VALIDATOR',
    ],
    ['a message on the sync channel', 'sync', Uint8Array.of(1), 'ERR_MALFORMED'],
  ];
  for (const [what, channel, bytes, code] of cases) {
    it(`is held against it, and nothing more: ${what}`, async () => {
      await site.at(0).replica.receive(peerAt(3), channel, bytes);

      expect(site.network.reports).to.deep.equal([
        [0, { peerId: 'peer-3', judgement: 'reject', reason: code }],
      ]);
      expect(site.faults()).to.deep.equal([]);
    });
  }

  it('is refused as a request, and held against it', async () => {
    const asked = site.at(0).replica.answer(peerAt(3), Uint8Array.of(7));

    expect(await codeOfRejection(asked)).to.equal('ERR_MALFORMED');
    expect(site.network.reports).to.deep.equal([
      [0, { peerId: 'peer-3', judgement: 'reject', reason: 'ERR_MALFORMED' }],
    ]);
  });

  it('is a fault where this node fails to take what is right', async () => {
    const { replica, work, faults } = site.at(0);
    work.write = () => Promise.reject(new Error('the disk is full'));
    const frame = encodeBatchFrame({ type: 'batch', batch: sentBatchOf('v3') });
    await replica.receive(peerAt(3), 'batches', frame);

    expect(faults.map(String)).to.deep.equal(['Error: the disk is full']);
    expect(site.network.reports).to.deep.equal([]);
  });
});

describe('a request to a replica', () => {
  it('is answered with the batches that are held', async () => {
    const site = await ReplicaSite.start();
    const sent = sentBatchOf('v3');
    await site.stop(1);
    await site.stop(2);
    site.at(0).pool.add(pooledOf(sent));
    const request = encodeRequest({ type: 'batches', ids: [idOf(sent), hashOfText('none')] });
    const answer = await site.at(0).replica.answer(peerAt(3), request);

    expect(answer).to.deep.equal(answerOf(sent));
    await site.stopAll();
  });
});
