/** A walk through a stored log: what it finds wherever a bit is wrong, and that it finds nothing else. */
import { expect } from 'chai';

import { commitCertificateSchema, hashHeader, headerSchema } from '../../../chain/block.ts';
import { formatHex } from '../../../chain/bytes.ts';
import { encode } from '../../../chain/codec.ts';
import { BLOCK_WEIGHT, LogWalk, type WalkState } from '../../../node/logCheck/logWalk.ts';
import { CHAIN_TABLES, type ChainTable, numberKey, tileKey } from '../../../node/store/chainKey.ts';
import type { BlockWrite } from '../../../node/store/chainStore.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { RowChainStore } from '../../../node/store/rowChainStore.ts';
import { ChainBuilder } from '../../support/chainBuilder.ts';
import { fillStore } from '../../support/chainFilling.ts';
import { flipBit } from '../../support/logRig.ts';

/** Two full tiles, a partial one, and blocks without photographs. */
function buildBlocks(): readonly BlockWrite[] {
  const builder = new ChainBuilder();
  return [
    builder.genesis,
    builder.next({ batchCount: 2, recordCount: 150 }),
    builder.build({ batches: [] }),
    builder.next({ batchCount: 1, recordCount: 254 }),
    builder.build({ batches: [] }),
    builder.next({ batchCount: 1, recordCount: 10 }),
  ];
}

/** Enough for all of it in one step. */
const ALL = 10_000;

