import { expect } from 'chai';

import type { Item } from '../../../chain/batch.ts';
import { hashHeader } from '../../../chain/block.ts';
import { formatHex } from '../../../chain/bytes.ts';
import { encode } from '../../../chain/codec.ts';
import { formatSignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { assemble, logSignerOf } from '../../../node/cosigning/cosignedLog.ts';
import { type TreeHead, treeHeadOf, type TreeRoot } from '../../../node/cosigning/treeHead.ts';
import { checkChain } from '../../../node/store/checkChain.ts';
import { imageSchema, numberSchema } from '../../../node/store/blockRow.ts';
import {
  checkpointKey,
  derivativeKey,
  edgeKey,
  hashKey,
  numberKey,
  tileKey,
} from '../../../node/store/chainKey.ts';
import type { BlockWrite } from '../../../node/store/chainStore.ts';
import { DamageError } from '../../../node/store/damage.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { PROBLEM_COUNT_MAX } from '../../../node/store/problem.ts';
import { RowChainStore } from '../../../node/store/rowChainStore.ts';
import { cameraRecord, ChainBuilder, editRecord, hashOf } from '../../support/chainBuilder.ts';
import { NETWORK_LOG, signLog } from '../../support/cosigners.ts';
import { builtItem } from '../../support/equivocations.ts';

const PARENT = cameraRecord(0).imageHash;
const image = (number: number): Item => ({ kind: 1, record: cameraRecord(number) });
const EDIT = editRecord(1_001, [PARENT, hashOf('other parent')]);

/** Six blocks in which everything happens that leaves rows. */
function buildBlocks(): readonly BlockWrite[] {
  const builder = new ChainBuilder();
  return [
    builder.genesis,
    builder.next({ batchCount: 2, recordCount: 150 }),
    builder.build({
      batches: [
        { aggregator: 0, records: [cameraRecord(0), EDIT, cameraRecord(1_002)] },
        { aggregator: 1, records: [EDIT, editRecord(1_003, [PARENT])] },
      ],
    }),
    builder.build({ batches: [] }),
    builder.build({ batches: [{ records: [cameraRecord(1_004)] }], view: 2 }),
    builder.next({ batchCount: 1, recordCount: 10 }),
  ];
}

describe('the check of a chain store', () => {
  const blocks = buildBlocks();
  const genesis = blocks[0]!.applied;
  let rows: MemoryRows;

  beforeEach(async () => {
    rows = new MemoryRows();
    const store = new RowChainStore(rows);
    for (const block of blocks) await store.commit(block);
  });

  const put = (key: Uint8Array, value: Uint8Array | undefined): Promise<void> =>
    rows.write([{ key, value }]);

  /** Flips one bit of a row's byte; `at` counts from the end if it is negative. */
  const flip = async (key: Uint8Array, at: number): Promise<void> => {
    const value = rows.get(key) ?? new Uint8Array();
    const place = at < 0 ? value.length + at : at;
    expect(place).to.be.within(0, value.length - 1);
    value[place] = (value[place] ?? 0) ^ 1;
    await put(key, value);
  };

  /** Opens the rows and returns what the check finds, a problem a line. */
  const problemsOf = async (): Promise<string> => {
    const { problems } = await checkChain(new RowChainStore(rows), { genesis });
    return problems.map(({ height, what }) => `${height}: ${what}`).join('\n');
  };

  it('finds nothing in a store that is whole', async () => {
    const report = await checkChain(new RowChainStore(rows), { genesis });

    expect(report).to.deep.equal({ blockCount: 6, recordCount: 315, problems: [] });
  });

  it('finds nothing in an empty store', async () => {
    const report = await checkChain(new RowChainStore(new MemoryRows()), { genesis });

    expect(report).to.deep.equal({ blockCount: 0, recordCount: 0, problems: [] });
  });

  it('tells its progress after each block', async () => {
    const heights: number[] = [];
    await checkChain(new RowChainStore(rows), {
      genesis,
      onProgress: ({ height, lastHeight }) => heights.push(height, lastHeight),
    });

    expect(heights).to.deep.equal([0, 5, 1, 5, 2, 5, 3, 5, 4, 5, 5, 5]);
  });

  it('ends early when it is told to', async () => {
    const options = { genesis, signal: AbortSignal.abort(new Error('enough')) };

    expect(await checkChain(new RowChainStore(rows), options).catch(String)).to.include('enough');
  });

  it('refuses a chain of another genesis', async () => {
    const other = new ChainBuilder({ seed: 'other' }).genesis.applied;
    const { blockCount, problems } = await checkChain(new RowChainStore(rows), { genesis: other });

    expect(blockCount).to.equal(0);
    expect(problems[0]?.what).to.include('block 0 is not the one');
  });

  const batchIds = blocks.map(({ header }) => header.batchIds);
  const blockHash = hashHeader(blocks[1]!.header);
  const { imageHash } = cameraRecord(7);

  describe('with one bit flipped', () => {
    const cases = [
      ['a header', numberKey('header', 2), -1, /^2: ERR_(QUORUM|VALIDATOR_SET)/m],
      ["a header's parent hash", numberKey('header', 2), 45, /^2: ERR_PARENT/m],
      ["a header's height", numberKey('header', 2), 36, /^2: .*(ERR_HEIGHT|does not decode)/m],
      ["a certificate's signature", numberKey('certificate', 2), -1, /^2: ERR_QUORUM/m],
      ['the height of a block hash', hashKey('blockHash', blockHash), 0, /^1: the block hash/m],
      ["a batch's signature", hashKey('batch', batchIds[1]![1]!), 120, /^1: ERR_SIGNATURE/m],
      ["a batch's first index", hashKey('batch', batchIds[1]![1]!), -7, /^1: .*another batch/m],
      ["a batch's record count", hashKey('batch', batchIds[1]![1]!), -3, /^1: .*another place/m],
      ["a batch's height", hashKey('batch', batchIds[1]![1]!), 1, /^1: batch .* another place/m],
      ['a skipped item', hashKey('beside', batchIds[2]![0]!), -40, /^2: .*another batch/m],
      ['an entry', numberKey('entry', 8), -40, /^1: .*another batch/m],
      ["an entry's time", numberKey('entry', 8), 10, /^1: entry 8 is missing or another/m],
      ['the entry that closes a block', numberKey('entry', 301), -1, /^1: entry 301/m],
      ['a full tile', tileKey({ level: 0, index: 0 }), 5_000, /^1: tile 0\/0/m],
      ['a tile of the edge', tileKey({ level: 0, index: 1 }), 100, /^5: tile 0\/1/m],
      ['a tile above', tileKey({ level: 1, index: 0 }), 0, /^5: tile 1\/0/m],
      ['an image', hashKey('image', imageHash), -1, /^1: .*(does not lead to|is not entry)/m],
      ['a derivative', derivativeKey(PARENT, 0), 0, /^undefined: derivative 0 of/m],
      ['a number of derivatives', hashKey('derivativeSum', PARENT), 0, /derivatives, not 3$/m],
    ] as const;

    for (const [name, key, at, expected] of cases) {
      it(`in ${name} is found`, async () => {
        await flip(key, at);

        expect(await problemsOf()).to.match(expected);
      });
    }
  });

  describe('with a row removed', () => {
    const cases = [
      ['a header', numberKey('header', 2), /^2: header 2 is missing/m],
      ['a certificate', numberKey('certificate', 2), /^2: certificate 2 is missing/m],
      [
        'a block hash',
        hashKey('blockHash', blockHash),
        /^1: the block hash leads to .* undefined/m,
      ],
      ['a batch', hashKey('batch', batchIds[1]![0]!), /^1: batch .* is missing/m],
      ['skipped items', hashKey('beside', batchIds[2]![0]!), /^2: .*another batch/m],
      ['an entry', numberKey('entry', 8), /^1: entry 8 is missing/m],
      ['a full tile', tileKey({ level: 0, index: 0 }), /^1: tile 0\/0 is missing/m],
      ['a tile of the edge', tileKey({ level: 0, index: 1 }), /^5: tile 0\/1 is missing/m],
      ['an image', hashKey('image', imageHash), /^1: image .* does not lead to entry 8/m],
      ['an image that came again', hashKey('image', PARENT), /^2: ERR_LOG_ROOT/m],
      ['the last derivative', derivativeKey(PARENT, 1), /has 1 derivatives, not 2/m],
      ['a first derivative', derivativeKey(PARENT, 0), /derivative 1 of .* follows none/m],
      ['a number of derivatives', hashKey('derivativeSum', PARENT), /derivatives, not 0/m],
      ['the edge', edgeKey(), /^undefined: headers are 6, not 0/m],
    ] as const;

    for (const [name, key, expected] of cases) {
      it(`(${name}) it is found`, async () => {
        await put(key, undefined);

        expect(await problemsOf()).to.match(expected);
      });
    }
  });

  describe('with a row too many', () => {
    const cases = [
      ['header', numberKey('header', 6), hashOf(''), /headers are 7, not 6/],
      ['certificate', numberKey('certificate', 0), hashOf(''), /certificates are 6, not 5/],
      ['block hash', hashKey('blockHash', hashOf('')), hashOf(''), /blockHashes are 7, not 6/],
      ['batch', hashKey('batch', hashOf('')), hashOf(''), /batches are 7, not 6/],
      ['beside', hashKey('beside', hashOf('')), hashOf(''), /beside are 2, not 1/],
      ['entry', numberKey('entry', 900), hashOf(''), /entries are 322, not 321/],
      ['image', hashKey('image', hashOf('')), encode(imageSchema, [3]), /are 316, not 315/],
      ['derivative', derivativeKey(hashOf(''), 0), EDIT.imageHash, /does not name this parent/],
      ['parent', hashKey('derivativeSum', hashOf('')), encode(numberSchema, 1), /parents are 3/],
      ['tile', tileKey({ level: 0, index: 2 }), hashOf(''), /tiles are 4, not 3/],
    ] as const;

    for (const [name, key, value, expected] of cases) {
      it(`(${name}) it is found`, async () => {
        await put(key, value);

        expect(await problemsOf()).to.match(expected);
      });
    }
  });

  describe('of a short chain', () => {
    const builder = new ChainBuilder({ validatorCount: 1 });
    const short = [
      builder.genesis,
      builder.build({ batches: [{ records: [cameraRecord(0), EDIT] }] }),
      builder.build({ batches: [{ records: [cameraRecord(0), cameraRecord(1)] }] }),
      builder.build({ batches: [{ items: [image(2), builtItem(builder, { index: 0 })] }] }),
      builder.build({
        batches: [{ items: [builtItem(builder, { index: 0, view: 1 }), image(3)] }],
      }),
    ];
    const isFound = async (): Promise<boolean> => {
      try {
        const options = { genesis: builder.genesis.applied };
        const { problems } = await checkChain(new RowChainStore(rows), options);
        return problems.length > 0;
      } catch (error) {
        return error instanceof DamageError;
      }
    };

    beforeEach(async () => {
      rows = new MemoryRows();
      const store = new RowChainStore(rows);
      for (const block of short) await store.commit(block);
    });

    it('finds any row that is removed', async () => {
      for (const { key, value } of await Array.fromAsync(rows.scan(new Uint8Array()))) {
        await put(key, undefined);
        expect(await isFound(), formatHex(key)).to.equal(true);
        await put(key, value);
      }
      expect(await isFound()).to.equal(false);
    });

    it('finds a bit that is flipped at the beginning, middle or end of any row', async () => {
      for (const { key, value } of await Array.fromAsync(rows.scan(new Uint8Array()))) {
        for (const at of [0, Math.floor(value.length / 2), value.length - 1]) {
          await flip(key, at);
          expect(await isFound(), `${formatHex(key)} at ${at}`).to.equal(true);
          await put(key, value);
        }
      }
      expect(await isFound()).to.equal(false);
    });
  });

  describe('of a chain with status changes', () => {
    /** What is found where one more block holds this item. */
    const problemsWith = async (itemOf: (builder: ChainBuilder) => Item): Promise<string> => {
      const builder = new ChainBuilder();
      rows = new MemoryRows();
      const store = new RowChainStore(rows);
      await store.commit(builder.genesis);
      const items = [image(1), itemOf(builder)];
      await store.commit(builder.build({ batches: [{ items }] }));
      const report = await checkChain(store, { genesis: builder.genesis.applied });
      expect(report).to.include({ blockCount: 2, recordCount: 1 });
      return report.problems.map(({ what }) => what).join('\n');
    };

    it('finds nothing where each is proven', async () => {
      expect(await problemsWith((builder) => builtItem(builder, { index: 2 }))).to.equal('');
    });

    it('finds one that its proof does not yield', async () => {
      const itemOf = (builder: ChainBuilder): Item => ({
        ...builtItem(builder, { index: 2 }),
        since: 1,
      });

      expect(await problemsWith(itemOf)).to.match(/^ERR_EVIDENCE/);
    });

    it('finds one whose offender signed nothing', async () => {
      const itemOf = (builder: ChainBuilder): Item =>
        builtItem(builder, { index: 2, sign: builder.signers[1]! });

      expect(await problemsWith(itemOf)).to.match(/^ERR_SIGNATURE/);
    });

    it('finds one of a height that was not yet known', async () => {
      const itemOf = (builder: ChainBuilder): Item => builtItem(builder, { index: 2, height: 3 });

      expect(await problemsWith(itemOf)).to.match(/^ERR_HEIGHT/);
    });
  });

  describe('of the final checkpoint', () => {
    const headOf = ({ applied }: BlockWrite): TreeHead => treeHeadOf(applied.edge);
    const keep = (checkpoint: TreeRoot): Promise<void> => {
      const signed = assemble(checkpoint, [], logSignerOf(NETWORK_LOG, signLog));
      return put(checkpointKey(), formatSignedCheckpoint(signed));
    };

    it('finds nothing in one of any block', async () => {
      for (const block of blocks) {
        await keep(headOf(block));
        expect(await problemsOf()).to.equal('');
      }
    });

    it('finds one of another log', async () => {
      const { treeSize, root } = headOf(blocks[2]!);
      await keep({ treeSize: treeSize - 1, root });

      expect(await problemsOf()).to.equal(
        `undefined: the final checkpoint is of another log of ${treeSize - 1} entries`,
      );
    });

    it('finds one of more entries than the log has', async () => {
      const { treeSize, root } = headOf(blocks.at(-1)!);
      await keep({ treeSize: treeSize + 1, root });

      expect(await problemsOf()).to.equal(
        `undefined: the final checkpoint has ${treeSize + 1} entries, the log ${treeSize}`,
      );
    });

    it('finds one of no entries', async () => {
      await keep({ treeSize: 0, root: hashOf('') });

      expect(await problemsOf()).to.match(/undefined: .*(checkpoint|entries)/);
    });

    it('finds bytes that are none', async () => {
      await put(checkpointKey(), Uint8Array.of(1, 2, 3));

      expect(await problemsOf()).to.match(/^undefined: ERR_/);
    });
  });

  it('goes on behind a problem that does not keep a block from being executed', async () => {
    await flip(tileKey({ level: 0, index: 0 }), 0);
    await flip(numberKey('certificate', 3), -1);
    const { blockCount, problems } = await checkChain(new RowChainStore(rows), { genesis });

    expect(blockCount).to.equal(6);
    expect(problems.map(({ height }) => height)).to.deep.equal([1, 3]);
  });

  it('says from where on blocks cannot be executed', async () => {
    await put(numberKey('header', 2), undefined);
    const { blockCount, problems } = await checkChain(new RowChainStore(rows), { genesis });

    expect(blockCount).to.equal(2);
    expect(problems.at(-1)).to.deep.equal({
      height: 2,
      what: 'the blocks from here on cannot be executed',
    });
  });

  it('lists a limited number of problems', async () => {
    for (let number = 0; number < 300; number++) {
      await put(hashKey('image', cameraRecord(number).imageHash), undefined);
    }
    const { problems } = await checkChain(new RowChainStore(rows), { genesis });

    expect(problems).to.have.length(PROBLEM_COUNT_MAX);
  });

  describe('of a damaged edge', () => {
    it('is not reached where the state is another: the store does not open', async () => {
      const edge = rows.get(edgeKey()) ?? new Uint8Array();
      const name = formatHex(edge).indexOf(formatHex(new TextEncoder().encode('validator-0'))) / 2;
      await flip(edgeKey(), name);

      expect(() => new RowChainStore(rows)).to.throw(DamageError, 'the state is not the one');
    });

    it('is not reached where the last header is missing: the store does not open', async () => {
      await put(numberKey('header', 5), undefined);

      expect(() => new RowChainStore(rows)).to.throw(DamageError, 'the last header, 5, is missing');
    });

    it('finds another record count', async () => {
      const edge = rows.get(edgeKey()) ?? new Uint8Array();
      // [1, 5, 315, …]: format, height, record count.
      expect(formatHex(edge.subarray(1, 6))).to.equal('0105cd013b');
      await flip(edgeKey(), 5);

      expect(await problemsOf()).to.equal('5: the record count is 314, not 315');
    });

    it('finds another right edge of the log', async () => {
      const edge = rows.get(edgeKey()) ?? new Uint8Array();
      const root = formatHex(blocks.at(-1)!.applied.edge.frontier.roots[0]!);
      await flip(edgeKey(), formatHex(edge).indexOf(root) / 2);

      expect(await problemsOf()).to.equal(
        "5: the log's right edge is another than execution gives",
      );
    });
  });
});
