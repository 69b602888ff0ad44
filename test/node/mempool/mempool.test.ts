import { expect } from 'chai';

import { equalBytes, formatHex } from '../../../chain/bytes.ts';
import { ChainError } from '../../../chain/errors.ts';
import type { Need } from '../../../node/mempool/fetcher.ts';
import { decodeBatchFrame, encodeBatchFrame, type SentBatch } from '../../../node/wire/batches.ts';
import { messagesOf } from '../../support/capturedLog.ts';
import { createCamera, MADE_AT_S } from '../../support/certificates.ts';
import { codeOfRejection } from '../../support/chainValues.ts';
import { settled } from '../../support/fakeClock.ts';
import { CA, holding, idOf, pooledOf, sentBatchOf } from '../../support/sentBatches.ts';
import { NOW_S } from '../../support/shots.ts';
import { Gate, keyOf, MempoolRig, peerOf } from './mempoolRig.ts';

const OWN = sentBatchOf('v0', 1);
const FOREIGN = sentBatchOf('v1', 1);
/** A block's need of FOREIGN. */
const NEED: Need = {
  ids: [idOf(FOREIGN)],
  sources: () => [],
  check: () => undefined,
  signal: new AbortController().signal,
};
const RETENTION_MS = 30 * 86_400_000;

function batchFrame(batch: SentBatch): Uint8Array {
  return encodeBatchFrame({ type: 'batch', batch });
}

function wordOf(...batches: readonly SentBatch[]): Uint8Array {
  return encodeBatchFrame({ type: 'announcement', ids: batches.map(idOf) });
}

/** The same batch with a signature of nobody. */
function forge(sent: SentBatch): SentBatch {
  return { ...sent, signed: { ...sent.signed, signature: new Uint8Array(64) } };
}

/** A rig whose checks cost nothing. */
function quick(): Promise<MempoolRig> {
  return MempoolRig.open({ check: () => Promise.resolve() });
}

/** What was sent: to whom, and which batch, or how many ids. */
function sentOf(rig: MempoolRig): readonly (readonly [string | undefined, unknown])[] {
  return rig.peers.sent.map(({ peerId, bytes }) => {
    const frame = decodeBatchFrame(bytes);
    const what = frame.type === 'batch' ? frame.batch.signed.batch.sequence : `${frame.ids.length}`;
    return [peerId, what];
  });
}

/** Ids of each announcement that was sent to all, in hex. */
function announcedBy(rig: MempoolRig): readonly (readonly string[])[] {
  return rig.peers.sent.flatMap(({ peerId, bytes }) => {
    const frame = decodeBatchFrame(bytes);
    return frame.type === 'announcement' && peerId === undefined ? [frame.ids.map(formatHex)] : [];
  });
}

