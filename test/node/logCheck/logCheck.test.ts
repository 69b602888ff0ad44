/** The check of the stored log: how fast it goes, when it begins again, and what it tells. */
import { expect } from 'chai';

import { type Difference, LogCheck } from '../../../node/logCheck/logCheck.ts';
import { BLOCK_WEIGHT } from '../../../node/logCheck/logWalk.ts';
import { tileKey } from '../../../node/store/chainKey.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { RowChainStore } from '../../../node/store/rowChainStore.ts';
import { captureLog, messagesOf } from '../../support/capturedLog.ts';
import { ChainBuilder } from '../../support/chainBuilder.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { flipBit } from '../../support/logRig.ts';

const MINUTE_MS = 60_000;
const PAUSE_MS = 5 * MINUTE_MS;
/** Genesis, 600 photographs and a closing entry. */
const ENTRY_COUNT = 602;
const TILE = tileKey({ level: 0, index: 1 });

/** The check of a chain in memory, on a clock that stands still. */
class Rig {
  readonly clock = new FakeClock();
  readonly rows = new MemoryRows();
  readonly store = new RowChainStore(this.rows);
  readonly captured = captureLog();
  readonly differences: Difference[] = [];
  readonly faults: unknown[] = [];
  roundCount = 0;
  readonly check: LogCheck;

  constructor(entriesPerS: number) {
    this.check = new LogCheck(
      { entriesPerS },
      {
        chain: this.store,
        clock: this.clock,
        log: this.captured.log,
        onRound: () => void (this.roundCount += 1),
        onDifference: (difference) => void this.differences.push(difference),
        onFault: (error) => void this.faults.push(error),
      },
    );
  }

  static async start(entriesPerS = 1_000_000): Promise<Rig> {
    const rig = new Rig(entriesPerS);
    const builder = new ChainBuilder();
    await rig.store.commit(builder.genesis);
    await rig.store.commit(builder.next({ batchCount: 4, recordCount: 150 }));
    rig.check.start();
    return rig;
  }

  async flip(bit: number): Promise<void> {
    await this.rows.write([{ key: TILE, value: flipBit(this.rows.get(TILE)!, bit) }]);
  }
}

describe('the check of a stored log', () => {
  for (const entriesPerS of [1, 10, 100, 1_000]) {
    it(`goes no faster than ${entriesPerS} entries a second, and hardly slower`, async () => {
      const rig = await Rig.start(entriesPerS);
      const seconds = 600 / entriesPerS;
      await rig.clock.advance((seconds / 2) * 1_000);
      const half = rig.check.position() + BLOCK_WEIGHT;
      await rig.clock.advance((seconds / 2 + 4) * 1_000);

      // The first turn is at once, and a turn has 64 entries at most.
      expect(half).to.be.within(300 - 2 * BLOCK_WEIGHT, 300 + 64 + BLOCK_WEIGHT);
      expect(rig.check.position()).to.be.above(ENTRY_COUNT - 64);
    });
  }

  it('goes round for ever, with a pause between two rounds', async () => {
    const rig = await Rig.start();
    await rig.clock.advance(PAUSE_MS - 1);
    const first = [rig.roundCount, rig.check.position()];
    await rig.clock.advance(PAUSE_MS);
    await rig.clock.advance(PAUSE_MS);

    expect(first).to.deep.equal([1, ENTRY_COUNT]);
    expect(rig.roundCount).to.equal(3);
    expect([rig.differences, rig.faults]).to.deep.equal([[], []]);
    expect(rig.check.difference()).to.equal(undefined);
  });

  it('tells of a difference, and finds it again in the next round as no news', async () => {
    const rig = await Rig.start();
    await rig.flip(1);
    await rig.clock.advance(1_000);
    const reason =
      'the check of the stored log found a difference at height 1: tile 0/1 is missing or another';
    const told = rig.differences.map(({ isNews }) => isNews);
    await rig.clock.advance(PAUSE_MS);

    expect(told).to.deep.equal([true]);
    expect(rig.differences).to.deep.equal(
      [true, false].map((isNews) => ({
        height: 1,
        what: 'tile 0/1 is missing or another',
        reason,
        isNews,
      })),
    );
    expect(rig.check.difference()).to.equal(reason);
    expect(rig.roundCount).to.equal(0);
    expect(messagesOf(rig.captured)).to.deep.equal([
      'the stored log is damaged',
      'the stored log is damaged',
    ]);
  });

  it('does not forget it when the bits are right again', async () => {
    const rig = await Rig.start();
    await rig.flip(1);
    await rig.clock.advance(1_000);
    await rig.flip(1);
    await rig.clock.advance(PAUSE_MS);
    const reason = rig.check.difference();
    await rig.flip(1);
    await rig.clock.advance(PAUSE_MS);

    expect(reason).to.match(/tile 0\/1/);
    expect(rig.roundCount).to.equal(1);
    expect(rig.differences.map(({ isNews }) => isNews)).to.deep.equal([true, true]);
  });

  it('reads nothing after its stop', async () => {
    const rig = await Rig.start(10);
    await rig.clock.advance(1_000);
    rig.check.stop();
    const position = rig.check.position();
    await rig.clock.advance(PAUSE_MS);

    expect([rig.check.position(), rig.clock.timerCount]).to.deep.equal([position, 0]);
  });

  it('ends with the store that cannot be read', async () => {
    const rig = await Rig.start(10);
    await rig.clock.advance(1_000);
    await rig.store.close();
    await rig.clock.advance(PAUSE_MS);

    expect([rig.faults.length, rig.differences.length, rig.clock.timerCount]).to.deep.equal([
      1, 0, 0,
    ]);
  });
});
