import { expect } from 'chai';

import { checkClaim } from '../../../node/cosigning/cosignedLog.ts';
import type { Claim } from '../../../node/cosigning/claim.ts';
import { Cosigner } from '../../../node/cosigning/cosigner.ts';
import { createMemoryWorkStore } from '../../../node/store/memoryWorkStore.ts';
import type { Cosigned, WorkStore } from '../../../node/store/workStore.ts';
import { validatorOf } from '../../support/chainValues.ts';
import { cosigningOf, NETWORK_LOG } from '../../support/cosigners.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { claimOf, GrowingLog, TIME_S } from './growingLog.ts';

/** A cosigner of v0, and what it said. */
class Rig {
  readonly clock = new FakeClock(TIME_S * 1_000);
  readonly log = new GrowingLog();
  readonly work: WorkStore;
  readonly claims: Claim[] = [];
  readonly conflicts: string[] = [];
  readonly faults: unknown[] = [];
  /** What was durable whenever something was said. */
  readonly durable: (Cosigned | undefined)[] = [];
  isBehind = false;
  readonly cosigner: Cosigner;

  constructor(work: WorkStore = createMemoryWorkStore()) {
    this.work = work;
    this.cosigner = new Cosigner(cosigningOf(0), {
      work,
      clock: this.clock,
      readTile: this.log.readTile,
      isBehind: () => this.isBehind,
      onClaim: (claim) => {
        this.claims.push(claim);
        this.durable.push(work.readCosigned());
      },
      onConflict: (why) => void this.conflicts.push(why),
      onFault: (error) => void this.faults.push(error),
    });
  }

  /** Offers the head; resolves when what follows has happened. */
  async offer(head = this.log.head()): Promise<void> {
    this.cosigner.offer(head);
    await settled();
  }

  sizes(): readonly number[] {
    return this.claims.map(({ treeSize }) => treeSize);
  }
}

/** A cosigner that may begin at once. */
function begun(work?: WorkStore): Rig {
  const rig = new Rig(work);
  rig.cosigner.begin([]);
  return rig;
}

describe('a cosigner', () => {
  it('says nothing before the others have told what they hold', async () => {
    const rig = new Rig();
    await rig.offer();

    expect([rig.claims, rig.work.readCosigned(), rig.cosigner.lastClaim()]).to.deep.equal([
      [],
      undefined,
      undefined,
    ]);
  });

  it('cosigns the last block once they have', async () => {
    const rig = new Rig();
    await rig.offer();
    rig.cosigner.begin([]);
    await settled();

    expect(rig.claims).to.deep.equal([claimOf(0, rig.log.head())]);
    expect(checkClaim(rig.claims[0]!, NETWORK_LOG, validatorOf('v0')).name).to.equal('test/v0');
  });

  it('R11: has written what it says before it says it', async () => {
    const rig = begun();
    await rig.offer();
    const { treeSize, root } = rig.log.head();

    expect(rig.durable).to.deep.equal([{ treeSize, root, timeS: TIME_S }]);
  });

  it('R11: never cosigns a smaller tree, nor the same one twice', async () => {
    const rig = begun();
    const small = rig.log.head();
    await rig.offer(rig.log.grow(3));
    await rig.offer(small);
    await rig.offer();

    expect(rig.sizes()).to.deep.equal([4]);
  });

  it('cosigns each block as it comes', async () => {
    const rig = begun();
    for (const count of [1, 2, 300]) await rig.offer(rig.log.grow(count));

    expect(rig.sizes()).to.deep.equal([2, 4, 304]);
    expect(rig.cosigner.lastSize()).to.equal(304);
  });

  it('cosigns the newest of the blocks that came while it wrote', async () => {
    const rig = begun();
    for (const count of [1, 1, 1]) rig.cosigner.offer(rig.log.grow(count));
    await settled();

    expect(rig.sizes()).to.deep.equal([2, 4]);
  });

  it('gives times that do not go back, though its clock does', async () => {
    const rig = begun();
    await rig.offer();
    rig.clock.set(-3_600_000);
    await rig.offer(rig.log.grow(1));

    expect(rig.claims[1]).to.deep.equal(claimOf(0, rig.log.head(), TIME_S));
  });

  it('waits while blocks are fetched that others have', async () => {
    const rig = begun();
    rig.isBehind = true;
    await rig.offer(rig.log.grow(1));
    rig.isBehind = false;
    await rig.offer(rig.log.grow(1));

    expect(rig.sizes()).to.deep.equal([3]);
  });

  it('says its last claim again in the same bytes, after a restart too', async () => {
    const rig = begun();
    await rig.offer();
    const again = begun(rig.work);
    again.clock.set(60_000);
    await again.offer();

    expect(again.claims).to.deep.equal([]);
    expect([rig.cosigner.lastClaim(), again.cosigner.lastClaim()]).to.deep.equal([
      rig.claims[0],
      rig.claims[0],
    ]);
  });

  it('says nothing that could not be written, and tells', async () => {
    const rig = begun();
    await rig.work.close();
    await rig.offer();
    await rig.offer(rig.log.grow(1));

    expect([rig.claims.length, rig.faults.length]).to.deep.equal([0, 1]);
    expect(rig.cosigner.refusal()).to.equal('the store has failed');
  });

  it('says nothing after its stop', async () => {
    const rig = begun();
    await rig.cosigner.stop();
    await rig.offer();

    expect([rig.claims, rig.cosigner.lastClaim()]).to.deep.equal([[], undefined]);
  });
});

