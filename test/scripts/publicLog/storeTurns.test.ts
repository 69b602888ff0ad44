import { expect } from 'chai';

import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { RowChainStore } from '../../../node/store/rowChainStore.ts';
import { StoreTurns } from '../../../scripts/publicLog/storeTurns.ts';

/** Opens empty stores, and counts those that are open. */
class Opener {
  opened = 0;
  open = 0;
  failsAt = Infinity;

  readonly next = async (): Promise<RowChainStore> => {
    if (this.opened + 1 === this.failsAt) throw new Error('in use');
    this.opened += 1;
    this.open += 1;
    const store = new RowChainStore(new MemoryRows());
    const close = store.close.bind(store);
    store.close = async () => {
      this.open -= 1;
      await close();
    };
    return store;
  };
}

describe('a store that is read in turns', () => {
  it('is opened again once as many entries are read as a turn has', async () => {
    const opener = new Opener();
    const turns = await StoreTurns.open(opener.next, 10);
    const seen = [];
    for (let read = 0; read < 6; read++) {
      await turns.take(5);
      seen.push([opener.opened, opener.open]);
    }
    await turns.close();

    expect(seen).to.deep.equal([1, 1, 2, 2, 3, 3].map((opened) => [opened, 1]));
    expect(opener.open).to.equal(0);
  });

  it('is open whenever somebody reads, however many do at once', async () => {
    const opener = new Opener();
    const turns = await StoreTurns.open(opener.next, 10);
    const reads = Array.from({ length: 50 }, async () => {
      await turns.take(3);
      return opener.open;
    });

    expect(new Set(await Promise.all(reads))).to.deep.equal(new Set([1]));
    expect(opener.opened).to.be.above(10);
    await turns.close();
  });

  it('is not opened again for what is no entry', async () => {
    const opener = new Opener();
    const turns = await StoreTurns.open(opener.next, 1);
    for (let read = 0; read < 9; read++) await turns.take(0);

    expect(opener.opened).to.equal(1);
    await turns.close();
  });

  it('tells each reader where it cannot be opened again, and is closed', async () => {
    const opener = new Opener();
    opener.failsAt = 2;
    const turns = await StoreTurns.open(opener.next, 10);
    await turns.take(10);
    const told = await Promise.allSettled([turns.take(5), turns.take(5)]);
    await turns.close();

    expect(told.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(opener.open).to.equal(0);
  });
});
