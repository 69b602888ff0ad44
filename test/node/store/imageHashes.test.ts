import { expect } from 'chai';

import { formatHex } from '../../../chain/bytes.ts';
import { imageRange } from '../../../node/store/chainKey.ts';
import { rangeOfPrefix } from '../../../node/store/keyRange.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { RowChainStore } from '../../../node/store/rowChainStore.ts';
import { cameraRecord, ChainBuilder } from '../../support/chainBuilder.ts';

/** Rows that show a write before it resolves, as LevelDB may; the test says when it does. */
class EarlyRows extends MemoryRows {
  /** Resolves when a write is seen. */
  seen = Promise.withResolvers<undefined>();
  hold: Promise<void> = Promise.resolve();

  override async write(...args: Parameters<MemoryRows['write']>): Promise<void> {
    await super.write(...args);
    this.seen.resolve(undefined);
    await this.hold;
  }
}

describe('image hashes of a chain whose next block is being written', () => {
  it('are without those of that block, though its rows are seen', async () => {
    const rows = new EarlyRows();
    const store = new RowChainStore(rows);
    const builder = new ChainBuilder();
    await store.commit(builder.genesis);
    const record = cameraRecord(1);
    const digits = formatHex(record.imageHash).slice(0, 4);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    rows.hold = promise;
    rows.seen = Promise.withResolvers();
    const committed = store.commit(builder.build({ batches: [{ records: [record] }] }));
    await rows.seen.promise;

    expect(await store.findImageHashes(digits, 10)).to.deep.equal([]);
    resolve(undefined);
    await committed;
    expect(await store.findImageHashes(digits, 10)).to.have.length(1);
  });
});

describe('the keys of image hashes', () => {
  const ranges = [
    ['0', '6900', '6910'],
    ['f', '69f0', '6a'],
    ['00', '6900', '6901'],
    ['ff', '69ff', '6a'],
    ['abc', '69abc0', '69abd0'],
    ['abf', '69abf0', '69ac'],
    ['fff', '69fff0', '6a'],
  ] as const;
  for (const [digits, start, end] of ranges) {
    it(`that begin with ${digits} are from ${start} to ${end}`, () => {
      const range = imageRange(digits);

      expect(formatHex(range.start)).to.equal(start);
      expect(range.end && formatHex(range.end)).to.equal(end);
    });
  }

  it('that begin with nothing, or with the last byte alone, have no end', () => {
    expect(rangeOfPrefix(new Uint8Array()).end).to.equal(undefined);
    expect(rangeOfPrefix(Uint8Array.of(0xff, 0xff)).end).to.equal(undefined);
  });
});