describe('a batch of this institution', () => {
  it('is in the pool, and sent to all with its evidence', async () => {
    const rig = await quick();
    await rig.mempool.submit(pooledOf(OWN));
    const [sent] = rig.peers.sent;

    expect(rig.pool.find(idOf(OWN))).to.not.equal(undefined);
    expect([sent?.peerId, sent?.channel]).to.deep.equal([undefined, 'batches']);
    expect(decodeBatchFrame(sent?.bytes ?? new Uint8Array())).to.deep.equal({
      type: 'batch',
      batch: OWN,
    });
    expect(rig.batchCount).to.equal(1);
  });

  it('that a block has passed over while it was written is handed on, and nobody hears of it', async () => {
    const rig = await quick();
    const applied = await rig.apply([pooledOf(sentBatchOf('v0', 2))]);
    for (const sequence of [1, 2]) await rig.mempool.submit(pooledOf(sentBatchOf('v0', sequence)));
    await rig.mempool.submit(pooledOf(sentBatchOf('v0', 3)));

    const { timestampMs } = applied.edge.header;
    const dead = rig.dead.map(([{ signed }, atMs]) => [signed.batch.sequence, atMs]);
    expect(dead).to.deep.equal([
      [1, timestampMs],
      [2, timestampMs],
    ]);
    expect(sentOf(rig)).to.deep.equal([[undefined, 3]]);
    expect([rig.pool.load().count, rig.batchCount]).to.deep.equal([1, 1]);
  });

  it('may be cut while fewer than eight wait', async () => {
    const rig = await quick();
    const rooms: boolean[] = [];
    for (let sequence = 1; sequence <= 9; sequence++) {
      rooms.push(rig.mempool.hasOwnRoom());
      rig.pool.add(pooledOf(sentBatchOf('v0', sequence)));
    }

    expect(rooms.indexOf(false)).to.equal(8);
  });

  it('may be cut while those that wait have fewer than 8 MiB, with evidence', async () => {
    const rig = await quick();
    rig.pool.add({ ...pooledOf(OWN), keptBytes: 8 * 1_048_576 - 1 });
    const before = rig.mempool.hasOwnRoom();
    rig.pool.add({ ...pooledOf(sentBatchOf('v0', 2)), keptBytes: 1 });

    expect([before, rig.mempool.hasOwnRoom()]).to.deep.equal([true, false]);
  });

  it('may be cut however many of others wait', async () => {
    const rig = await quick();
    for (let i = 1; i <= 16; i++) rig.pool.add(pooledOf(sentBatchOf('v1', i)));

    expect(rig.mempool.hasOwnRoom()).to.equal(true);
  });

  it('is never cut by an observer', async () => {
    const rig = await MempoolRig.open({ isObserver: true });

    expect(rig.mempool.hasOwnRoom()).to.equal(false);
  });
});

describe('a batch that its own institution sends', () => {
  it('is added, and announced to all', async () => {
    const rig = await MempoolRig.open();
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    await rig.clock.advance(0);

    expect(rig.pool.find(idOf(FOREIGN))).to.not.equal(undefined);
    expect(decodeBatchFrame(rig.peers.sent[0]?.bytes ?? new Uint8Array())).to.deep.equal({
      type: 'announcement',
      ids: [idOf(FOREIGN)],
    });
    expect([rig.batchCount, rig.peers.sent[0]?.peerId]).to.deep.equal([1, undefined]);
  });

  it('is announced together with others of the same moment', async () => {
    const rig = await quick();
    const others = [FOREIGN, sentBatchOf('v1', 2), sentBatchOf('v1', 3)];
    for (const each of others) await rig.mempool.receive(peerOf(1), batchFrame(each));
    await rig.clock.advance(0);

    expect(sentOf(rig)).to.deep.equal([[undefined, '3']]);
  });

  it('is refused where nobody may accept it; its institution is told of to operators', async () => {
    const rig = await MempoolRig.open();
    rig.check = () => Promise.reject(new ChainError('ERR_RECORD', 'not that record'));

    expect(await codeOfRejection(rig.mempool.receive(peerOf(1), batchFrame(FOREIGN)))).to.equal(
      'ERR_RECORD',
    );
    expect(messagesOf(rig.captured)).to.deep.equal([
      'an aggregator has signed a batch that nobody may accept',
    ]);
    expect(rig.bad).to.have.length(1);
    expect(rig.mempool.badCountOf(FOREIGN.signed.batch.aggregator)).to.equal(1);
  });

  it('is held against the peer where it is forged', async () => {
    const rig = await quick();
    await rig.mempool.receive(peerOf(1), batchFrame(forge(FOREIGN)));

    expect(rig.peers.reports).to.deep.equal([
      { peerId: 'peer-1', judgement: 'reject', reason: 'ERR_SIGNATURE' },
    ]);
    expect(rig.batchCount).to.equal(0);
  });

  it('is ignored where it is held', async () => {
    const rig = await quick();
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));

    expect(rig.peers.reports).to.deep.equal([
      { peerId: 'peer-1', judgement: 'ignore', reason: 'batch held' },
    ]);
    expect(rig.batchCount).to.equal(1);
  });

  it('is ignored where it is over', async () => {
    const rig = await quick();
    await rig.apply([pooledOf(FOREIGN)]);
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));

    expect(rig.peers.reports.map(({ reason }) => reason)).to.deep.equal(['batch over']);
  });

  it('is ignored where there is no room for it', async () => {
    const rig = await quick();
    for (let i = 100; i < 116; i++) rig.pool.add(pooledOf(sentBatchOf('v1', i)));
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));

    expect(rig.peers.reports.map(({ reason }) => reason)).to.deep.equal(['batch full']);
  });
});

