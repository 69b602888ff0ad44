import { expect } from 'chai';
import { getEventListeners } from 'node:events';

import { ChainError } from '../../../chain/errors.ts';
import type { Admitted } from '../../../node/mempool/admission.ts';
import type { PooledBatch } from '../../../node/mempool/batchPool.ts';
import { Fetcher } from '../../../node/mempool/fetcher.ts';
import type { SentBatch } from '../../../node/wire/batches.ts';
import { settled } from '../../support/fakeClock.ts';
import type { Answerer } from '../../support/memoryPeers.ts';
import { answerOf, holding, idOf, pooledOf, sentBatchOf } from '../../support/sentBatches.ts';
import { Gate, MempoolRig } from './mempoolRig.ts';

const A = sentBatchOf('v1', 1);
const B = sentBatchOf('v2', 2);
const C = sentBatchOf('v3', 3);
const NOBODY: Answerer = () => new Promise(() => undefined);

/** A search for batches, and what it did. */
class Search {
  readonly rig: MempoolRig;
  readonly fetcher: Fetcher;
  readonly abort = new AbortController();
  readonly admitted: (readonly [peerId: string, outcome: Admitted['outcome']])[] = [];
  /** 'searching', what made it fail, or 'no problem'. */
  result: unknown = 'searching';
  /** What judges the batches that are here. */
  judge: (found: readonly PooledBatch[]) => void = () => undefined;
  /** How often the sources were read. */
  rounds = 0;

  private constructor(rig: MempoolRig) {
    this.rig = rig;
    const { pool, admission, peers, clock } = rig;
    this.fetcher = new Fetcher({
      pool,
      admission,
      peers,
      clock,
      onAdmitted: (peerId, { outcome }) => void this.admitted.push([peerId, outcome]),
    });
  }

  /** Opens a rig among peers 1, 2, … that answer so. */
  static async open(...answerers: readonly Answerer[]): Promise<Search> {
    const rig = await MempoolRig.open({ check: () => Promise.resolve() });
    answerers.forEach((answerer, i) => rig.peers.connect(i + 1, answerer));
    return new Search(rig);
  }

  /** Begins a search. */
  begin(...batches: readonly SentBatch[]): void {
    const sources = (): readonly string[] => {
      this.rounds += 1;
      return this.rig.peers.validators().map(({ peerId }) => peerId);
    };
    const check = (found: readonly PooledBatch[]): void => this.judge(found);
    const { signal } = this.abort;
    this.fetcher.ensure({ ids: batches.map(idOf), sources, check, signal }).then(
      (problem) => (this.result = problem ?? 'no problem'),
      (error: unknown) => (this.result = error),
    );
  }

  /** Searches as far as that goes without time. */
  async find(...batches: readonly SentBatch[]): Promise<unknown> {
    this.begin(...batches);
    await this.rig.clock.advance(0);
    return this.result;
  }

  /** Peers in the order in which they were asked, and for how many batches. */
  asked(): readonly string[] {
    return this.rig.peers.made.map(({ peerId, request }) =>
      request.type === 'batches' ? `${peerId} ${request.ids.length}` : request.type,
    );
  }
}

