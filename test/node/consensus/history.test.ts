import { expect } from 'chai';

import { encode } from '../../../chain/codec.ts';
import { type Durable, encodeMessage, type Message } from '../../../chain/consensus/message.ts';
import { signedClaim } from '../../../chain/consensus/newView.ts';
import { createPrePrepare } from '../../../chain/consensus/prePrepare.ts';
import { createViewChange } from '../../../chain/consensus/viewChange.ts';
import { createVote } from '../../../chain/consensus/vote.ts';
import { verifySigned } from '../../../chain/signature.ts';
import {
  askHistory,
  type HistoryOptions,
  type HistoryQuestion,
  SIGN_NOTHING,
} from '../../../node/consensus/history.ts';
import type { SyncedBlock } from '../../../node/wire/blocks.ts';
import { type History, historySchema } from '../../../node/wire/requests.ts';
import { captureLog, messagesOf } from '../../support/capturedLog.ts';
import { ChainBuilder, hashOf } from '../../support/chainBuilder.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { type Answerer, MemoryPeers } from '../../support/memoryPeers.ts';
import { silent, syncedOf } from '../sync/syncRig.ts';

/** The validator that asks; by its votes, `ChainBuilder` certifies with 0, 1 and 2. */
const SELF = 3;

const NOTHING: History = { last: undefined, newest: undefined };

/** A chain of four validators, from height 1 on. */
function chainOf(count: number): { builder: ChainBuilder; blocks: readonly SyncedBlock[] } {
  const builder = new ChainBuilder();
  const blocks = Array.from({ length: count }, () =>
    syncedOf(builder.next({ batchCount: 0, recordCount: 0 })),
  );
  return { builder, blocks };
}

const { builder: long, blocks: BLOCKS } = chainOf(30);

function certified(height: number): History['last'] {
  const { header, certificate } = BLOCKS[height - 1]!;
  return { header, certificate };
}

const chainId = long.edge.header.chainId;
const voter = { chainId, sign: long.signers[SELF]! };

function vote(kind: 2 | 3, height: number, view = 0): Message {
  return createVote({ kind, height, view, blockHash: hashOf('block'), index: SELF }, voter);
}

function answering(history: Partial<History>): Answerer {
  return (request) => {
    expect(request.type).to.equal('history');
    return encode(historySchema, { ...NOTHING, ...history });
  };
}

function holding(message: Message, height = 0): Answerer {
  const last = height === 0 ? undefined : certified(height);
  return answering({ last, newest: encodeMessage(message) });
}

interface Setting extends Partial<HistoryOptions> {
  /** Height of the chain in the store. */
  readonly height?: number;
  readonly validatorCount?: number;
  readonly self?: number;
}

class HistoryRig {
  readonly clock = new FakeClock();
  readonly peers = new MemoryPeers();
  readonly log = captureLog('debug');
  readonly builder: ChainBuilder;
  question!: HistoryQuestion;
  #edge: ChainBuilder['edge'];

  constructor({ height = 0, validatorCount = 4 }: Setting = {}) {
    this.builder = new ChainBuilder({ validatorCount });
    for (let i = 0; i < height; i++) this.builder.next({ batchCount: 0, recordCount: 0 });
    this.#edge = this.builder.edge;
  }

  /** What has come of the question; undefined while it is open. */
  floor: number | undefined;
  fault: unknown;

  async ask({ self = SELF, ...options }: Setting = {}): Promise<void> {
    const all = {
      hasLog: true,
      isLogWhole: false,
      baseHeight: 0,
      restored: [],
      signAtOnce: false,
      ...options,
    };
    this.question = askHistory(
      { publicKey: this.builder.validators[self]?.consensusKey ?? hashOf('nobody'), ...all },
      {
        peers: this.peers,
        clock: this.clock,
        log: this.log.log,
        random: () => 1,
        edge: () => this.#edge,
        verify: verifySigned,
      },
    );
    this.question.floor.then(
      (floor) => (this.floor = floor),
      (error: unknown) => (this.fault = error),
    );
    await settled();
  }

  /** Grows the chain by sync. */
  grow(count: number): void {
    for (let i = 0; i < count; i++) this.builder.next({ batchCount: 0, recordCount: 0 });
    this.#edge = this.builder.edge;
  }