describe('what is refused on the batches channel', () => {
  const cases: readonly (readonly [string, string, number | undefined, Uint8Array])[] = [
    ['a third institution’s batch', 'ERR_UNKNOWN_VALIDATOR', 2, batchFrame(FOREIGN)],
    ['this institution’s batch', 'ERR_UNKNOWN_VALIDATOR', 1, batchFrame(OWN)],
    ['an observer’s batch', 'ERR_UNKNOWN_VALIDATOR', undefined, batchFrame(FOREIGN)],
    ['a place that is in no set', 'ERR_UNKNOWN_VALIDATOR', 4, batchFrame(FOREIGN)],
    ['no bytes', 'ERR_MALFORMED', 1, new Uint8Array()],
    ['another tag', 'ERR_MALFORMED', 1, Uint8Array.of(3, ...batchFrame(FOREIGN).subarray(1))],
    ['a frame that is cut off', 'ERR_MALFORMED', 1, batchFrame(FOREIGN).subarray(0, -1)],
    ['word of no batch', 'ERR_MALFORMED', 1, Uint8Array.of(2, 0x90)],
  ];
  for (const [what, code, index, frame] of cases) {
    it(`is ${what}`, async () => {
      const rig = await quick();
      const peer = { peerId: 'peer', role: 'validator' as const, index };

      expect(await codeOfRejection(rig.mempool.receive(peer, frame))).to.equal(code);
      expect([rig.checkCount, rig.pool.load().count]).to.deep.equal([0, 0]);
    });
  }
});

describe('a batch that was sent to one validator only', () => {
  it('is fetched from who announces it, and announced on', async () => {
    const rig = await quick();
    rig.peers.connect(2, holding(FOREIGN));
    await rig.mempool.receive(peerOf(2), wordOf(FOREIGN));
    await rig.clock.advance(151);

    expect(rig.pool.find(idOf(FOREIGN))).to.not.equal(undefined);
    expect(sentOf(rig)).to.deep.equal([[undefined, '1']]);
    expect(rig.batchCount).to.equal(1);
  });

  it('is not fetched where its aggregator sends it meanwhile', async () => {
    const rig = await quick();
    rig.peers.connect(2, holding(FOREIGN));
    await rig.mempool.receive(peerOf(2), wordOf(FOREIGN));
    await rig.clock.advance(100);
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    await rig.clock.advance(1_000);

    expect(rig.peers.made).to.deep.equal([]);
  });

  it('is not fetched while it is checked', async () => {
    const gate = new Gate();
    const rig = await MempoolRig.open({ check: gate.check });
    rig.peers.connect(2, holding(FOREIGN));
    const received = rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    await rig.mempool.receive(peerOf(2), wordOf(FOREIGN));
    await rig.clock.advance(1_000);
    gate.open();
    await received;

    expect(rig.peers.made).to.deep.equal([]);
  });

  it('is not fetched where it is known to be bad', async () => {
    const rig = await quick();
    rig.check = () => Promise.reject(new ChainError('ERR_RECORD', 'not that record'));
    rig.peers.connect(2, holding(FOREIGN));
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN)).catch(() => undefined);
    await rig.mempool.receive(peerOf(2), wordOf(FOREIGN));
    await rig.clock.advance(1_000);

    expect(rig.peers.made).to.deep.equal([]);
  });

  it('is not fetched where it is committed already', async () => {
    const rig = await quick();
    rig.peers.connect(2, holding(FOREIGN));
    rig.pool.add(pooledOf(FOREIGN));
    await rig.mempool.settle(await rig.apply());
    await rig.mempool.receive(peerOf(2), wordOf(FOREIGN));
    await rig.clock.advance(1_000);

    expect(rig.peers.made).to.deep.equal([]);
  });

  it('is not asked of who went down', async () => {
    const rig = await quick();
    rig.peers.connect(2, holding(FOREIGN));
    await rig.mempool.receive(peerOf(2), wordOf(FOREIGN));
    rig.mempool.forget('peer-2');
    await rig.clock.advance(1_000);

    expect(rig.peers.made).to.deep.equal([]);
  });

  it('is no fault of the messenger where it is bad, and one where it is forged', async () => {
    const rig = await quick();
    rig.check = () => Promise.reject(new ChainError('ERR_RECORD', 'not that record'));
    rig.peers.connect(2, holding(FOREIGN));
    rig.peers.connect(3, holding(forge(sentBatchOf('v1', 2))));
    await rig.mempool.receive(peerOf(2), wordOf(FOREIGN));
    await rig.mempool.receive(peerOf(3), wordOf(sentBatchOf('v1', 2)));
    await rig.clock.advance(151);

    expect(rig.peers.reports).to.deep.equal([
      { peerId: 'peer-3', judgement: 'reject', reason: 'ERR_SIGNATURE' },
    ]);
  });

  it('makes the node stop where the disk fails', async () => {
    const rig = await quick();
    rig.work.write = () => Promise.reject(new Error('the disk is full'));
    rig.peers.connect(2, holding(FOREIGN));
    await rig.mempool.receive(peerOf(2), wordOf(FOREIGN));
    await rig.clock.advance(151);

    expect(rig.faults.map(String)).to.deep.equal(['Error: the disk is full']);
  });
});