describe('a search for the batches of a block', () => {
  it('asks nobody where all are here', async () => {
    const search = await Search.open(holding(A));
    search.rig.pool.add(pooledOf(A));

    expect([await search.find(A), search.asked()]).to.deep.equal(['no problem', []]);
  });

  it('asks nobody for a block without batches', async () => {
    const search = await Search.open(holding());

    expect([await search.find(), search.asked()]).to.deep.equal(['no problem', []]);
  });

  it('asks for what lacks, and for nothing else', async () => {
    const search = await Search.open(holding(A, B));
    search.rig.pool.add(pooledOf(A));

    expect(await search.find(A, B)).to.equal('no problem');
    expect(search.asked()).to.deep.equal(['peer-1 1']);
    expect(search.admitted).to.deep.equal([['peer-1', 'added']]);
  });

  it('asks one after the other, until all are here', async () => {
    const search = await Search.open(holding(A), holding(), holding(B, C), holding(A, B, C));

    expect(await search.find(A, B, C)).to.equal('no problem');
    expect(search.asked()).to.deep.equal(['peer-1 3', 'peer-2 2', 'peer-3 2']);
  });

  it('takes in what is named where its aggregator has no room', async () => {
    const search = await Search.open(holding(A));
    for (let i = 0; i < 16; i++) search.rig.pool.add(pooledOf(sentBatchOf('v1', 100 + i)));

    expect(await search.find(A)).to.equal('no problem');
  });

  it('asks a peer for sixteen at a time', async () => {
    const many = Array.from({ length: 20 }, (_, i) => sentBatchOf('v1', 1 + i));
    const search = await Search.open(holding(...many), holding(...many));

    expect(await search.find(...many)).to.equal('no problem');
    expect(search.asked()).to.deep.equal(['peer-1 16', 'peer-2 4']);
  });

  it('ends with why a batch will never be here', async () => {
    const search = await Search.open(holding(A, B), holding(B));
    const problem = new ChainError('ERR_CAMERA_SIGNATURE', 'not signed by the camera');
    search.rig.check = ({ signed }) =>
      signed.batch.sequence === 1 ? Promise.reject(problem) : Promise.resolve();

    expect(await search.find(A, B)).to.equal(problem);
    expect(search.asked()).to.deep.equal(['peer-1 2']);
    expect(search.rig.peers.reports).to.deep.equal([]);
  });

  it('asks for a batch once that is named twice, so that nobody brings it twice and is blamed', async () => {
    const search = await Search.open(holding(A, B));

    expect(await search.find(A, A, B, B)).to.equal('no problem');
    expect(search.asked()).to.deep.equal(['peer-1 2']);
    expect(search.rig.peers.reports).to.deep.equal([]);
  });

  it('ends with why the block cannot be voted for, whatever else it names', async () => {
    const search = await Search.open(holding(A), holding(B, C));
    search.judge = (found) => {
      if (found.length > 0) throw new ChainError('ERR_LIMIT', 'more than a block holds');
    };

    expect(await search.find(A, B, C)).to.have.property('code', 'ERR_LIMIT');
    expect(search.asked()).to.deep.equal(['peer-1 3']);
    expect(search.rig.pool.all().map(({ id }) => id)).to.deep.equal([idOf(A)]);
  });

  it('fails where judging fails in a way that is no refusal', async () => {
    const search = await Search.open(holding(A));
    search.judge = () => {
      throw new Error('our mistake');
    };

    expect(await search.find(A)).to.have.property('message', 'our mistake');
  });

  it('takes in nothing more of an answer once it is over', async () => {
    const gate = new Gate();
    const search = await Search.open(holding(A, B));
    search.rig.check = gate.check;
    await search.find(A, B);
    search.abort.abort();
    gate.open();
    await settled();

    expect(search.rig.pool.all().map(({ id }) => id)).to.deep.equal([idOf(A)]);
  });

  it('ends at once where that is known already', async () => {
    const search = await Search.open(holding(A));
    search.rig.check = () => Promise.reject(new ChainError('ERR_RECORD', 'another record'));
    await search.rig.admission.admit(A, false);

    expect(await search.find(A)).to.have.property('code', 'ERR_RECORD');
    expect(search.asked()).to.deep.equal([]);
  });

  it('fails where the disk does', async () => {
    const search = await Search.open(holding(A));
    search.rig.work.write = () => Promise.reject(new Error('the disk is full'));

    expect(String(await search.find(A))).to.equal('Error: the disk is full');
  });

  it('fails where a request fails in a way that no network does', async () => {
    const search = await Search.open(() => Promise.reject(new Error('a mistake of ours')));

    expect(String(await search.find(A))).to.equal('Error: a mistake of ours');
  });
});

describe('a search that finds nothing', () => {
  it('begins again after 250 ms, with those who are there then', async () => {
    const search = await Search.open(holding());
    const first = await search.find(A);
    await search.rig.clock.advance(249);
    const before = search.asked().length;
    search.rig.peers.connect(2, holding(A));
    await search.rig.clock.advance(1);

    expect([first, before, search.rounds]).to.deep.equal(['searching', 1, 2]);
    expect([search.result, ...search.asked()]).to.deep.equal([
      'no problem',
      'peer-1 1',
      'peer-1 1',
      'peer-2 1',
    ]);
  });

  it('waits likewise where nobody is connected', async () => {
    const search = await Search.open();
    await search.find(A);
    await search.rig.clock.advance(1_000);

    expect([search.result, search.rounds]).to.deep.equal(['searching', 5]);
  });

  it('ends with a batch that comes by itself while it waits', async () => {
    const search = await Search.open(holding());
    await search.find(A);
    await search.rig.admission.admit(A, false);
    await search.rig.clock.advance(250);

    expect([search.result, search.asked()]).to.deep.equal(['no problem', ['peer-1 1']]);
  });

  it('asks nobody more where a batch comes by itself while one is asked', async () => {
    const search = await Search.open(NOBODY, holding(A));
    await search.find(A);
    await search.rig.admission.admit(A, false);
    await search.rig.clock.advance(2_000);

    expect([search.result, search.asked()]).to.deep.equal(['no problem', ['peer-1 1']]);
  });

  it('keeps nothing of its pauses', async () => {
    const search = await Search.open(holding());
    await search.find(A);
    await search.rig.clock.advance(60_000);

    expect(getEventListeners(search.abort.signal, 'abort').length).to.be.below(3);
    expect(search.rig.clock.timerCount).to.equal(1);
  });
});

