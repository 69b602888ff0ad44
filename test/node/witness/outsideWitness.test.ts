import { expect } from 'chai';

import type { AddCheckpoint } from '../../../chain/log/addCheckpoint.ts';
import type { SignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { cosign } from '../../../chain/log/cosignature.ts';
import { judgeCheckpoint, type KnownTree } from '../../../chain/log/witness.ts';
import { OutsideWitness } from '../../../node/witness/outsideWitness.ts';
import { type Failure, type Reply, unavailable } from '../../../node/witness/reply.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { TestLog, witnessSigner } from '../../support/witnessRig.ts';

const LOG = new TestLog();
const FORK = new TestLog(LOG.origin, 'another');
const SIGNER = witnessSigner('witness.example/w');
const PLACE = {
  name: 'w',
  key: SIGNER.key,
  url: 'https://witness.example',
  target: new URL('https://witness.example/add-checkpoint'),
};

/** A node that asks a witness which keeps the rules, unless a test answers in its place. */
class Rig {
  readonly clock = new FakeClock();
  readonly questions: AddCheckpoint[] = [];
  readonly cosigned: number[] = [];
  readonly outcomes: string[] = [];
  readonly conflicts: (readonly [string, number])[] = [];
  readonly faults: unknown[] = [];
  readonly outside: OutsideWitness;
  /** What the witness has cosigned. */
  tree: KnownTree | undefined;
  /** Answers in the place of the witness, where it returns something. */
  instead: (question: AddCheckpoint) => Reply | undefined = () => undefined;
  hold: Promise<void> = Promise.resolve();

  constructor() {
    this.outside = new OutsideWitness(PLACE, {
      client: {
        ask: async (_place, question) => {
          this.questions.push(question);
          await this.hold;
          return this.instead(question) ?? this.#answer(question);
        },
      },
      clock: this.clock,
      readNode: LOG.readNode,
      onCosigned: async ({ treeSize }) => void this.cosigned.push(treeSize),
      onReply: (_name, outcome) => void this.outcomes.push(outcome),
      onConflict: (_name, reason, treeSize) => void this.conflicts.push([reason, treeSize]),
      onFault: (error) => void this.faults.push(error),
    });
  }

  /** Lets checkpoints become final, one after another, and what is ready go on. */
  async final(...sizes: readonly number[]): Promise<void> {
    for (const size of sizes) this.outside.offer(LOG.checkpoint(size));
    await settled();
  }

  /** The sizes of each question, as `3-7`. */
  asked(): string {
    return this.questions
      .map(({ oldSize, checkpoint }) => `${oldSize}-${checkpoint.treeSize}`)
      .join(' ');
  }

  #answer(question: AddCheckpoint): Reply {
    const { checkpoint } = question;
    const ruling = judgeCheckpoint(question, new Map([[LOG.origin, [LOG.signer.key]]]), this.tree);
    if (ruling.type === 'otherSize') return ruling;
    if (ruling.type !== 'cosign') return failed('conflict');
    this.tree = checkpoint;
    return { type: 'cosigned', line: cosign(checkpoint.note.text, 1, SIGNER) };
  }
}

function failed(failure: Failure): Reply {
  return { type: 'failed', failure, reason: `a reason: ${failure}` };
}

function treeOf(log: TestLog, treeSize: number): SignedCheckpoint {
  return log.checkpoint(treeSize);
}