describe('R11: a cosigner whose chain is behind what it or a quorum has said', () => {
  it('waits until it has caught up', async () => {
    const rig = new Rig();
    const ahead = new GrowingLog();
    ahead.grow(9);
    rig.cosigner.begin([ahead.rootAt(5), ahead.rootAt(10)]);
    await rig.offer(rig.log.grow(4));
    await rig.offer(rig.log.grow(4));
    const before = rig.sizes();
    await rig.offer(rig.log.grow(1));

    expect([before, rig.sizes()]).to.deep.equal([[], [10]]);
  });

  it('waits for what it has said itself, as its folder tells', async () => {
    const first = begun();
    await first.offer(first.log.grow(4));
    const rig = begun(first.work);
    await rig.offer(rig.log.grow(3));
    const before = rig.sizes();
    await rig.offer(rig.log.grow(2));

    expect([before, rig.sizes()]).to.deep.equal([[], [6]]);
  });
});

describe('R11: a cosigner whose log conflicts', () => {
  const other = new GrowingLog(4, 'another log');
  other.grow(9);
  for (const [what, size] of [
    ['of the same size', 4],
    ['of an earlier size', 3],
    ['of which it has no more than the first entry', 1],
  ] as const) {
    it(`with a tree ${what} says nothing for ever, and tells`, async () => {
      const rig = new Rig();
      rig.cosigner.begin([other.rootAt(size)]);
      await rig.offer(rig.log.grow(3));
      await rig.offer(rig.log.grow(3));

      expect([rig.claims, rig.cosigner.lastClaim()]).to.deep.equal([[], undefined]);
      expect(rig.conflicts).to.deep.equal([
        `the log here is not the one of which ${size} entries were cosigned`,
      ]);
      expect(rig.cosigner.refusal()).to.equal(rig.conflicts[0]);
    });
  }

  it('with what it has said itself says nothing more', async () => {
    const first = begun();
    await first.offer(first.log.grow(3));
    const { root } = other.rootAt(4);
    await first.work.write([{ type: 'put-cosigned', cosigned: { treeSize: 4, root, timeS: 1 } }], {
      durable: true,
    });
    const rig = begun(first.work);
    await rig.offer(rig.log.grow(3));

    expect([rig.claims.length, rig.conflicts.length]).to.deep.equal([0, 1]);
  });
});