  async up(index: number, answer: Answerer): Promise<void> {
    this.question.onPeer(this.peers.connect(index, answer), 'up');
    await settled();
  }

  async down(index: number): Promise<void> {
    this.peers.disconnect(index);
    this.question.onPeer({ peerId: `peer-${index}`, role: 'validator', index }, 'down');
    await settled();
  }
}

/** Asks with two others that answer thus, of the three that a set of four has. */
async function floorOf(
  setting: Setting,
  first: Answerer,
  second = first,
): Promise<number | undefined> {
  const { height, validatorCount, ...options } = setting;
  const rig = new HistoryRig(setting);
  rig.peers.connect(0, first);
  rig.peers.connect(1, second);
  await rig.ask(options);
  expect(rig.fault).to.equal(undefined);
  expect(rig.clock.timerCount).to.equal(rig.floor === undefined ? 2 : 0);
  rig.question.stop();
  return rig.floor;
}

describe('the question for a validator’s history', () => {
  describe('bars nothing', () => {
    it('on a fresh network of four, where nobody holds anything', async () => {
      expect(await floorOf({ hasLog: false }, answering({}))).to.equal(0);
    });

    it('where nobody holds more than the log', async () => {
      const restored = [vote(2, 21), vote(3, 21)];
      const answer = holding(vote(3, 21), 20);

      expect(await floorOf({ height: 20, restored }, answer)).to.equal(0);
    });

    it('for what others hold of heights that are over', async () => {
      expect(await floorOf({ height: 20 }, holding(vote(3, 20), 20))).to.equal(0);
    });

    it('where the chain begins at height 10 and has passed the floor that this gave', async () => {
      const setting = { height: 12, baseHeight: 10 };

      expect(await floorOf(setting, answering({ last: certified(20) }))).to.equal(0);
    });

    it('after a pause in which the chain went on without it', async () => {
      expect(
        await floorOf({ height: 20, restored: [vote(2, 21)] }, answering({ last: certified(30) })),
      ).to.equal(0);
    });

    it('where the chain has begun without it, and the log says what it did', async () => {
      expect(await floorOf({ restored: [vote(2, 1)] }, answering({ last: certified(2) }))).to.equal(
        0,
      );
    });

    it('for a set of one, at once, whatever it has lost', async () => {
      const rig = new HistoryRig({ validatorCount: 1 });
      await rig.ask({ self: 0, hasLog: false });

      expect(rig.floor).to.equal(0);
      expect(rig.question.waitingFor()).to.equal(undefined);
    });

    it('for who is in no set, at once', async () => {
      const rig = new HistoryRig();
      await rig.ask({ self: 99, hasLog: false });

      expect(rig.floor).to.equal(0);
    });
  });

  describe('bars two heights above the highest that is certified', () => {
    for (const height of [10, 11]) {
      it(`where the chain begins at height 10 and ends at ${height}, whatever the log says`, async () => {
        const setting = { height, baseHeight: 10, restored: [vote(2, height + 1)] };

        expect(await floorOf(setting, holding(vote(2, height + 1), 20))).to.equal(22);
        expect(await floorOf(setting, answering({}))).to.equal(height + 2);
      });
    }

    it('where the log is missing', async () => {
      const answer = answering({ last: certified(20) });

      expect(await floorOf({ height: 20, hasLog: false }, answer)).to.equal(22);
    });

    it('where the log is missing and the chain is behind', async () => {
      const first = answering({ last: certified(25) });
      const second = answering({ last: certified(30) });

      expect(await floorOf({ height: 20, hasLog: false }, first, second)).to.equal(32);
      expect(await floorOf({ height: 20, hasLog: false }, second, first)).to.equal(32);
    });

    it('where the log is missing and others know less than this node', async () => {
      expect(
        await floorOf({ height: 20, hasLog: false }, answering({ last: certified(3) })),
      ).to.equal(22);
    });

    it('where everything is gone', async () => {
      expect(
        await floorOf({ hasLog: false }, answering({ last: certified(30) }), answering({})),
      ).to.equal(32);
    });

    it('where everything is gone and one other holds a message', async () => {
      expect(await floorOf({ hasLog: false }, holding(vote(2, 1)), answering({}))).to.equal(2);
    });

    it('where the chain is gone and the log is empty, as it is after it was emptied', async () => {
      expect(await floorOf({}, answering({ last: certified(30) }))).to.equal(32);
    });

    it('not where the log holds everything that was ever signed, though the chain has begun since', async () => {
      expect(await floorOf({ isLogWhole: true }, answering({ last: certified(30) }))).to.equal(0);
    });

    it('where others hold what a log that was never emptied does not', async () => {
      expect(await floorOf({ isLogWhole: true }, holding(vote(2, 1)), answering({}))).to.equal(2);
    });

    it('where the chain is older than the log', async () => {
      expect(await floorOf({ height: 10, restored: [vote(2, 25)] }, answering({}))).to.equal(26);
    });

    it('where another holds a message that an older backup does not have', async () => {
      const restored = [vote(2, 11)];

      expect(
        await floorOf({ height: 10, restored }, holding(vote(3, 25), 24), answering({})),
      ).to.equal(26);
    });

    it('where a message shows a height that nobody has certified yet', async () => {
      expect(await floorOf({ height: 10 }, holding(vote(3, 25)), answering({}))).to.equal(26);
    });

    it('where another holds a later message of the same height', async () => {
      const restored = [vote(2, 21)];

      expect(await floorOf({ height: 20, restored }, holding(vote(3, 21), 20))).to.equal(22);
      expect(await floorOf({ height: 20, restored }, holding(vote(2, 21, 1), 20))).to.equal(22);
    });

    it('where another holds a contradiction to the log', async () => {
      const blockHash = hashOf('another block');
      const contradiction = createVote(
        { kind: 2, height: 21, view: 0, blockHash, index: SELF },
        voter,
      );

      expect(
        await floorOf({ height: 20, restored: [vote(2, 21)] }, holding(contradiction)),
      ).to.equal(22);
    });

    it('where a certificate above its own height holds its vote', async () => {
      // Validator 0 has certified all blocks: one that is at 20 has forgotten that it decided 30.
      const publicKey = long.validators[0]!.consensusKey;
      const rig = new HistoryRig({ height: 20 });
      rig.peers.connect(1, answering({ last: certified(30) }));
      rig.peers.connect(2, answering({}));
      await rig.ask({ publicKey });

      expect(rig.floor).to.equal(32);
    });

    it('but not where the log has that vote', async () => {
      const { certificate } = certified(21)!;
      const { height, view, blockHash } = certificate;
      const mine: Durable = { kind: 3, height, view, blockHash, ...certificate.signatures[0]! };
      const rig = new HistoryRig({ height: 20 });
      rig.peers.connect(1, answering({ last: certified(21) }));
      rig.peers.connect(2, answering({}));
      await rig.ask({ publicKey: long.validators[0]!.consensusKey, restored: [mine] });

      expect(rig.floor).to.equal(0);
    });

    it('as the chain was at the start, though it has synced since', async () => {
      const rig = new HistoryRig({ height: 10 });
      rig.peers.connect(0, holding(vote(3, 25), 24));
      await rig.ask();
      rig.grow(20);
      await rig.up(1, answering({}));

      expect(rig.floor).to.equal(32);
      expect(messagesOf(rig.log)).to.deep.equal([
        'history was lost: signing nothing up to the floor',
      ]);
    });

    it('whatever kind of message it is', async () => {
      const { header } = BLOCKS[20]!;
      const proposal = createPrePrepare({ view: 0, header, index: SELF }, voter);
      const viewChange = createViewChange(
        { height: 21, view: 1, index: SELF, prepared: undefined },
        voter,
      );
      const others = [0, 1].map((index) =>
        createViewChange(
          { height: 21, view: 1, index, prepared: undefined },
          { chainId, sign: long.signers[index]! },
        ),
      );
      const newProposal = createPrePrepare(
        { view: 1, header: { ...header, view: 1 }, index: SELF },
        voter,
      );
      const newView: Message = {
        kind: 5,
        proposal: newProposal,
        viewChanges: [...others, viewChange].map(signedClaim),
        prepared: undefined,
      };
      for (const message of [proposal, viewChange, newView]) {
        expect(await floorOf({ height: 20 }, holding(message, 20)), `${message.kind}`).to.equal(22);
      }
    });
  });

  describe('waits', () => {
    it('for two of three others, and says so', async () => {
      const rig = new HistoryRig({ height: 20 });
      await rig.ask();
      expect(rig.question.waitingFor()).to.equal(
        '2 of validator-0, validator-1, validator-2 must say what they hold of this validator before it signs',
      );
      await rig.up(1, answering({}));
      expect(rig.floor).to.equal(undefined);
      expect(rig.question.waitingFor()).to.match(/^1 of validator-0, validator-2 must/);
      await rig.up(2, answering({}));

      expect(rig.floor).to.equal(0);
      expect(rig.question.waitingFor()).to.equal(undefined);
    });

    it('for as many as make a quorum with itself', async () => {
      for (const [validatorCount, wanted] of [
        [2, 1],
        [3, 1],
        [4, 2],
        [6, 3],
        [7, 4],
      ] as const) {
        const rig = new HistoryRig({ validatorCount });
        await rig.ask({ self: 0 });
        for (let index = 1; index < wanted; index++) await rig.up(index, answering({}));
        expect(rig.floor, `${validatorCount}`).to.equal(undefined);
        await rig.up(wanted, answering({}));
        expect(rig.floor, `${validatorCount}`).to.equal(0);
      }
    });

    it('as long as nobody answers, asking again, at first soon and then every second', async () => {
      const rig = new HistoryRig({ height: 20 });
      const times: number[] = [];
      rig.peers.connect(0, () => {
        times.push(rig.clock.nowMs());
        return new Uint8Array(1);
      });
      await rig.ask();
      for (let i = 0; i < 60; i++) await rig.clock.advance(100);

      expect(times.slice(1).map((time, i) => time - times[i]!)).to.deep.equal([
        100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000,
      ]);
      expect(rig.floor).to.equal(undefined);
      rig.question.stop();
    });

    it('three seconds for an answer, and asks again', async () => {
      const rig = new HistoryRig({ height: 20 });
      rig.peers.connect(0, silent);
      await rig.ask();
      await rig.clock.advance(2_999);
      expect(rig.peers.made).to.have.length(1);
      await rig.clock.advance(1);
      await rig.clock.advance(100);

      expect(rig.peers.made).to.have.length(2);
      expect(rig.peers.reports).to.deep.equal([]);
      rig.question.stop();
    });

    it('for nobody twice: one validator that answers again and again is one', async () => {
      const rig = new HistoryRig({ height: 20 });
      await rig.ask();
      for (let i = 0; i < 3; i++) {
        await rig.up(0, answering({}));
        await rig.down(0);
      }

      expect(rig.floor).to.equal(undefined);
      expect(rig.peers.made).to.have.length(1);
      rig.question.stop();
    });

    it('for validators, not for itself or for observers', async () => {
      const rig = new HistoryRig({ height: 20 });
      await rig.ask();
      await rig.up(SELF, answering({}));
      await rig.up(17, answering({}));
      rig.question.onPeer({ peerId: 'reader', role: 'observer', index: undefined }, 'up');
      await settled();

      expect(rig.question.waitingFor()).to.match(/^2 of/);
      rig.question.stop();
    });

    it('for nobody who has gone', async () => {
      const rig = new HistoryRig({ height: 20 });
      rig.peers.connect(0, () => new Uint8Array(1));
      await rig.ask();
      expect(rig.clock.timerCount).to.equal(1);
      await rig.down(0);

      expect(rig.clock.timerCount).to.equal(0);
      rig.question.stop();
    });

    it('and asks at once who comes up', async () => {
      const rig = new HistoryRig({ height: 20 });
      rig.peers.connect(0, silent);
      await rig.ask();
      await rig.down(0);
      await rig.up(0, answering({}));

      expect(rig.question.waitingFor()).to.match(/^1 of/);
      rig.question.stop();
    });
  });

  describe('believes no answer', () => {
    const forger = { chainId, sign: long.signers[0]! };
    const forged = (message: Message): Partial<History> => ({ newest: encodeMessage(message) });
    const { header, certificate } = certified(30)!;
    const bad: Readonly<Record<string, Partial<History> | Uint8Array>> = {
      'with a message that another signed': forged(
        createVote({ kind: 3, height: 25, view: 0, blockHash: hashOf('b'), index: SELF }, forger),
      ),
      'with a message of another': forged(
        createVote({ kind: 3, height: 25, view: 0, blockHash: hashOf('b'), index: 0 }, forger),
      ),
      'with its own message of another height': forged({ ...vote(3, 25), height: 26 } as Message),
      'with its own message of another chain': forged(
        createVote(
          { kind: 3, height: 25, view: 0, blockHash: hashOf('b'), index: SELF },
          { chainId: hashOf('test network'), sign: voter.sign },
        ),
      ),
      'with a message of nobody': forged({ ...vote(3, 25), index: 99 } as Message),
      'with a message of no form': { newest: Uint8Array.of(1, 2, 3) },
      'with a header and too few votes': {
        last: {
          header,
          certificate: { ...certificate, signatures: certificate.signatures.slice(1) },
        },
      },
      'with a header and another’s votes': {
        last: { ...certified(30)!, header: certified(29)!.header },
      },
      'with a header and a vote that is forged': {
        last: {
          header,
          certificate: {
            ...certificate,
            signatures: certificate.signatures.map((each) => ({
              ...each,
              signature: certificate.signatures[0]!.signature,
            })),
          },
        },
      },
      'with a header of another chain': {
        last: {
          header: { ...header, chainId: hashOf('test network') },
          certificate: long.certify({ ...header, chainId: hashOf('test network') }),
        },
      },
      'of no form': new Uint8Array(7),
      'of no bytes': new Uint8Array(),
      'with a byte too many': Uint8Array.of(...encode(historySchema, NOTHING), 0),
    };

    for (const [name, answer] of Object.entries(bad)) {
      it(name, async () => {
        const rig = new HistoryRig({ height: 20 });
        rig.peers.connect(0, answer instanceof Uint8Array ? () => answer : answering(answer));
        rig.peers.connect(1, answering({}));
        await rig.ask();

        expect(rig.peers.judgementsOf(0)).to.deep.equal(['reject']);
        expect(rig.floor).to.equal(undefined);
        await rig.up(2, answering({}));
        expect(rig.floor).to.equal(0);
      });
    }

    it('that is too long', async () => {
      const rig = new HistoryRig({ height: 20 });
      rig.peers.connect(0, () => new Uint8Array(1_048_576));
      await rig.ask();

      expect(rig.floor).to.equal(undefined);
      expect(rig.question.waitingFor()).to.match(/^2 of/);
      rig.question.stop();
    });
  });

  it('judges nothing that lies at its own height or below: it claims nothing', async () => {
    const { header, certificate } = certified(20)!;
    const unproved = answering({
      last: { header, certificate: { ...certificate, signatures: [] } },
    });

    expect(await floorOf({ height: 20 }, unproved)).to.equal(0);
  });

  describe('asked with one liar among those who answer', () => {
    it('learns from the other what the liar holds back', async () => {
      expect(
        await floorOf({ hasLog: false }, answering({}), answering({ last: certified(30) })),
      ).to.equal(32);
      expect(await floorOf({ height: 10 }, answering({}), holding(vote(3, 25)))).to.equal(26);
    });
  });

  it('may be cut short by the operator, with a warning that names the risk', async () => {
    const rig = new HistoryRig({ height: 20 });
    await rig.ask({ hasLog: false, signAtOnce: true });

    expect(rig.floor).to.equal(0);
    expect(rig.peers.made).to.deep.equal([]);
    expect(messagesOf(rig.log)[0]).to.include('it may contradict itself');
  });

  it('is not worth a warning where nobody would be asked', async () => {
    const rig = new HistoryRig({ validatorCount: 1 });
    await rig.ask({ self: 0, signAtOnce: true });

    expect(messagesOf(rig.log)).to.deep.equal([]);
  });

  it('lets nothing be signed when it is stopped, and asks no more', async () => {
    const rig = new HistoryRig({ height: 20 });
    rig.peers.connect(0, silent);
    await rig.ask();
    rig.question.stop();
    await rig.up(1, answering({}));

    expect(rig.floor).to.equal(SIGN_NOTHING);
    expect(rig.clock.timerCount).to.equal(0);
    expect(rig.peers.made).to.have.length(1);
  });

  it('is a fault where a request ends in no way that the network knows', async () => {
    const rig = new HistoryRig({ height: 20 });
    rig.peers.connect(0, () => Promise.reject(new TypeError('a mistake')));
    await rig.ask();

    expect(String(rig.fault)).to.equal('TypeError: a mistake');
    rig.question.stop();
  });
});
