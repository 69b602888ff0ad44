import { expect } from 'chai';

import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { RowChainStore } from '../../../node/store/rowChainStore.ts';
import type { Rows } from '../../../node/store/rows.ts';
import { ChainBuilder } from '../../support/chainBuilder.ts';
import { beginFilling, fillStore } from '../../support/chainFilling.ts';

/** The same rows, whose writes fail from one on. */
function failingFrom(rows: Rows, firstFailure: number): Rows {
  let writes = 0;
  return {
    get: (key) => rows.get(key),
    getUncached: (key) => rows.getUncached(key),
    scan: (prefix) => rows.scan(prefix),
    scanRange: (range) => rows.scanRange(range),
    write: async (changes, options) => {
      writes += 1;
      if (writes >= firstFailure) throw new Error('power lost');
      await rows.write(changes, options);
    },
    sizeBytes: () => rows.sizeBytes(),
    memoryBytes: () => rows.memoryBytes(),
    compact: () => rows.compact(),
    close: () => rows.close(),
  };
}

describe('what an interrupted filling left', () => {
  it('is removed whole, wherever its removal is interrupted', async () => {
    const builder = new ChainBuilder();
    const blocks = [builder.genesis, builder.next({ batchCount: 1, recordCount: 20 })];
    // One write for each table, one for the first entry, one for genesis.
    for (let firstFailure = 1; firstFailure <= 14; firstFailure++) {
      const rows = new MemoryRows();
      await beginFilling(new RowChainStore(rows), blocks);
      const interrupted = new RowChainStore(failingFrom(rows, firstFailure));
      expect(await interrupted.commit(builder.genesis).catch(String), `${firstFailure}`).to.equal(
        'Error: power lost',
      );

      const store = new RowChainStore(rows);
      await store.commit(builder.genesis);
      expect(await store.countTables(), `${firstFailure}`).to.include({
        entries: 1,
        registrations: 0,
        tiles: 1,
      });
    }
  });

  it('is no chain, wherever the filling is interrupted', async () => {
    const builder = new ChainBuilder();
    const blocks = [builder.genesis, builder.next({ batchCount: 1, recordCount: 250 })];
    // Three writes of entries, and the last.
    for (let firstFailure = 1; firstFailure <= 4; firstFailure++) {
      const rows = new MemoryRows();
      const interrupted = new RowChainStore(failingFrom(rows, firstFailure));
      const error = await fillStore(interrupted, blocks).catch(String);
      expect(error, `${firstFailure}`).to.equal('Error: power lost');

      const store = new RowChainStore(rows);
      expect(store.edge(), `${firstFailure}`).to.equal(undefined);
      await fillStore(store, blocks);
      expect(store.edge(), `${firstFailure}`).to.deep.equal(builder.edge);
    }
  });
});