describe('a peer that is there again', () => {
  it('is sent own batches in order of sequence, and told of the others', async () => {
    const rig = await quick();
    const all = [sentBatchOf('v0', 3), FOREIGN, sentBatchOf('v0', 1), sentBatchOf('v2', 7)];
    for (const each of all) rig.pool.add(pooledOf(each));
    rig.mempool.welcome(peerOf(3));

    expect(sentOf(rig)).to.deep.equal([
      ['peer-3', 1],
      ['peer-3', 3],
      ['peer-3', '2'],
    ]);
  });

  it('is sent nothing where nothing waits', async () => {
    const rig = await quick();
    rig.mempool.welcome(peerOf(3));

    expect(rig.peers.sent).to.deep.equal([]);
  });

  it('is only told by an observer', async () => {
    const rig = await MempoolRig.open({ isObserver: true });
    rig.pool.add(pooledOf(OWN));
    rig.mempool.welcome(peerOf(3));

    expect(sentOf(rig)).to.deep.equal([['peer-3', '1']]);
  });
});

describe('what waits', () => {
  it('is announced to all again, the own batches first', async () => {
    const rig = await quick();
    const all = [FOREIGN, sentBatchOf('v0', 3), sentBatchOf('v2', 7)];
    for (const each of all) rig.pool.add(pooledOf(each));
    rig.mempool.repeat();
    await rig.clock.advance(0);

    const ids = [all[1]!, all[0]!, all[2]!].map((each) => formatHex(idOf(each)));
    expect(announcedBy(rig)).to.deep.equal([ids]);
  });

  it('is not announced where nothing waits', async () => {
    const rig = await quick();
    rig.mempool.repeat();
    await rig.clock.advance(0);

    expect(announcedBy(rig)).to.deep.equal([]);
  });
});