describe('an outside witness', () => {
  it('is asked about a final checkpoint, from nothing at first', async () => {
    const rig = new Rig();
    await rig.final(7);

    expect(rig.asked()).to.equal('0-7');
    expect(rig.cosigned).to.deep.equal([7]);
    expect(rig.outside.view()).to.deep.equal({
      name: 'w',
      cosignedSize: 7,
      problem: undefined,
      isConflicting: false,
    });
  });

  it('is asked with a proof from the last one', async () => {
    const rig = new Rig();
    await rig.final(7);
    await rig.clock.advance(5_000);
    await rig.final(12);

    expect(rig.asked()).to.equal('0-7 7-12');
    expect(rig.cosigned).to.deep.equal([7, 12]);
  });

  it('is asked once in 5 s, about the newest', async () => {
    const rig = new Rig();
    await rig.final(7, 8, 9);
    await rig.clock.advance(4_999);
    expect(rig.asked()).to.equal('0-7');

    await rig.clock.advance(1);
    expect(rig.asked()).to.equal('0-7 7-9');
  });

  it('is asked one question at a time, however long it takes', async () => {
    const rig = new Rig();
    const hold = Promise.withResolvers<undefined>();
    rig.hold = hold.promise;
    await rig.final(7);
    await rig.clock.advance(60_000);
    await rig.final(8, 9);
    expect(rig.asked()).to.equal('0-7');

    hold.resolve(undefined);
    await settled();
    expect(rig.asked()).to.equal('0-7 7-9');
  });

  it('is not asked again about what it has cosigned', async () => {
    const rig = new Rig();
    await rig.final(7);
    await rig.clock.advance(60_000);
    await rig.final(7);
    await rig.clock.advance(60_000);

    expect(rig.asked()).to.equal('0-7');
    expect(rig.clock.timerCount).to.equal(0);
  });

  it('is asked from the size that it names', async () => {
    const rig = new Rig();
    rig.tree = treeOf(LOG, 5);
    await rig.final(7);

    expect(rig.asked()).to.equal('0-7 5-7');
    expect(rig.outcomes).to.deep.equal(['otherSize', 'cosigned']);
  });

  it('is asked from the size that is wanted, where another validator has brought it there', async () => {
    const rig = new Rig();
    rig.tree = treeOf(LOG, 7);
    await rig.final(7);

    expect(rig.asked()).to.equal('0-7 7-7');
    expect(rig.cosigned).to.deep.equal([7]);
  });

  it('is asked from nothing again, where it has lost what it knew', async () => {
    const rig = new Rig();
    await rig.final(7);
    rig.tree = undefined;
    await rig.clock.advance(5_000);
    await rig.final(9);

    expect(rig.asked()).to.equal('0-7 7-9 0-9');
  });

  it('is not asked for ever, where it names another size each time', async () => {
    const rig = new Rig();
    let size = 0;
    rig.instead = () => ({ type: 'otherSize', treeSize: (size += 1) });
    await rig.final(20);

    expect(rig.asked()).to.equal('0-20 1-20 2-20');
    expect(rig.outside.view().problem).to.include('another size each time');
  });
});

describe('an outside witness that fails', () => {
  it('is asked again after 10 s, 20 s and so on, up to 10 min, and as before once it answers', async () => {
    const rig = new Rig();
    rig.instead = () => unavailable('it is down');
    await rig.final(7);
    for (const delayMs of [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000]) {
      expect(rig.clock.delaysMs).to.deep.equal([delayMs]);
      await rig.clock.advance(delayMs);
    }
    expect(rig.questions).to.have.length(9);
    rig.instead = () => undefined;
    await rig.clock.advance(600_000);

    expect(rig.cosigned).to.deep.equal([7]);
    expect(rig.clock.delaysMs).to.deep.equal([5_000]);
    expect(rig.outside.view().problem).to.equal(undefined);
  });

  it('is asked no sooner for what becomes final meanwhile, and then about the newest', async () => {
    const rig = new Rig();
    rig.instead = () => unavailable('it is down');
    await rig.final(7);
    await rig.clock.advance(5_000);
    await rig.final(8, 9);
    expect(rig.asked()).to.equal('0-7');
    await rig.clock.advance(5_000);

    expect(rig.asked()).to.equal('0-7 0-9');
  });

  it('is shown with the reason', async () => {
    const rig = new Rig();
    rig.instead = () => failed('refused');
    await rig.final(7);

    expect(rig.outside.view()).to.deep.include({
      cosignedSize: 0,
      problem: 'a reason: refused',
      isConflicting: false,
    });
    expect(rig.outcomes).to.deep.equal(['refused']);
  });

  it('stops the node where what fails is ours', async () => {
    const rig = new Rig();
    const mistake = new Error('a mistake');
    rig.instead = () => {
      throw mistake;
    };
    await rig.final(7);

    expect(rig.faults).to.deep.equal([mistake]);
  });
});

