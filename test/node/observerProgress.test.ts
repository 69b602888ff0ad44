/** How an observer stands against what validators tell, some of whom lie. */
import { expect } from 'chai';

import type { ConnectedPeer } from '../../node/peers.ts';
import { Follower } from '../../node/follower.ts';
import { Ledger } from '../../node/ledger.ts';
import { ObserverProgress } from '../../node/observerProgress.ts';
import { Rules } from '../../node/rules.ts';
import { type KnownPeer, Standings } from '../../node/standings.ts';
import { verifySigned } from '../../chain/signature.ts';
import { createMemoryChainStore } from '../../node/store/memoryChainStore.ts';
import { captureLog } from '../support/capturedLog.ts';
import { FakeClock, settled } from '../support/fakeClock.ts';
import { type Answerer, MemoryPeers } from '../support/memoryPeers.ts';
import { type BuiltChain, buildChain, changed, honest } from './sync/syncRig.ts';

/** An observer of four validators over memory, and what each of them has told. */
class ObserverRig {
  readonly clock = new FakeClock();
  readonly peers = new MemoryPeers();
  readonly faults: unknown[] = [];
  readonly applied: number[] = [];
  readonly ledger: Ledger;
  readonly follower: Follower;
  readonly progress: ObserverProgress;
  readonly #told = new Map<string, number>();

  private constructor(ledger: Ledger, { builder }: BuiltChain) {
    const { clock, peers } = this;
    this.ledger = ledger;
    const rules = new Rules(ledger);
    const known = (): readonly KnownPeer[] =>
      builder.validators.map(({ peerId }, index) => {
        const height = this.#told.get(`peer-${index}`);
        return { peerId, isUp: height !== undefined, height, lastSeenMs: undefined };
      });
    const common = { clock, ledger, rules, peers: known };
    const standings = new Standings({ ...common, isSelf: () => false });
    this.progress = new ObserverProgress({ ...common, standings });
    this.follower = new Follower({
      ledger,
      peers,
      clock,
      log: captureLog().log,
      verify: verifySigned,
      random: () => 0,
      pause: () => Promise.resolve(),
      onBlock: (block) => {
        this.applied.push(block.header.height);
        this.progress.noteBlock(block);
      },
      onFault: (error) => void this.faults.push(error),
    });
  }

  static async open(chain: BuiltChain): Promise<ObserverRig> {
    const store = createMemoryChainStore();
    await store.commit(chain.builder.genesis);
    const { header, applied } = chain.builder.genesis;
    const { state } = applied.edge;
    const ledger = await Ledger.open(store, {
      chainId: header.chainId,
      timestampMs: header.timestampMs,
      validators: state.validatorSets[0]!.value,
      authorities: state.registries[0]!.value,
      params: state.params[0]!.value,
    });
    return new ObserverRig(ledger, chain);
  }

  connect(index: number, answer: Answerer): ConnectedPeer {
    const peer = this.peers.connect(index, answer);
    this.follower.onPeer(peer, 'up');
    return peer;
  }

  disconnect(index: number): void {
    const peer: ConnectedPeer = { peerId: `peer-${index}`, role: 'validator', index };
    this.peers.disconnect(index);
    this.#told.delete(peer.peerId);
    this.follower.onPeer(peer, 'down');
  }

  /** A beat of a validator. */
  async tell(index: number, height: number): Promise<void> {
    const peerId = `peer-${index}`;
    this.#told.set(peerId, height);
    this.follower.heard(peerId, height);
    this.progress.noteHeight();
    await settled();
  }

  get height(): number {
    return this.ledger.edge().header.height;
  }
}

describe('an observer', () => {
  let chain: BuiltChain;
  let rig: ObserverRig;

  before(async () => {
    chain = await buildChain(8);
  });
  beforeEach(async () => {
    rig = await ObserverRig.open(chain);
  });
  afterEach(async () => {
    await rig.follower.stop();
    expect(rig.faults).to.deep.equal([]);
  });

  it('fetches what a validator tells of, and applies each block once, in order', async () => {
    rig.connect(0, honest(chain));
    await rig.tell(0, 8);
    await rig.tell(0, 8);

    expect(rig.applied).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(rig.height).to.equal(8);
  });

  it('is late before anybody has told anything', () => {
    expect(rig.progress.late()).to.match(/^none of .* can be reached, or none has this observer/);
    expect(rig.progress.isSyncing()).to.equal(false);
    expect(rig.progress.following()).to.deep.equal([]);
  });

  it('is up to date when it has what was told', async () => {
    rig.connect(0, honest(chain));
    await rig.tell(0, 8);

    expect(rig.progress.late()).to.equal(undefined);
    expect(rig.progress.isSyncing()).to.equal(false);
    expect(rig.progress.blocksBehind()).to.equal(0);
  });

  it('stays so while a new block is on its way, for 10 s and no longer', async () => {
    rig.connect(0, honest(chain));
    await rig.tell(0, 8);
    rig.connect(0, () => new Promise(() => undefined));
    await rig.tell(0, 9);
    await rig.clock.advance(9_999);
    const before = rig.progress.late();
    await rig.clock.advance(1);

    expect(before).to.equal(undefined);
    expect(rig.progress.late()).to.equal('blocks up to 9 are being fetched; 8 is here');
    expect(rig.progress.isSyncing()).to.equal(true);
    expect(rig.progress.blocksBehind()).to.equal(1);
  });

  it('is late 10 s after the last validator has gone', async () => {
    rig.connect(0, honest(chain));
    await rig.tell(0, 8);
    rig.disconnect(0);
    await rig.clock.advance(10_000);

    expect(rig.progress.late()).to.match(/^none of /);
  });

  it('is not made late by one of four that tells of blocks that nobody has', async () => {
    rig.connect(0, honest(chain));
    rig.connect(1, honest(chain));
    await rig.tell(0, 8);
    await rig.tell(1, Number.MAX_SAFE_INTEGER);
    await rig.clock.advance(8_000);
    await rig.tell(0, 8);
    await rig.clock.advance(8_000);

    expect(rig.height).to.equal(8);
    expect(rig.progress.late()).to.equal(undefined);
    expect(rig.progress.blocksBehind()).to.equal(0);
  });

  it('is not made up to date by one of four that tells of fewer than the others', async () => {
    for (const index of [0, 1, 2]) rig.connect(index, () => new Promise(() => undefined));
    await rig.tell(1, 8);
    await rig.tell(2, 8);
    await rig.tell(0, 0);

    expect(rig.progress.late()).to.equal('blocks up to 8 are being fetched; 0 is here');
  });

  it('misses a block 30 s after one was due', async () => {
    rig.connect(0, honest(chain));
    await rig.tell(0, 8);
    await rig.clock.advance(89_999);
    await rig.tell(0, 8);
    const before = rig.progress.stalled();
    await rig.clock.advance(1);

    expect(before).to.equal(undefined);
    expect(rig.progress.late()).to.equal(undefined);
    expect(rig.progress.stalled()).to.match(/^no block for 90 s, where one is due every 60 s: /);
  });

  it('believes no block that a quorum has not decided', async () => {
    const unsigned = changed(chain, (block) => {
      const signatures = block.certificate.signatures.slice(1);
      return { ...block, certificate: { ...block.certificate, signatures } };
    });
    rig.connect(0, unsigned);
    await rig.tell(0, 8);

    expect(rig.applied).to.deep.equal([]);
    expect(rig.peers.reports.map(({ judgement }) => judgement)).to.include('reject');
  });
});