describe('a block’s batches of others', () => {
  it('leave pool and disk; their evidence stays for evidence_retention_s of block time', async () => {
    const rig = await quick();
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    const applied = await rig.apply();
    await rig.mempool.settle(applied);
    const untilMs = applied.edge.header.timestampMs + RETENTION_MS;

    expect([rig.pool.load().count, await rig.stored()]).to.deep.equal([0, []]);
    expect(await rig.hasEvidence(idOf(FOREIGN), untilMs)).to.equal(true);
    expect(await rig.hasEvidence(idOf(FOREIGN), untilMs + 1)).to.equal(false);
  });

  it('leave room, and the institution is told so', async () => {
    const rig = await quick();
    rig.pool.add(pooledOf(OWN));
    await rig.mempool.settle(await rig.apply());

    expect(rig.roomCount).to.equal(1);
  });

  it('leave those that the block does not hold', async () => {
    const rig = await quick();
    const other = sentBatchOf('v2', 1);
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    await rig.mempool.receive(peerOf(2), batchFrame(other));
    await rig.mempool.settle(await rig.apply([pooledOf(FOREIGN)]));

    expect(rig.pool.all().map(({ id }) => id)).to.deep.equal([idOf(other)]);
    expect((await rig.stored()).map(({ batchId }) => batchId)).to.deep.equal([idOf(other)]);
  });

  it('need not have been here', async () => {
    const rig = await quick();
    await rig.mempool.settle(await rig.apply([pooledOf(FOREIGN)]));

    expect([rig.pool.load().count, rig.roomCount]).to.deep.equal([0, 1]);
  });
});

describe('R18: what proposals named and a block does not hold', () => {
  const lane = (name: string, count: number): readonly SentBatch[] =>
    Array.from({ length: count }, (_, i) => sentBatchOf(name, 10 + i));

  /** A rig that holds batches as it does after proposals have named them. */
  async function named(...batches: readonly SentBatch[]): Promise<MempoolRig> {
    const rig = await quick();
    for (const sent of batches) {
      const { id: batchId, signed } = pooledOf(sent);
      rig.pool.add(pooledOf(sent));
      const batch = { batchId, signed, receiptIds: [] };
      await rig.work.write([{ type: 'put-batch', batch }], { durable: true });
    }
    return rig;
  }

  it('is kept up to sixteen batches of an aggregator, the first by sequence', async () => {
    const all = lane('v2', 18);
    const rig = await named(...all.toReversed());
    await rig.mempool.settle(await rig.apply([pooledOf(FOREIGN)]));

    const kept = all.slice(0, 16).map(idOf);
    expect(rig.pool.batchesOf(keyOf(2)).map(({ id }) => id)).to.deep.equal(kept);
    expect((await rig.stored()).map(({ batchId }) => batchId)).to.have.deep.members(kept);
  });

  it('is kept up to 16 MiB of an aggregator', async () => {
    const rig = await quick();
    const [first, second, third] = lane('v2', 3).map(pooledOf);
    rig.pool.add({ ...first!, keptBytes: 16 * 1_048_576 - 1 });
    rig.pool.add(second!);
    rig.pool.add(third!);
    await rig.mempool.settle(await rig.apply([pooledOf(FOREIGN)]));

    expect(rig.pool.all().map(({ id }) => id)).to.deep.equal([first!.id, second!.id]);
  });

  it('can be had again', async () => {
    const all = lane('v2', 17);
    const rig = await named(...all);
    await rig.mempool.settle(await rig.apply([pooledOf(FOREIGN)]));
    rig.peers.connect(2, holding(...all));
    await rig.mempool.ensure({ ...NEED, ids: [idOf(all[16]!)], sources: () => ['peer-2'] });

    expect(rig.pool.find(idOf(all[16]!))).not.to.equal(undefined);
  });

  it('goes where it lies far ahead', async () => {
    const rig = await named(sentBatchOf('v2', 1, { capturedAt: NOW_S + 3_600 + 361 }));
    await rig.mempool.settle(await rig.apply([pooledOf(FOREIGN)]));

    expect([rig.pool.load().count, await rig.stored()]).to.deep.equal([0, []]);
  });

  it('stays where it is this institution’s', async () => {
    const rig = await named(...lane('v0', 18));
    await rig.mempool.settle(await rig.apply([pooledOf(FOREIGN)]));

    expect(rig.pool.load().count).to.equal(18);
  });
});