describe('a walk through a stored log', () => {
  const blocks = buildBlocks();
  let rows: MemoryRows;
  /** Opened before anything is damaged, as that of a node that runs. */
  let store: RowChainStore;

  beforeEach(async () => {
    rows = new MemoryRows();
    store = new RowChainStore(rows);
    for (const block of blocks) await store.commit(block);
  });

  /** Where a walk through these rows ends. */
  const walk = (): WalkState => new LogWalk(store).step(ALL);
  const expectProblem = (what: RegExp, height: number): void => {
    const state = walk();
    expect(state).to.be.an('object').with.property('height', height);
    expect((state as { readonly what: string }).what).to.match(what);
  };
  const flip = async (key: Uint8Array, bit: number): Promise<void> => {
    await rows.write([{ key, value: flipBit(rows.get(key)!, bit) }]);
  };
  const remove = (key: Uint8Array): Promise<void> => rows.write([{ key, value: undefined }]);
  /** Keys of a table, or of every tenth row of a large one. */
  const keysOf = async (table: ChainTable): Promise<readonly Uint8Array[]> => {
    const keys = (await Array.fromAsync(rows.scan(CHAIN_TABLES[table]))).map(({ key }) => key);
    return keys.length > 100 ? keys.filter((_, i) => i % 10 === 0) : keys;
  };

  it('ends without a problem where all is whole', () => {
    expect(walk()).to.equal('done');
  });

  it('ends so in steps of any size, none of which goes further than asked', () => {
    for (const size of [1, 2, 7, 64, 255, 256, 257]) {
      const each = new LogWalk(store);
      let state: WalkState = 'under way';
      while (state === 'under way') {
        const before = each.entryCount;
        state = each.step(size);
        expect(each.entryCount - before, `step ${size}`).to.be.at.most(size);
      }
      expect(state, `step ${size}`).to.equal('done');
      expect(each.entryCount).to.equal(blocks.at(-1)!.applied.edge.frontier.treeSize);
    }
  });

  it('counts a block for more than its one entry', () => {
    const each = new LogWalk(store);
    each.step(BLOCK_WEIGHT);

    expect(each.entryCount).to.equal(1);
  });

  it('goes on with what is committed meanwhile', async () => {
    const growing = new RowChainStore(new MemoryRows());
    await growing.commit(blocks[0]!);
    const each = new LogWalk(growing);
    const states: WalkState[] = [];
    for (const block of blocks.slice(1)) {
      await growing.commit(block);
      states.push(each.step(3));
    }

    expect(states).to.deep.equal(blocks.slice(1).map(() => 'under way'));
    expect(each.step(ALL)).to.equal('done');
  });

  it('ends so where a tile has hashes already of a block that is being written', async () => {
    const key = tileKey({ level: 0, index: 2 });
    const tile = rows.get(key)!;
    await rows.write([{ key, value: Uint8Array.of(...tile, ...tile.subarray(0, 32)) }]);

    expect(walk()).to.equal('done');
  });

  it('begins where the chain begins here', async () => {
    store = new RowChainStore(new MemoryRows());
    await fillStore(store, blocks);

    expect(walk()).to.equal('done');
  });

  for (const table of ['header', 'entry', 'tile'] as const) {
    it(`finds a bit that was flipped in any row of ${table}`, async () => {
      const keys = await keysOf(table);
      for (const [i, key] of keys.entries()) {
        const whole = rows.get(key)!;
        for (let bit = i % 61; bit < whole.length * 8; bit += table === 'tile' ? 6_007 : 301) {
          await flip(key, bit);
          expect(walk(), `${formatHex(key)} bit ${bit}`).to.be.an('object');
          await rows.write([{ key, value: whole }]);
        }
      }
    });

    it(`finds each row of ${table} that is missing`, async () => {
      for (const key of await keysOf(table)) {
        const whole = rows.get(key)!;
        await remove(key);
        expect(walk(), formatHex(key)).to.be.an('object');
        await rows.write([{ key, value: whole }]);
      }
    });
  }

  it('names the first entry that is missing', async () => {
    await remove(numberKey('entry', 5));

    expectProblem(/^entry 5 is missing/, 1);
  });

  it('names the tile that is another than the entries give', async () => {
    await flip(tileKey({ level: 0, index: 1 }), 100);

    expectProblem(/^tile 0\/1 is missing or another/, 3);
  });

  it('names the last tile, which is not full', async () => {
    await flip(tileKey({ level: 1, index: 0 }), 100);

    expectProblem(/^tile 1\/0 is missing or another/, 5);
  });

  it('names the header whose root the entries do not give', async () => {
    await flip(numberKey('entry', 562), 800);

    expectProblem(/569 entries have another root than the header names/, 5);
  });

  it('finds a certificate of another block, or of none', async () => {
    const key = numberKey('certificate', 3);
    const other = rows.get(numberKey('certificate', 2));
    await rows.write([{ key, value: other }]);
    expectProblem(/the certificate is missing or of another block/, 3);

    await remove(key);
    expectProblem(/the certificate is missing or of another block/, 3);
  });

  it('finds another block, with its certificate, than the one that the log closes', async () => {
    const header = { ...blocks[4]!.header, timestampMs: 1 };
    const certificate = { ...blocks[4]!.certificate!, blockHash: hashHeader(header) };
    await rows.write([
      { key: numberKey('header', 4), value: encode(headerSchema, header) },
      {
        key: numberKey('certificate', 4),
        value: encode(commitCertificateSchema, certificate),
      },
    ]);

    expectProblem(/entry 558 does not close the block/, 4);
  });

  it('finds an edge that the entries do not lead to', () => {
    const edge = store.edge()!;
    const roots = edge.frontier.roots.map((root) => flipBit(root, 0));
    const chain = {
      baseHeight: () => store.baseHeight(),
      edge: () => ({ ...edge, frontier: { ...edge.frontier, roots } }),
      uncached: store.uncached,
    };

    expect(new LogWalk(chain).step(ALL)).to.deep.include({
      height: 5,
      what: "the log's right edge is another",
    });
  });

  it('finds a header that stands at another height', async () => {
    await rows.write([{ key: numberKey('header', 4), value: rows.get(numberKey('header', 2)) }]);

    expectProblem(/header 4 names \d+ entries, fewer than before/, 4);
  });

  it('finds a header that is missing', async () => {
    await remove(numberKey('header', 2));

    expectProblem(/header 2 is missing/, 2);
  });
});
