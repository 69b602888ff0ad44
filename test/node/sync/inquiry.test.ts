import { expect } from 'chai';

import { ChainError } from '../../../chain/errors.ts';
import { Inquiry, type Question } from '../../../node/sync/inquiry.ts';
import { encodeRequest } from '../../../node/wire/requests.ts';
import { captureLog } from '../../support/capturedLog.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { MemoryPeers } from '../../support/memoryPeers.ts';
import { silent } from './syncRig.ts';

/** What the answer's first byte says: 0 that the peer does not have it, 255 is a lie. */
const QUESTION: Question<number> = {
  request: encodeRequest({ type: 'history' }),
  responseBytesMax: 10,
  async check([first = 0]) {
    if (first === 255) throw new ChainError('ERR_MALFORMED', '255 is never said');
    return first === 0 ? undefined : first;
  },
};

describe('an inquiry', () => {
  let clock: FakeClock;
  let peers: MemoryPeers;
  let stop: AbortController;
  let inquiry: Inquiry;
  let answers: (number | string)[];

  beforeEach(() => {
    clock = new FakeClock();
    peers = new MemoryPeers();
    stop = new AbortController();
    inquiry = new Inquiry({ peers, clock, log: captureLog().log, random: () => 0 }, stop.signal);
    answers = [];
  });

  afterEach(async () => {
    stop.abort();
    await settled();
    expect(clock.timerCount).to.equal(0);
  });

  async function ask(question: Question<number> = QUESTION): Promise<void> {
    inquiry.ask(question).then(
      (answer) => answers.push(answer),
      (error: unknown) => answers.push(String(error)),
    );
    await settled();
  }

  function say(index: number, first: number): void {
    peers.connect(index, () => Uint8Array.of(first));
  }

  function askedOf(): readonly string[] {
    return peers.made.map(({ peerId }) => peerId);
  }

  it('ends with the first answer that stands its check', async () => {
    say(0, 7);
    say(1, 8);
    await ask();

    expect(answers).to.deep.equal([7]);
    expect(askedOf()).to.deep.equal(['peer-0']);
  });

  it('asks another where one lies, goes down, or does not have it', async () => {
    say(0, 255);
    say(1, 0);
    peers.connect(2, silent);
    say(4, 9);
    void ask();
    await settled();
    peers.disconnect(2);
    await settled();

    expect(answers).to.deep.equal([9]);
    expect(askedOf()).to.deep.equal(['peer-0', 'peer-1', 'peer-2', 'peer-4']);
    expect(peers.reports.map(({ peerId, judgement }) => [peerId, judgement])).to.deep.equal([
      ['peer-0', 'reject'],
    ]);
  });

  it('asks another after five seconds', async () => {
    peers.connect(0, silent);
    await ask();
    say(1, 9);
    await clock.advance(5_000);

    expect(answers).to.deep.equal([9]);
  });

  it('asks of one peer one thing at a time', async () => {
    const gate = Promise.withResolvers<Uint8Array>();
    peers.connect(0, () => gate.promise);
    await ask();
    await ask();
    expect(peers.made).to.have.length(1);
    gate.resolve(Uint8Array.of(7));
    await settled();

    expect(answers).to.deep.equal([7, 7]);
  });

  it('asks nobody who has lied while one who has not is busy', async () => {
    say(0, 255);
    await ask();
    peers.connect(1, silent);
    await clock.advance(250);
    await ask();
    await clock.advance(4_000);

    expect(askedOf()).to.deep.equal(['peer-0', 'peer-1']);
  });

  it('asks who has lied where there is nobody else, after a while', async () => {
    say(0, 255);
    await ask();
    say(0, 7);
    await clock.advance(499);
    expect(answers).to.deep.equal([]);
    await clock.advance(251);

    expect(answers).to.deep.equal([7]);
  });

  it('forgives who delivers', async () => {
    say(0, 255);
    await ask();
    say(0, 7);
    await clock.advance(750);
    peers.connect(1, silent);
    await ask();

    expect(answers).to.deep.equal([7, 7]);
  });

  it('asks the same peer for more where a check needs it', async () => {
    say(0, 7);
    say(1, 8);
    await ask({
      ...QUESTION,
      check: async ([first = 0], askAlso) => first + ((await askAlso(QUESTION))[0] ?? 0),
    });

    expect(answers).to.deep.equal([14]);
    expect(askedOf()).to.deep.equal(['peer-0', 'peer-0']);
  });

  it('ends with what is no refusal', async () => {
    say(0, 7);
    await ask({ ...QUESTION, check: () => Promise.reject(new TypeError('a mistake')) });

    expect(answers).to.deep.equal(['TypeError: a mistake']);
  });

  it('ends when it is told to, waiting or asking', async () => {
    await ask();
    peers.connect(0, silent);
    await clock.advance(250);
    await ask();
    stop.abort(new Error('enough'));
    await settled();

    expect(answers).to.deep.equal(['Error: enough', 'Error: enough']);
  });
});