describe('a batch that a block passes over', () => {
  const later = sentBatchOf('v1', 2);

  it('of another institution leaves pool and disk, its evidence too', async () => {
    const rig = await quick();
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    await rig.mempool.settle(await rig.apply([pooledOf(later)]));

    expect([rig.pool.load().count, await rig.stored()]).to.deep.equal([0, []]);
    expect(await rig.hasEvidence(idOf(FOREIGN), 1)).to.equal(false);
    expect(rig.dead).to.deep.equal([]);
  });

  it('of this institution is handed on, with the block’s time, and stays on disk till then', async () => {
    const rig = await quick();
    const own = pooledOf(OWN);
    const waiting = { batchId: own.id, signed: own.signed, receiptIds: [] };
    await rig.work.write([{ type: 'put-batch', batch: waiting }], { durable: true });
    await rig.mempool.submit(own);
    const applied = await rig.apply([pooledOf(sentBatchOf('v0', 2))]);
    await rig.mempool.settle(applied);

    expect(rig.dead).to.deep.equal([[own, applied.edge.header.timestampMs]]);
    expect([rig.pool.load().count, (await rig.stored()).length]).to.deep.equal([0, 1]);
  });

  it('is not fetched again', async () => {
    const rig = await quick();
    rig.peers.connect(2, holding(FOREIGN));
    rig.pool.add(pooledOf(FOREIGN));
    await rig.mempool.settle(await rig.apply([pooledOf(later)]));
    await rig.mempool.receive(peerOf(2), wordOf(FOREIGN));
    await rig.clock.advance(1_000);

    expect(rig.peers.made).to.deep.equal([]);
  });

  it('is dead too where its window ends with the block', async () => {
    const rig = await quick();
    // Late grace is 90 days: the certificate ended so long before now.
    const notAfter = NOW_S - 90 * 86_400;
    const camera = createCamera(CA, { notBefore: MADE_AT_S - 10_000_000, notAfter }, 'SN-OLD');
    const late = sentBatchOf('v0', 1, { camera, capturedAt: notAfter });
    await rig.mempool.submit(pooledOf(late));
    await rig.clock.advance(998);
    await rig.mempool.settle(await rig.apply([pooledOf(sentBatchOf('v1', 1))]));
    const before = rig.dead.length;
    await rig.clock.advance(1);
    await rig.mempool.settle(await rig.apply([pooledOf(sentBatchOf('v1', 2))]));

    expect([before, rig.dead.length]).to.deep.equal([0, 1]);
  });

  it('while it is checked leaves neither rows nor evidence', async () => {
    const gate = new Gate();
    const rig = await MempoolRig.open({ check: gate.check });
    const received = rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    await rig.mempool.settle(await rig.apply([pooledOf(later)]));
    gate.open();
    await received;

    expect([rig.pool.load().count, await rig.stored()]).to.deep.equal([0, []]);
    expect(await rig.hasEvidence(idOf(FOREIGN), 1)).to.equal(false);
  });

  it('that a block commits while it is checked keeps its evidence for its time', async () => {
    const gate = new Gate();
    const rig = await MempoolRig.open({ check: gate.check });
    const received = rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    const applied = await rig.apply([pooledOf(FOREIGN)]);
    await rig.mempool.settle(applied);
    gate.open();
    await received;
    const untilMs = applied.edge.header.timestampMs + RETENTION_MS;

    expect(await rig.stored()).to.deep.equal([]);
    expect(await rig.hasEvidence(idOf(FOREIGN), untilMs)).to.equal(true);
    expect(await rig.hasEvidence(idOf(FOREIGN), untilMs + 1)).to.equal(false);
  });
});

