/** What every implementation of the chain's store does. */
import { expect } from 'chai';

import { hashBatch, type Item } from '../../chain/batch.ts';
import { hashHeader } from '../../chain/block.ts';
import { formatHex } from '../../chain/bytes.ts';
import { rootOf } from '../../chain/merkle.ts';
import type { BlockWrite, ChainStore } from '../../node/store/chainStore.ts';
import { createMemoryChainStore } from '../../node/store/memoryChainStore.ts';
import { cameraRecord, ChainBuilder, editRecord, hashOf } from '../support/chainBuilder.ts';
import { baseOf, beginFilling, fillStore } from '../support/chainFilling.ts';
import { builtItem } from '../support/equivocations.ts';

/**
 * Describes a chain store.
 *
 * @param open - opens an empty store of its own for each test.
 */
export function describeChainStore(name: string, open: () => Promise<ChainStore>): void {
  describe(`${name} chain store`, () => {
    let store: ChainStore;
    let builder: ChainBuilder;

    beforeEach(async () => {
      store = await open();
      builder = new ChainBuilder();
    });

    afterEach(() => store.close());

    describe('before genesis', () => {
      it('has no edge, no record and no header', () => {
        expect(store.edge()).to.equal(undefined);
        expect(store.recordCount()).to.equal(0);
        expect(store.readHeader(0)).to.equal(undefined);
      });

      it('refuses a block that is not genesis', async () => {
        const error = await store
          .commit(builder.next({ batchCount: 1, recordCount: 1 }))
          .catch(String);

        expect(error).to.include('the next block is 0');
      });
    });

    describe('after genesis', () => {
      beforeEach(() => store.commit(builder.genesis));

      it('has genesis as its edge, without a certificate', () => {
        expect(store.edge()).to.deep.equal(builder.edge);
        expect(store.readCertificate(0)).to.equal(undefined);
      });

      it('shows the chain before a block until its commit resolves', async () => {
        const committed = store.commit(builder.next({ batchCount: 1, recordCount: 1 }));

        expect(store.edge()?.header.height).to.equal(0);
        expect(store.readHeader(1)).to.equal(undefined);
        expect(store.readEntry(1)).to.equal(undefined);
        expect(store.findEntries(cameraRecord(0).imageHash)).to.deep.equal([]);
        await committed;
        expect(store.readHeader(1)).not.to.equal(undefined);
      });

      it('keeps the last checkpoint that was put, also while a block is written', async () => {
        const before = store.readCheckpoint();
        const committed = store.commit(builder.next({ batchCount: 1, recordCount: 1 }));
        const puts = [1, 2, 3].map((byte) => store.putCheckpoint(Uint8Array.of(byte)));
        await Promise.all([committed, ...puts]);

        expect([before, store.readCheckpoint()]).to.deep.equal([undefined, Uint8Array.of(3)]);
      });

      it('refuses the same block again', async () => {
        expect(await store.commit(builder.genesis).catch(String)).to.include('the next block is 1');
      });

      it('refuses a second block while the first is written', async () => {
        const first = store.commit(builder.next({ batchCount: 1, recordCount: 1 }));
        const second = store.commit(builder.next({ batchCount: 1, recordCount: 1 })).catch(String);

        expect(await second).to.include('one at a time');
        await first;
      });

      it('rejects all commits after one that failed', async () => {
        const good = builder.next({ batchCount: 1, recordCount: 1 });
        const first = await store.commit({ ...good, certificate: undefined }).catch(String);
        const second = await store.commit(good).catch(String);

        expect(first).to.include('all but genesis are certified');
        expect(second).to.equal(first);
      });
    });

    describe('of three blocks', () => {
      beforeEach(async () => {
        await store.commit(builder.genesis);
        await store.commit(builder.next({ batchCount: 2, recordCount: 3 }));
        await store.commit(builder.next({ batchCount: 1, recordCount: 300 }));
      });

      it('has the last block as its edge', () => {
        expect(store.edge()).to.deep.equal(builder.edge);
        expect(store.recordCount()).to.equal(306);
      });

      it('returns a header and certificate by height, a height by block hash', () => {
        const header = builder.edge.header;

        expect(store.readHeader(2)).to.deep.equal(header);
        expect(store.readCertificate(2)).to.deep.equal(builder.certify(header));
        expect(store.findHeight(hashHeader(header))).to.equal(2);
        expect(store.findHeight(hashOf('no block'))).to.equal(undefined);
      });

      it('returns plain bytes', () => {
        expect(store.readEntry(1)?.constructor).to.equal(Uint8Array);
        expect(store.readTile({ level: 0, index: 0 })?.constructor).to.equal(Uint8Array);
        expect(store.readHeader(1)?.logRoot.constructor).to.equal(Uint8Array);
      });

      it('finds a record by its image hash', () => {
        expect(store.findEntries(cameraRecord(0).imageHash)).to.deep.equal([1]);
        expect(store.findEntries(cameraRecord(6).imageHash)).to.deep.equal([8]);
        expect(store.findEntries(cameraRecord(306).imageHash)).to.deep.equal([]);
      });

      it('returns those entries of a range that exist', () => {
        expect(store.readEntries({ start: 305, end: 400 })).to.have.length(309 - 305);
        expect(store.readEntries({ start: 309, end: 400 })).to.deep.equal([]);
        expect(store.readEntries({ start: 7, end: 8 })[0]).to.deep.equal(store.readEntry(7));
      });

      it('returns at most 10,000 entries a call', () => {
        expect(() => store.readEntries({ start: 0, end: 10_001 })).to.throw('10000');
      });

      it('has a batch with its place in the log', () => {
        const id = store.readHeader(1)?.batchIds[1] ?? hashOf('none');

        expect(store.readBatch(id)).to.include({
          height: 1,
          firstIndex: 4,
          entryCount: 3,
          recordCount: 3,
          itemCount: 3,
        });
        expect(store.readBatch(hashOf('none'))).to.equal(undefined);
        expect(store.readSignedBatch(hashOf('none'))).to.equal(undefined);
      });

      it('holds the tiles of the log', () => {
        expect(store.readTile({ level: 0, index: 0 })).to.have.length(256 * 32);
        expect(store.readTile({ level: 0, index: 1 })).to.have.length((309 - 256) * 32);
        expect(store.readTile({ level: 1, index: 0 })).to.have.length(32);
        expect(store.readTile({ level: 1, index: 1 })).to.equal(undefined);
      });

      it('counts its tables', async () => {
        expect(await store.countTables()).to.deep.equal({
          headers: 3,
          certificates: 2,
          blockHashes: 3,
          batches: 3,
          beside: 0,
          entries: 309,
          registrations: 306,
          derivatives: 0,
          parents: 0,
          tiles: 3,
        });
      });

      it('is the same after compaction', async () => {
        await store.compact();

        expect(store.edge()).to.deep.equal(builder.edge);
        expect(rootOf(builder.edge.frontier)).to.deep.equal(rootOf(store.edge()!.frontier));
      });

      it('throws on reads after it is closed', async () => {
        await store.close();

        expect(() => store.readHeader(1)).to.throw();
      });
    });

    describe('with pictures registered more than once', () => {
      it('lists one entry for each aggregator, the earliest first', async () => {
        await store.commit(builder.genesis);
        const records = [cameraRecord(1)];
        await store.commit(builder.build({ batches: [{ aggregator: 0, records }] }));
        await store.commit(builder.build({ batches: [{ aggregator: 2, records }] }));
        await store.commit(builder.build({ batches: [{ aggregator: 0, records }] }));

        expect(store.findEntries(cameraRecord(1).imageHash)).to.deep.equal([1, 3]);
        expect(store.recordCount()).to.equal(2);
      });

      const repeats = [
        ['first', [1, 10, 11]],
        ['middle', [10, 1, 11]],
        ['last', [10, 11, 1]],
        ['several', [1, 10, 2, 11, 3]],
        ['all', [1, 2, 3]],
      ] as const;
      for (const [place, numbers] of repeats) {
        it(`rebuilds a batch byte for byte whose ${place} item made no entry`, async () => {
          await store.commit(builder.genesis);
          const first = [1, 2, 3].map((number) => cameraRecord(number));
          await store.commit(builder.build({ batches: [{ aggregator: 0, records: first }] }));
          const records = numbers.map((number) => cameraRecord(number));
          const block = builder.build({
            batches: [{ aggregator: 0, records }, { records: first }],
          });
          await store.commit(block);

          for (const signed of block.batches) {
            expect(store.readSignedBatch(hashBatch(signed.batch))).to.deep.equal(signed);
          }
        });
      }

      it('rebuilds a batch that names a picture twice', async () => {
        await store.commit(builder.genesis);
        const records = [cameraRecord(1), cameraRecord(2), cameraRecord(1)];
        const block = builder.build({ batches: [{ records }] });
        await store.commit(block);

        expect(store.readSignedBatch(block.header.batchIds[0]!)).to.deep.equal(block.batches[0]);
        expect((await store.countTables()).beside).to.equal(1);
      });
    });

    describe('asked for image hashes by their first digits', () => {
      const numbers = Array.from({ length: 300 }, (_, i) => i);
      const sorted = numbers.map((number) => formatHex(cameraRecord(number).imageHash)).sort();
      const find = async (digits: string, countMax = 1_000): Promise<readonly string[]> =>
        (await store.findImageHashes(digits, countMax)).map(formatHex);

      beforeEach(async () => {
        await store.commit(builder.genesis);
        await store.commit(builder.next({ batchCount: 1, recordCount: 300 }));
      });

      it('has those that begin with them, in order, for odd and even numbers of digits', async () => {
        const [one] = sorted.slice(150);
        for (const length of [1, 2, 3, 4, 7, 8]) {
          const digits = one!.slice(0, length);
          const expected = sorted.filter((hash) => hash.startsWith(digits));
          expect(await find(digits), digits).to.deep.equal(expected);
        }
      });

      it('leaves none out at the ends of ranges', async () => {
        const digits = Array.from({ length: 16 }, (_, i) => i.toString(16));
        const pairs = digits.flatMap((first) => digits.map((second) => first + second));
        const all = async (prefixes: readonly string[]): Promise<readonly string[]> =>
          (await Promise.all(prefixes.map((each) => find(each)))).flat();

        expect(await all(digits)).to.deep.equal(sorted);
        expect(await all(pairs)).to.deep.equal(sorted);
        expect(
          await all(pairs.flatMap((pair) => digits.map((third) => pair + third))),
        ).to.deep.equal(sorted);
      });

      it('has the first ones alone where there are more', async () => {
        const expected = sorted.filter((hash) => hash.startsWith('a'));

        expect(await find('a', 3)).to.deep.equal(expected.slice(0, 3));
        expect(await find('a', expected.length)).to.deep.equal(expected);
      });

      it('has a hash once that was registered twice', async () => {
        const records = [cameraRecord(1)];
        await store.commit(builder.build({ batches: [{ aggregator: 2, records }] }));
        const digits = formatHex(records[0]!.imageHash).slice(0, 8);

        expect(store.findEntries(records[0]!.imageHash)).to.have.length(2);
        expect(await find(digits)).to.deep.equal([formatHex(records[0]!.imageHash)]);
      });

      it('has nothing of a block that was not committed when it was asked', async () => {
        const record = cameraRecord(1_000);
        const digits = formatHex(record.imageHash).slice(0, 8);
        const committed = store.commit(builder.build({ batches: [{ records: [record] }] }));
        const asked = find(digits);
        await committed;

        expect(await asked).to.deep.equal([]);
        expect(await find(digits)).to.have.length(1);
      });
    });

    describe('with status changes', () => {
      const image = (number: number): Item => ({ kind: 1, record: cameraRecord(number) });
      const status = (index: number): Item => builtItem(builder, { index });

      beforeEach(async () => {
        await store.commit(builder.genesis);
        const items = [image(1), status(0)];
        await store.commit(builder.build({ batches: [{ aggregator: 0, items }] }));
      });

      const batches: Readonly<Record<string, () => readonly Item[]>> = {
        'last, as a node cuts it': () => [image(10), image(11), status(1)],
        first: () => [status(1), image(10), image(11)],
        'between photographs': () => [image(10), status(1), image(11), status(2)],
        alone: () => [status(1), status(2)],
        'that made no entry, alone': () => [status(0)],
        'that made none among some that did': () => [status(1), status(0), image(10), status(2)],
        'beside photographs that made none': () => [image(1), status(1), image(10), image(1)],
        'where nothing made an entry': () => [image(1), status(0), image(1)],
      };
      for (const [place, itemsOf] of Object.entries(batches)) {
        it(`rebuilds a batch byte for byte that has them ${place}`, async () => {
          const items = itemsOf();
          const block = builder.build({
            batches: [{ aggregator: 0, items }, { items: [image(12)] }],
          });
          await store.commit(block);
          const [id = hashOf('none')] = block.header.batchIds;

          expect(store.readSignedBatch(id)).to.deep.equal(block.batches[0]);
          expect(store.readStatusItems(id)).to.deep.equal(items.filter(({ kind }) => kind === 4));
        });
      }

      it('counts the images alone as records', async () => {
        const items = [image(1), status(1), status(0), image(10)];
        const block = builder.build({ batches: [{ aggregator: 0, items }] });
        await store.commit(block);

        expect(store.recordCount()).to.equal(2);
        expect(store.readBatch(block.header.batchIds[0]!)).to.include({
          firstIndex: 4,
          entryCount: 2,
          recordCount: 1,
          itemCount: 4,
        });
        expect(await store.countTables()).to.include({
          batches: 2,
          beside: 2,
          entries: 7,
          registrations: 2,
        });
      });

      it('has none in other batches, and none in a batch that is not there', async () => {
        const block = builder.build({ batches: [{ records: [cameraRecord(1), cameraRecord(1)] }] });
        await store.commit(block);

        expect(store.readStatusItems(block.header.batchIds[0]!)).to.deep.equal([]);
        expect(store.readStatusItems(hashOf('none'))).to.deep.equal([]);
      });

      it('keeps the offenders in the edge', () => {
        const { subject } = builtItem(builder, { index: 0 });

        expect(store.edge()?.state.offenders).to.deep.equal([{ subject, height: 1 }]);
      });
    });

    describe('with edits', () => {
      const parent = cameraRecord(1).imageHash;

      beforeEach(() => store.commit(builder.genesis));

      it('lists what was made from a picture, in the order of the log', async () => {
        const records = [editRecord(5, [parent]), editRecord(4, [parent, hashOf('other')])];
        await store.commit(builder.build({ batches: [{ records }] }));
        await store.commit(builder.build({ batches: [{ records: [editRecord(3, [parent])] }] }));
        const hashes = [5, 4, 3].map((number) => cameraRecord(number).imageHash);

        expect(store.findDerivatives(parent, 10)).to.deep.equal(hashes);
        expect(store.findDerivatives(parent, 2)).to.deep.equal(hashes.slice(0, 2));
        expect(store.countDerivatives(parent)).to.equal(3);
        expect(store.findDerivatives(hashOf('other'), 10)).to.deep.equal([hashes[1]]);
        expect(store.findDerivatives(hashOf('none'), 10)).to.deep.equal([]);
      });

      it('lists an edit once, whoever registers it and however often it names the parent', async () => {
        const batches = [0, 1].map((aggregator) => ({
          aggregator,
          records: [editRecord(5, [parent, parent])],
        }));
        await store.commit(builder.build({ batches }));
        await store.commit(
          builder.build({ batches: [{ aggregator: 2, records: [editRecord(5, [parent])] }] }),
        );

        expect(store.findDerivatives(parent, 10)).to.deep.equal([cameraRecord(5).imageHash]);
      });
    });

    describe('filled with a chain from a base on', () => {
      const parent = cameraRecord(0).imageHash;
      let blocks: BlockWrite[];

      beforeEach(() => {
        blocks = [
          builder.genesis,
          builder.next({ batchCount: 2, recordCount: 150 }),
          builder.build({ batches: [{ records: [editRecord(900, [parent])] }] }),
          builder.build({ batches: [{ records: [editRecord(901, [parent]), cameraRecord(0)] }] }),
        ];
      });

      it('has the edge, records, indexes, entries and tiles of one that followed it', async () => {
        const followed = createMemoryChainStore();
        for (const block of blocks) await followed.commit(block);
        await fillStore(store, blocks);

        expect(store.edge()).to.deep.equal(builder.edge);
        expect(store.recordCount()).to.equal(followed.recordCount());
        for (let index = 0; index < 310; index++) {
          expect(store.readEntry(index), `${index}`).to.deep.equal(followed.readEntry(index));
        }
        for (let number = 0; number < 300; number++) {
          const { imageHash } = cameraRecord(number);
          expect(store.findEntries(imageHash)).to.deep.equal(followed.findEntries(imageHash));
        }
        expect(store.findDerivatives(parent, 9)).to.deep.equal(followed.findDerivatives(parent, 9));
        for (const place of [
          [0, 0],
          [0, 1],
          [1, 0],
        ].map(([level, index]) => ({ level: level!, index: index! }))) {
          expect(store.readTile(place)).to.deep.equal(followed.readTile(place));
        }
      });

      it('begins there: of what lies below it has the log alone', async () => {
        await fillStore(store, blocks);
        const { header, certificate, batches } = blocks[3]!;

        expect(store.baseHeight()).to.equal(3);
        expect(store.readBase()).to.deep.equal(baseOf(blocks));
        expect(store.readHeader(3)).to.deep.equal(header);
        expect(store.readCertificate(3)).to.deep.equal(certificate);
        expect(store.findHeight(hashHeader(header))).to.equal(3);
        expect(store.readHeader(2)).to.equal(undefined);
        expect(store.readCertificate(2)).to.equal(undefined);
        expect(store.readBatch(hashBatch(batches[0]!.batch))).to.equal(undefined);
      });

      it('goes on from there', async () => {
        await fillStore(store, blocks);
        await store.commit(builder.next({ batchCount: 1, recordCount: 5 }));

        expect(store.edge()).to.deep.equal(builder.edge);
        expect(store.baseHeight()).to.equal(3);
        expect(store.readHeader(4)).not.to.equal(undefined);
      });

      it('has no chain until all of it is durable', async () => {
        await beginFilling(store, blocks);

        expect(store.edge()).to.equal(undefined);
        expect(store.baseHeight()).to.equal(0);
        expect(store.readBase()).to.equal(undefined);
      });

      it('has nothing of a filling that was interrupted, when another begins', async () => {
        await beginFilling(store, [builder.genesis, ...blocks.slice(0, 2)]);
        await fillStore(store, blocks);

        expect(store.edge()).to.deep.equal(builder.edge);
        expect(store.findEntries(cameraRecord(0).imageHash)).to.deep.equal([1]);
        expect((await store.countTables()).entries).to.equal(306);
      });

      it('has nothing of a filling that was interrupted, when genesis is committed', async () => {
        await beginFilling(store, blocks);
        await store.commit(builder.genesis);

        const counts = await store.countTables();
        expect(counts).to.include({ entries: 1, registrations: 0, derivatives: 0, tiles: 1 });
        expect(store.findEntries(cameraRecord(0).imageHash)).to.deep.equal([]);
      });

      it('takes no more from a filling that was given up', async () => {
        const first = await beginFilling(store, blocks);
        await beginFilling(store, blocks);

        expect(() => first.commit(baseOf(blocks))).to.throw('filled once');
      });

      it('is not filled over a chain', async () => {
        await store.commit(builder.genesis);

        expect(await store.fill().catch(String)).to.include('has no chain');
      });

      it('refuses another log than the header names', async () => {
        const filling = await beginFilling(store, blocks.slice(0, 3));
        const missing = await filling.commit(baseOf(blocks)).catch(String);

        expect(missing).to.include('the entries are those that the header names');
      });

      it('refuses another state than the header names', async () => {
        const filling = await beginFilling(store, blocks);
        const { state } = blocks[1]!.applied.edge;
        const other = await filling.commit({ ...baseOf(blocks), state }).catch(String);

        expect(other).to.include('the state is the one that the header names');
      });
    });

    it('stores a block without batches, and one of a later view', async () => {
      await store.commit(builder.genesis);
      await store.commit(builder.build({ batches: [] }));
      await store.commit(builder.build({ batches: [{ records: [cameraRecord(1)] }], view: 2 }));

      expect(store.readHeader(1)?.batchIds).to.deep.equal([]);
      expect(store.edge()?.state.lostViews).to.have.length(2);
    });
  });
}
