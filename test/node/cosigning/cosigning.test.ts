/** Cosigning among replicas: what the others hear, what is lost, and what a restored folder may say. */
import { expect } from 'chai';

import type { SignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { policyOf } from '../../../chain/log/policy.ts';
import { checkLogSignature, checkQuorum, cosignersOf } from '../../../chain/log/trust.ts';
import { rootOf } from '../../../chain/merkle.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { decodeAnswer } from '../../../node/cosigning/checkpointAnswer.ts';
import type { Claim } from '../../../node/cosigning/claim.ts';
import { Cosigning } from '../../../node/cosigning/cosigning.ts';
import { Ledger } from '../../../node/ledger.ts';
import { createMemoryChainStore } from '../../../node/store/memoryChainStore.ts';
import { createMemoryWorkStore } from '../../../node/store/memoryWorkStore.ts';
import { decodeVoteFrame } from '../../../node/wire/votes.ts';
import { captureLog } from '../../support/capturedLog.ts';
import { GENESIS_MS } from '../../support/chainBuilder.ts';
import { CHAIN_ID, validatorsOf } from '../../support/chainValues.ts';
import { cosigningOf, NETWORK_LOG } from '../../support/cosigners.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import type { Carried } from '../../support/memoryNetwork.ts';
import { MemoryPeers } from '../../support/memoryPeers.ts';
import { sentBatchOf } from '../../support/sentBatches.ts';
import { ReplicaSite, type RunningReplica } from '../replicaRig.ts';

function claimIn({ channel, bytes }: Carried): Claim | undefined {
  if (channel !== 'votes') return undefined;
  const frame = decodeVoteFrame(bytes);
  return frame.type === 'claim' ? frame.claim : undefined;
}

/** Sizes that a validator has said that it cosigned, since a moment; each once. */
function sizesSaidBy(site: ReplicaSite, index: number, since = 0): readonly number[] {
  const said = site.network.carried.slice(since).filter(({ from }) => from === index);
  return [...new Set(said.flatMap((each) => claimIn(each)?.treeSize ?? []))];
}

/** Whether a replica holds a final checkpoint of its last block; its signatures are checked. */
function isFinal({ replica, ledger }: RunningReplica): boolean {
  const final = replica.cosigning.final();
  const { frontier } = ledger.edge();
  if (final?.treeSize !== frontier.treeSize) return false;
  checkFinal(final);
  expect(final.root).to.deep.equal(rootOf(frontier));
  return true;
}

function checkFinal(final: SignedCheckpoint): void {
  const policy = policyOf(NETWORK_LOG, validatorsOf(4));
  checkLogSignature(final, policy);
  checkQuorum(cosignersOf(final.note, policy), policy);
}

/** Commits a photograph of a validator at all that run. */
async function commit(site: ReplicaSite, index: number, sequence: number): Promise<void> {
  const count = site.at(index).ledger.recordCount();
  site.at(index).submit(sentBatchOf(`v${index}`, sequence));
  await site.untilRecords(count + 1);
}

describe('four validators', () => {
  it('make the checkpoint after each block final', async () => {
    const site = await ReplicaSite.start();
    await site.until(() => site.all().every(isFinal));
    for (const sequence of [1, 2, 3]) {
      await commit(site, 0, sequence);
      await site.until(() => site.all().every(isFinal), 100);
    }
    await site.stopAll();

    expect([0, 1, 2, 3].map((index) => sizesSaidBy(site, index).at(-1))).to.deep.equal([
      7, 7, 7, 7,
    ]);
    expect([site.faults(), site.network.reports]).to.deep.equal([[], []]);
  });

  it('do so with one of them away, which has it too when it is back', async () => {
    const site = await ReplicaSite.start();
    await commit(site, 0, 1);
    await site.stop(3);
    await commit(site, 0, 2);
    await site.until(() => site.all().every(isFinal));
    const moment = site.network.carried.length;
    await site.start(3);
    await site.until(() => site.all().every(isFinal) && isFinal(site.at(3)));
    await site.clock.advance(5_000);

    expect(sizesSaidBy(site, 3, moment)).to.deep.equal([5]);
    await site.stopAll();
  });

  it('say it again where every cosignature was lost', async () => {
    const site = await ReplicaSite.start();
    await commit(site, 0, 1);
    await site.until(() => site.all().every(isFinal));
    site.network.isLost = (carried) => claimIn(carried) !== undefined;
    await commit(site, 0, 2);
    await site.clock.advance(10_000);
    const during = site.all().map(isFinal);
    site.network.isLost = () => false;
    await site.until(() => site.all().every(isFinal), 3_000);

    expect(during).to.deep.equal([false, false, false, false]);
    await site.stopAll();
  });
});

describe('a validator that hears no cosignature', () => {
  it('asks for what the others have made final, and asks no more then', async () => {
    const site = await ReplicaSite.start();
    await site.until(() => site.all().every(isFinal));
    site.network.isLost = (carried) => carried.to === 2 && claimIn(carried) !== undefined;
    await commit(site, 0, 1);
    await site.until(() => isFinal(site.at(2)), 5_000);
    const askedCount = site.network.asked.length;
    await site.clock.advance(30_000);

    expect(site.network.asked.length).to.equal(askedCount);
    await site.stopAll();
  });
});

describe('a validator whose last block came while it was behind', () => {
  it('cosigns it once it is not, whether or not another block comes', async () => {
    const clock = new FakeClock(GENESIS_MS);
    const chain = createMemoryChainStore();
    const ledger = await Ledger.open(chain, {
      chainId: CHAIN_ID,
      timestampMs: GENESIS_MS,
      validators: validatorsOf(1),
      authorities: [],
      params: DEFAULT_PARAMS,
    });
    let isBehind = true;
    const cosigning = new Cosigning(cosigningOf(0), {
      chain,
      work: createMemoryWorkStore(),
      peers: new MemoryPeers(),
      clock,
      log: captureLog().log,
      edge: () => ledger.edge(),
      isBehind: () => isBehind,
      random: () => 0,
      onFinal: () => undefined,
      onFault: (error) => {
        throw error;
      },
    });
    cosigning.start();
    await clock.advance(10_000);
    const before = cosigning.view().cosignedSize;
    isBehind = false;
    await clock.advance(2_000);

    expect([before, cosigning.view().cosignedSize, cosigning.final()?.treeSize]).to.deep.equal([
      0, 1, 1,
    ]);
    await cosigning.stop();
  });
});

describe('a validator that starts', () => {
  it('cosigns nothing before a quorum, itself included, has told what it holds', async () => {
    const site = new ReplicaSite();
    await site.start(0);
    await site.start(1);
    await site.clock.advance(10_000);
    const before = [site.at(0).replica.cosigning.view(), sizesSaidBy(site, 0)];
    await site.start(2);
    await site.until(() => site.all().every(isFinal));

    expect(before).to.deep.equal([{ cosignedSize: 0, refusal: undefined, isAsking: true }, []]);
    expect(site.at(0).replica.cosigning.view()).to.deep.equal({
      cosignedSize: 1,
      refusal: undefined,
      isAsking: false,
    });
    await site.stopAll();
  });

  it('on a folder from before cosigns nothing until it has caught up', async () => {
    const site = await ReplicaSite.start();
    await commit(site, 0, 1);
    await site.stop(3);
    const backup = site.backUp(3);
    await site.start(3);
    await commit(site, 0, 2);
    await commit(site, 0, 3);
    await site.until(() => site.all().every(isFinal));
    await site.stop(3);
    site.restore(3, backup);
    const moment = site.network.carried.length;
    await site.start(3);
    await site.until(() => isFinal(site.at(3)) && site.at(3).height === site.at(0).height);
    await commit(site, 0, 4);
    await site.until(() => site.all().every(isFinal));

    // 7 it had said before; what its folder had was 3.
    expect(sizesSaidBy(site, 3, moment).every((size) => size >= 7)).to.equal(true);
    expect(sizesSaidBy(site, 3, moment)).to.include(9);
    await site.stopAll();
  });
});

describe('a peer that asks for the checkpoint', () => {
  it('is given the newest, and what was heard of it', async () => {
    const site = await ReplicaSite.start();
    await commit(site, 0, 1);
    await site.until(() => site.all().every(isFinal));
    const { cosigning } = site.at(0).replica;
    const toValidator = decodeAnswer(
      cosigning.answer({ peerId: 'peer-2', role: 'validator', index: 2 }),
    );
    const toObserver = decodeAnswer(
      cosigning.answer({ peerId: 'reader', role: 'observer', index: undefined }),
    );

    expect(toObserver.final).to.deep.equal(toValidator.final);
    expect([toValidator.newest?.treeSize, toObserver.newest]).to.deep.equal([3, undefined]);
    await site.stopAll();
  });
});