describe('a batch of another institution that a start finds', () => {
  /** A rig on the disk of one that has taken in a batch. */
  const restart = async (): Promise<MempoolRig> => {
    const before = await quick();
    await before.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    return MempoolRig.open({ rows: before.rows });
  };

  it('is in the pool again, and sent to nobody', async () => {
    const rig = await restart();
    await rig.mempool.restore(pooledOf(FOREIGN));
    await rig.clock.advance(1_000);

    expect(rig.pool.load().count).to.equal(1);
    expect(rig.peers.sent).to.deep.equal([]);
  });

  it('is forgotten where the chain has it; its evidence stays for its time', async () => {
    const rig = await restart();
    const { edge } = await rig.apply([pooledOf(FOREIGN)]);
    await rig.mempool.restore(pooledOf(FOREIGN));
    const untilMs = edge.header.timestampMs + RETENTION_MS;

    expect([rig.pool.load().count, await rig.stored()]).to.deep.equal([0, []]);
    expect(await rig.hasEvidence(idOf(FOREIGN), untilMs)).to.equal(true);
    expect(await rig.hasEvidence(idOf(FOREIGN), untilMs + 1)).to.equal(false);
  });

  it('is forgotten where it was passed over, its evidence too', async () => {
    const rig = await restart();
    await rig.apply([pooledOf(sentBatchOf('v1', 2))]);
    await rig.mempool.restore(pooledOf(FOREIGN));

    expect([rig.pool.load().count, await rig.stored()]).to.deep.equal([0, []]);
    expect(await rig.hasEvidence(idOf(FOREIGN), 1)).to.equal(false);
  });
});

describe('a search for what a block names', () => {
  it('brings it into the pool, and tells of it', async () => {
    const rig = await quick();
    rig.peers.connect(2, holding(FOREIGN));
    const need = { ...NEED, sources: () => ['peer-2'] };
    const problem = await rig.mempool.ensure(need);
    await rig.clock.advance(0);

    expect(problem).to.equal(undefined);
    expect(rig.pool.all().map(({ id }) => id)).to.deep.equal([idOf(FOREIGN)]);
    expect(sentOf(rig)).to.deep.equal([[undefined, '1']]);
  });

  it('reports who brings what is forged', async () => {
    const rig = await quick();
    rig.peers.connect(2, holding(forge(FOREIGN)));
    rig.peers.connect(3, holding(FOREIGN));
    const need = { ...NEED, sources: () => ['peer-2', 'peer-3'] };
    await rig.mempool.ensure(need);

    expect(rig.peers.judgementsOf(2)).to.deep.equal(['reject']);
    expect(rig.peers.judgementsOf(3)).to.deep.equal([]);
  });
});

describe('a mempool that stops', () => {
  it('leaves no timer behind, and asks for nothing more', async () => {
    const rig = await quick();
    await rig.mempool.receive(peerOf(1), batchFrame(FOREIGN));
    await rig.mempool.receive(peerOf(2), wordOf(sentBatchOf('v2', 5)));
    rig.mempool.stop();
    await settled();

    expect([rig.clock.timerCount, rig.peers.made, rig.peers.sent]).to.deep.equal([0, [], []]);
  });
});

describe('batches of this institution that peers hold and this node has lost', () => {
  it('come back by word of them, like those of others', async () => {
    const rig = await quick();
    rig.peers.connect(2, holding(OWN));
    await rig.mempool.receive(peerOf(2), wordOf(OWN));
    await rig.clock.advance(151);

    expect(rig.pool.all().some(({ id }) => equalBytes(id, idOf(OWN)))).to.equal(true);
  });

  it('leave nothing on disk but evidence once they are committed', async () => {
    const rig = await quick();
    rig.peers.connect(2, holding(OWN));
    await rig.mempool.receive(peerOf(2), wordOf(OWN));
    await rig.clock.advance(151);
    const applied = await rig.apply();
    await rig.mempool.settle(applied);
    const untilMs = applied.edge.header.timestampMs + RETENTION_MS;

    expect(await rig.stored()).to.deep.equal([]);
    expect(await rig.hasEvidence(idOf(OWN), untilMs)).to.equal(true);
    expect(await rig.hasEvidence(idOf(OWN), untilMs + 1)).to.equal(false);
  });
});