describe('an outside witness that contradicts the log', () => {
  it('is an event once it has done so three times in a row', async () => {
    const rig = new Rig();
    rig.tree = treeOf(FORK, 7);
    await rig.final(12);
    await rig.clock.advance(10_000);
    expect(rig.conflicts).to.deep.equal([]);
    await rig.clock.advance(20_000);
    await rig.clock.advance(40_000);

    expect(rig.conflicts).to.deep.equal([['a reason: conflict', 12]]);
    expect(rig.outside.view()).to.deep.include({ isConflicting: true, cosignedSize: 0 });
    expect(rig.cosigned).to.deep.equal([]);
  });

  it('is none where something else comes between', async () => {
    const rig = new Rig();
    const failures = 'unavailable unavailable conflict conflict refused conflict conflict';
    const replies = failures.split(' ') as Failure[];
    rig.instead = () => failed(replies.shift() ?? 'refused');
    await rig.final(12);
    await rig.clock.advance(3_600_000);

    expect(rig.conflicts).to.deep.equal([]);
  });

  it('is one event, however often it fails otherwise between', async () => {
    const rig = new Rig();
    const replies: Failure[] = Array.from({ length: 12 }, (_, i) =>
      i % 4 === 3 ? 'unavailable' : 'conflict',
    );
    rig.instead = () => failed(replies.shift() ?? 'refused');
    await rig.final(12);
    await rig.clock.advance(36_000_000);

    expect(replies).to.deep.equal([]);
    expect(rig.conflicts).to.have.length(1);
  });

  it('is one no more once it cosigns, and an event again after that', async () => {
    const rig = new Rig();
    rig.instead = () => failed('conflict');
    await rig.final(12);
    await rig.clock.advance(3_600_000);
    rig.instead = () => undefined;
    await rig.clock.advance(600_000);
    expect(rig.outside.view()).to.deep.include({ isConflicting: false, problem: undefined });

    rig.instead = () => failed('conflict');
    await rig.final(13);
    await rig.clock.advance(3_600_000);
    expect(rig.conflicts).to.have.length(2);
  });

  it('may be ahead for a while, as where another validator asks it too', async () => {
    const rig = new Rig();
    rig.tree = treeOf(LOG, 12);
    await rig.final(7);
    expect(rig.outcomes).to.deep.equal(['ahead']);
    expect(rig.outside.view().problem).to.include('has cosigned 12 entries, and 7 are final here');
    await rig.final(14);
    await rig.clock.advance(10_000);

    expect(rig.asked()).to.equal('0-7 12-14');
    expect(rig.cosigned).to.deep.equal([14]);
  });

  it('is an event where it stays ahead ten times', async () => {
    const rig = new Rig();
    rig.tree = treeOf(LOG, 12);
    await rig.final(7);
    await rig.clock.advance(2_429_999);
    expect(rig.conflicts).to.deep.equal([]);
    await rig.clock.advance(1);

    expect(rig.outcomes).to.deep.equal(Array(10).fill('ahead'));
    expect(rig.conflicts.map(([, size]) => size)).to.deep.equal([7]);
  });
});

describe('an outside witness of a node that stops', () => {
  it('is not asked again, and what it answers has no effect', async () => {
    const rig = new Rig();
    const hold = Promise.withResolvers<undefined>();
    rig.hold = hold.promise;
    await rig.final(7);
    rig.outside.stop();
    hold.resolve(undefined);
    await settled();
    await rig.final(9);
    await rig.clock.advance(3_600_000);

    expect(rig.asked()).to.equal('0-7');
    expect([rig.cosigned, rig.outcomes]).to.deep.equal([[], []]);
    expect(rig.clock.timerCount).to.equal(0);
  });

  it('is not asked while it rests', async () => {
    const rig = new Rig();
    await rig.final(7);
    await rig.final(9);
    rig.outside.stop();
    await rig.clock.advance(60_000);

    expect(rig.asked()).to.equal('0-7');
  });
});
