import { expect } from 'chai';

import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { encodeBlock } from '../../../node/wire/blocks.ts';
import { messagesOf } from '../../support/capturedLog.ts';
import { ChainBuilder, hashOf } from '../../support/chainBuilder.ts';
import { settled } from '../../support/fakeClock.ts';
import {
  begunAt,
  buildChain,
  type BuiltChain,
  changed,
  honest,
  silent,
  SyncRig,
} from './syncRig.ts';

describe('block sync', () => {
  let chain: BuiltChain;
  let rig: SyncRig;

  before(async () => {
    chain = await buildChain(100);
  });

  beforeEach(async () => {
    rig = await SyncRig.open(chain);
  });

  afterEach(async () => {
    await rig.sync.stop();
    expect(rig.clock.timerCount, 'timers that are left').to.equal(0);
  });

  describe('with one honest peer', () => {
    it('applies every block up to the height that was named, in order', async () => {
      await rig.offer(0, 100, honest(chain));

      expect(rig.applied).to.deep.equal(heights(1, 100));
      expect(rig.ledger.edge()).to.deep.equal(chain.builder.edge);
      expect(rig.faults).to.deep.equal([]);
      expect(rig.peers.reports).to.deep.equal([]);
    });

    it('goes on from the height that it has', async () => {
      rig = await SyncRig.open(chain, { height: 90 });
      await rig.offer(0, 100, honest(chain));

      expect(rig.applied[0]).to.equal(91);
      expect(rig.height).to.equal(100);
    });

    it('asks for nothing that was not named', async () => {
      await rig.offer(0, 50, honest(chain));

      expect(rig.height).to.equal(50);
      expect(rig.peers.rangesOf(0).every(([, last]) => last <= 50)).to.equal(true);
    });

    it('asks nobody who is not ahead', async () => {
      rig = await SyncRig.open(chain, { height: 90 });
      await rig.offer(0, 90, honest(chain));

      expect(rig.peers.made).to.deep.equal([]);
      expect(rig.sync.isSyncing()).to.equal(false);
    });

    it('goes on when it hears of more', async () => {
      await rig.offer(0, 50, honest(chain));
      rig.sync.heard('peer-0', 100);
      await settled();

      expect(rig.height).to.equal(100);
    });

    it('counts blocks and bytes', async () => {
      await rig.offer(0, 100, honest(chain));

      const bytes = chain.blocks.reduce((sum, block) => sum + encodeBlock(block).length, 0);
      expect(rig.sync.counts()).to.deep.include({ blocks: 100, bytes, heldBytes: 0 });
    });

    it('says that it syncs, and to where, until it is there', async () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      rig.onApply = () => promise;
      await rig.offer(0, 100, honest(chain));

      expect([rig.sync.isSyncing(), rig.sync.target()]).to.deep.equal([true, 100]);
      resolve(undefined);
      await settled();
      expect([rig.sync.isSyncing(), rig.sync.target()]).to.deep.equal([false, 100]);
    });

    it('asks for more at once as blocks prove small', async () => {
      await rig.offer(0, 100, honest(chain));

      const counts = rig.peers.rangesOf(0).map(([first, last]) => last - first + 1);
      expect(counts).to.deep.equal([32, 42, 26]);
    });
  });

  describe('with several peers', () => {
    it('asks three at once, each for other heights', async () => {
      for (const index of [0, 1, 2, 4]) await rig.offer(index, 100, silent);

      expect([0, 1, 2, 4].map((index) => rig.peers.rangesOf(index))).to.deep.equal([
        [[1, 32]],
        [[33, 64]],
        [[65, 96]],
        [],
      ]);
    });

    it('takes what comes out of order', async () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const answer = honest(chain);
      await rig.offer(0, 100, async (request, bytes) => {
        await promise;
        return answer(request, bytes);
      });
      await rig.offer(1, 100, answer);
      expect(rig.height).to.equal(0);
      resolve(undefined);
      await settled();

      expect(rig.height).to.equal(100);
      expect(rig.faults).to.deep.equal([]);
    });

    it('asks each only for what it says that it has', async () => {
      await rig.offer(0, 10, silent);
      await rig.offer(1, 100, honest(chain));

      expect(rig.peers.rangesOf(0)).to.deep.equal([[1, 10]]);
      expect(rig.peers.rangesOf(1)[0]).to.deep.equal([11, 42]);
    });

    it('uses the others when one goes down in the middle', async () => {
      await rig.offer(0, 100, silent);
      await rig.offer(1, 100, honest(chain));
      expect(rig.height).to.equal(0);
      await rig.hangUp(0);

      expect(rig.height).to.equal(100);
    });

    it('asks another for what a slow one does not deliver, after five seconds', async () => {
      await rig.offer(0, 100, silent);
      await rig.offer(1, 100, honest(chain));
      await rig.clock.advance(4_999);
      expect(rig.height).to.equal(0);
      await rig.clock.advance(1);

      expect(rig.height).to.equal(100);
      expect(rig.sync.counts().refusals.slow).to.equal(1);
      expect(rig.peers.judgementsOf(0)).to.deep.equal(['ignore']);
    });

    it('asks a slow one last, though it repeats what it has', async () => {
      await rig.offer(0, 100, silent);
      await rig.clock.advance(5_000);
      await rig.offer(1, 100, silent);
      rig.sync.heard('peer-0', 100);
      await rig.clock.advance(4_999);

      expect(rig.peers.rangesOf(0)).to.have.length(1);
    });

    it('never blames one that goes down', async () => {
      await rig.offer(0, 100, silent);
      await rig.hangUp(0);

      expect(rig.peers.reports).to.deep.equal([]);
      expect(rig.sync.counts().refusals.failed).to.equal(0);
    });
  });

  describe('with the only peer', () => {
    it('slow, asks it again for less, and waits longer', async () => {
      await rig.offer(0, 100, silent);
      await rig.clock.advance(5_000);
      rig.sync.heard('peer-0', 100);
      await rig.clock.advance(500);
      expect(rig.peers.rangesOf(0)).to.deep.equal([
        [1, 32],
        [1, 16],
      ]);
      await rig.clock.advance(9_999);
      expect(rig.sync.counts().refusals.slow).to.equal(1);
      await rig.clock.advance(1);

      expect(rig.sync.counts().refusals.slow).to.equal(2);
    });

    it('slow once, asks it for as much as before when it has answered', async () => {
      const large = await buildChain(100);
      rig = await SyncRig.open(large);
      await rig.offer(0, 100, silent);
      await rig.clock.advance(5_000);
      await rig.offer(0, 100, honest(large));
      await rig.clock.advance(500);

      const counts = rig.peers.rangesOf(0).map(([first, last]) => last - first + 1);
      expect(counts).to.deep.equal([32, 16, 42, 42]);
      expect(rig.height).to.equal(100);
    });

    it('back after a failure, uses it within a second', async () => {
      await rig.offer(0, 100, silent);
      for (let i = 0; i < 20; i++) {
        await rig.hangUp(0);
        await rig.offer(0, 100, () => Promise.reject(new Error('unused')));
        await rig.hangUp(0);
      }
      rig.faults.length = 0;
      await rig.offer(0, 100, honest(chain));
      await rig.clock.advance(1_000);

      expect(rig.height).to.equal(100);
    });

    it('silent, forgets what it said', async () => {
      await rig.offer(0, 100, silent);
      await rig.clock.advance(5_000);

      expect(rig.sync.isSyncing()).to.equal(false);
      expect(rig.sync.target()).to.equal(0);
    });
  });

  describe('with a peer whose chain begins at height 50', () => {
    let begun: BuiltChain;

    before(async () => {
      begun = await begunAt(chain, 50);
    });

    it('applies nothing of it while it lacks the blocks up to there, and holds it no lie', async () => {
      await rig.offer(0, 100, honest(begun));

      expect(rig.height).to.equal(0);
      expect(rig.peers.judgementsOf(0)).to.deep.equal(['ignore']);
      expect(rig.sync.isSyncing()).to.equal(false);
    });

    it('gets the blocks from another, and is told to wait by nobody', async () => {
      await rig.offer(0, 100, honest(begun));
      await rig.offer(1, 100, honest(chain));

      expect(rig.applied).to.deep.equal(heights(1, 100));
      expect(rig.peers.rangesOf(0)).to.have.length(1);
      expect(rig.faults).to.deep.equal([]);
    });

    it('lacks the block with which it begins too', async () => {
      rig = await SyncRig.open(chain, { height: 49 });
      await rig.offer(0, 100, honest(begun));

      expect(rig.height).to.equal(49);
    });

    it('gets what follows from it', async () => {
      rig = await SyncRig.open(chain, { height: 50 });
      await rig.offer(0, 100, honest(begun));

      expect(rig.applied).to.deep.equal(heights(51, 100));
      expect(rig.peers.reports).to.deep.equal([]);
    });
  });

  describe('told of heights that nobody has', () => {
    it('asks once, reports an empty answer as ignored, and believes the peer no more', async () => {
      rig = await SyncRig.open(chain, { height: 100 });
      await rig.offer(0, 1e15, honest(chain));

      expect(rig.peers.made).to.have.length(1);
      expect(rig.peers.judgementsOf(0)).to.deep.equal(['ignore']);
      expect(rig.sync.isSyncing()).to.equal(false);
    });

    it('asks a liar that repeats itself every second fewer and fewer times, at most once a minute', async () => {
      rig = await SyncRig.open(chain, { height: 100 });
      const times: number[] = [];
      await rig.offer(0, 1e15, () => {
        times.push(rig.clock.nowMs());
        return new Uint8Array();
      });
      for (let second = 0; second < 600; second++) {
        rig.sync.heard('peer-0', 1e15);
        await rig.clock.advance(1_000);
      }

      const pauses = times.slice(1).map((time, i) => time - times[i]!);
      expect(times).to.have.length.below(20);
      expect(pauses.at(-1)).to.equal(60_000);
    });

    it('syncs from the others all the same', async () => {
      await rig.offer(0, 1e15, () => new Uint8Array());
      await rig.offer(1, 100, honest(chain));

      expect(rig.height).to.equal(100);
    });

    it('takes no word of a peer that is not connected', async () => {
      rig.sync.heard('peer-7', 100);
      await settled();

      expect(rig.sync.target()).to.equal(0);
      expect(rig.peers.made).to.deep.equal([]);
    });
  });

  describe('when consensus decides a block meanwhile', () => {
    it('drops the synced copy and goes on', async () => {
      rig.onApply = async ({ header }) => {
        // Another has decided the next three before this one is applied.
        if (header.height !== 10) return;
        for (const block of chain.blocks.slice(9, 13)) {
          await rig.ledger.append({ ...block, execution: undefined });
        }
      };
      await rig.offer(0, 100, honest(chain));

      expect(rig.height).to.equal(100);
      expect(rig.given).to.deep.equal(heights(1, 10).concat(heights(14, 100)));
      expect(rig.faults).to.deep.equal([]);
      expect(rig.peers.reports).to.deep.equal([]);
    });

    it('drops answers that are over when they come', async () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const answer = honest(chain);
      await rig.offer(0, 20, async (request, bytes) => {
        await promise;
        return answer(request, bytes);
      });
      for (const block of chain.blocks.slice(0, 20)) {
        await rig.ledger.append({ ...block, execution: undefined });
      }
      resolve(undefined);
      await settled();

      expect(rig.applied).to.deep.equal([]);
      expect(rig.sync.isSyncing()).to.equal(false);
    });
  });

  describe('and the right to sign', () => {
    it('tells of the highest certificate of an answer before any of its blocks is applied', async () => {
      rig.onApply = () => new Promise(() => undefined);
      rig.onPause = () => new Promise(() => undefined);
      void rig.offer(0, 20, honest(chain));
      await settled();

      expect(rig.certified).to.deep.equal([20]);
      expect(rig.applied).to.deep.equal([]);
      rig = await SyncRig.open(chain);
    });

    it('tells nothing of a certificate that does not hold', async () => {
      const forged = changed(chain, (block) => ({
        ...block,
        certificate: { ...block.certificate, signatures: block.certificate.signatures.slice(1) },
      }));
      await rig.offer(0, 20, forged);

      expect(rig.certified).to.deep.equal([]);
    });

    it('tells of each height once, and never of a lower one', async () => {
      await rig.offer(0, 100, honest(chain));

      expect(rig.certified).to.deep.equal([...new Set(rig.certified)].sort((a, b) => a - b));
      expect(rig.certified.at(-1)).to.equal(100);
    });
  });

  describe('overlaps', () => {
    it('checks a block while the one before is written', async () => {
      const events: string[] = [];
      const gate = Promise.withResolvers<undefined>();
      rig.onPause = async () => void events.push('check');
      rig.onApply = async ({ header }) => {
        events.push(`write ${header.height}`);
        if (header.height === 1) await gate.promise;
      };
      await rig.offer(0, 3, honest(chain));
      expect(events).to.deep.equal(['check', 'write 1', 'check']);
      gate.resolve(undefined);
      await settled();

      expect(events.slice(3)).to.deep.equal(['write 2', 'check', 'write 3']);
    });

    it('fetches while blocks are written', async () => {
      const gate = Promise.withResolvers<undefined>();
      rig.onApply = () => gate.promise;
      await rig.offer(0, 100, honest(chain));

      expect(rig.height).to.equal(0);
      expect(rig.peers.rangesOf(0).at(-1)?.[1]).to.equal(100);
      gate.resolve(undefined);
      await settled();
    });
  });

  describe('holds a bounded number of bytes:', () => {
    it('asks for no more while what came may not fit', async () => {
      // Answers of 16 MiB are possible: three of them fill the buffer.
      const large = await buildChain(1, new ChainBuilder({ params: DEFAULT_PARAMS }));
      const filler = new Uint8Array(16_777_216);
      new DataView(filler.buffer).setUint32(0, filler.length - 4);
      rig = await SyncRig.open(large);
      rig.onPause = () => new Promise(() => undefined);
      for (const index of [0, 1, 2, 4, 5]) void rig.offer(index, 1_000, () => filler);
      await settled();

      expect(rig.peers.made).to.have.length(3);
      expect(rig.peers.made.every((made) => made.responseBytesMax === 16_777_216)).to.equal(true);
      rig = await SyncRig.open(chain);
    });

    it('asks for blocks one at a time where one may fill the buffer', async () => {
      const params = { ...DEFAULT_PARAMS, blockBytesMax: 67_108_864 };
      const large = await buildChain(10, new ChainBuilder({ params }));
      rig = await SyncRig.open(large);
      for (const index of [0, 1]) await rig.offer(index, 10, silent);
      expect(rig.peers.made).to.have.length(1);
      await rig.hangUp(0);
      await rig.offer(1, 10, honest(large));
      await rig.clock.advance(6_000);
      rig.sync.heard('peer-1', 10);
      await rig.clock.advance(1_000);

      expect(rig.height).to.equal(10);
    });

    it('looks 4,096 heights ahead and no further', async () => {
      const ahead = encodeBlock(chain.blocks[0]!);
      rig.onPause = () => new Promise(() => undefined);
      const answer = (request: { count?: number }): Uint8Array =>
        new Uint8Array(Buffer.concat(Array.from({ length: request.count ?? 0 }, () => ahead)));
      void rig.offer(0, 1e6, (request) => answer(request as { count?: number }));
      for (let i = 0; i < 50; i++) await settled();

      expect(rig.peers.rangesOf(0).at(-1)?.[1]).to.equal(4_096);
      rig = await SyncRig.open(chain);
    });
  });

  describe('stops the node', () => {
    it('when a certified block follows another block than the one here', async () => {
      const other = await buildChain(20, new ChainBuilder(), 2);
      rig = await SyncRig.open(chain, { height: 1 });
      await rig.offer(0, 20, honest(other));

      expect(rig.faults.map(String)[0]).to.match(
        /^ForkError: block 2 is certified and follows another/,
      );
      expect(rig.peers.reports).to.deep.equal([]);
      expect(rig.height).to.equal(1);
    });

    it('when a certified block does not execute to its header', async () => {
      const { builder, blocks } = chain;
      const header = { ...blocks[0]!.header, stateRoot: hashOf('another state') };
      const block = { ...blocks[0]!, header, certificate: builder.certify(header) };
      await rig.offer(0, 1, () => encodeBlock(block));

      expect(rig.faults).to.have.length(1);
      expect(rig.faults[0]).to.include({ code: 'ERR_STATE_ROOT' });
      expect(rig.peers.reports).to.deep.equal([]);
    });

    it('when a write fails, and asks no more', async () => {
      rig.onApply = () => Promise.reject(new Error('disk full'));
      await rig.offer(0, 100, honest(chain));
      const { length } = rig.peers.made;
      rig.sync.heard('peer-0', 200);
      await settled();

      expect(rig.faults.map(String)).to.deep.equal(['Error: disk full']);
      expect(rig.peers.made).to.have.length(length);
    });

    it('when a request ends in no way that the network knows', async () => {
      await rig.offer(0, 100, () => Promise.reject(new TypeError('a mistake')));

      expect(rig.faults.map(String)).to.deep.equal(['TypeError: a mistake']);
    });
  });

  describe('when stopped', () => {
    it('waits for the block that is being written, and applies no more', async () => {
      const gate = Promise.withResolvers<undefined>();
      rig.onApply = () => gate.promise;
      await rig.offer(0, 100, honest(chain));
      let isStopped = false;
      const stopped = rig.sync.stop().then(() => (isStopped = true));
      await settled();
      expect(isStopped).to.equal(false);
      gate.resolve(undefined);
      await stopped;

      expect(rig.applied).to.deep.equal([1]);
      rig.sync.heard('peer-0', 200);
      await settled();
      expect(rig.applied).to.deep.equal([1]);
    });

    it('by whoever applies blocks, gives up too', async () => {
      rig = await SyncRig.open(chain, { ports: { apply: () => Promise.resolve() } });
      await rig.offer(0, 100, honest(chain));
      const { length } = rig.peers.made;
      rig.sync.heard('peer-0', 200);
      await settled();

      expect(rig.faults).to.deep.equal([]);
      expect(rig.peers.made).to.have.length(length);
    });

    it('gives up what it has asked, and blames nobody', async () => {
      await rig.offer(0, 100, silent);
      await rig.sync.stop();
      await settled();

      expect(rig.peers.reports).to.deep.equal([]);
      expect(messagesOf(rig.log)).to.deep.equal([]);
    });
  });
});

function heights(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