describe('a search that is ended', () => {
  it('asks nobody where it was before it began', async () => {
    const search = await Search.open(holding(A));
    search.abort.abort();

    expect([await search.find(A), search.asked()]).to.deep.equal(['no problem', []]);
    expect(search.rig.pool.load().count).to.equal(0);
  });

  it('ends while it waits', async () => {
    const search = await Search.open(holding());
    await search.find(A);
    search.abort.abort();
    await settled();

    expect([search.result, search.rig.clock.timerCount]).to.deep.equal(['no problem', 0]);
  });

  it('ends while a peer is asked, and asks no other', async () => {
    const search = await Search.open(NOBODY, holding(A));
    await search.find(A);
    search.abort.abort();
    await settled();

    expect([search.result, search.asked()]).to.deep.equal(['no problem', ['peer-1 1']]);
    expect(search.rig.clock.timerCount).to.equal(0);
  });

  it('ends while a batch is checked', async () => {
    const gate = new Gate();
    const search = await Search.open(holding(A), holding(B));
    search.rig.check = gate.check;
    await search.find(A, B);
    search.abort.abort();
    gate.open();
    await settled();

    expect([search.result, search.asked()]).to.deep.equal(['no problem', ['peer-1 2']]);
    expect(search.rig.pool.load().count).to.equal(1);
  });
});

describe('a search among liars', () => {
  const lies: readonly (readonly [string, Answerer, string])[] = [
    ['a batch that was not asked for', () => answerOf(B), 'ERR_EVIDENCE'],
    ['one that was asked for, and another', () => answerOf(A, B), 'ERR_EVIDENCE'],
    ['one twice', () => answerOf(A, A), 'ERR_EVIDENCE'],
    ['bytes that are no answer', () => Uint8Array.of(1, 2, 3), 'ERR_MALFORMED'],
    ['no bytes', () => new Uint8Array(), 'ERR_MALFORMED'],
    ['an answer that is cut off', () => cut(answerOf(A)), 'ERR_MALFORMED'],
  ];
  for (const [what, answerer, code] of lies) {
    it(`reports who answers with ${what}, and asks the next`, async () => {
      const search = await Search.open(answerer, holding(A, C));

      expect(await search.find(A, C)).to.equal('no problem');
      expect(search.rig.peers.reports).to.deep.equal([
        { peerId: 'peer-1', judgement: 'reject', reason: code },
      ]);
      expect(search.rig.pool.find(idOf(B))).to.equal(undefined);
    });
  }

  it('tells of a batch that is not what its aggregator signed, and asks the next', async () => {
    const forged = { ...A, signed: { ...A.signed, signature: new Uint8Array(64) } };
    const search = await Search.open(() => answerOf(forged), holding(A));

    expect(await search.find(A)).to.equal('no problem');
    expect(search.admitted).to.deep.equal([
      ['peer-1', 'forged'],
      ['peer-2', 'added'],
    ]);
  });

  it('asks the next of who is silent for two seconds, and not before', async () => {
    const search = await Search.open(NOBODY, holding(A));
    await search.find(A);
    await search.rig.clock.advance(1_999);
    const before = search.asked().length;
    await search.rig.clock.advance(1);

    expect([before, search.result]).to.deep.equal([1, 'no problem']);
    expect(search.rig.clock.timerCount).to.equal(0);
  });

  it('asks the next of who goes down', async () => {
    const search = await Search.open(NOBODY, holding(A));
    await search.find(A);
    search.rig.peers.disconnect(1);
    await search.rig.clock.advance(0);

    expect([search.result, search.rig.peers.reports]).to.deep.equal(['no problem', []]);
  });

  it('asks the next of who answers too much', async () => {
    const search = await Search.open(() => new Uint8Array(33_554_433), holding(A));

    expect(await search.find(A)).to.equal('no problem');
    expect(search.rig.peers.made[0]?.responseBytesMax).to.equal(33_554_432);
  });
});

function cut(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length - 1);
}
