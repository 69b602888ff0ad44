import { expect } from 'chai';

import { hashHeader } from '../../../chain/block.ts';
import { encode } from '../../../chain/codec.ts';
import { hashState } from '../../../chain/state.ts';
import { hashValidatorSet } from '../../../chain/validatorSet.ts';
import { imageSchema, numberSchema, storedBaseSchema } from '../../../node/store/blockRow.ts';
import {
  baseKey,
  derivativeKey,
  edgeKey,
  hashKey,
  numberKey,
  tileKey,
} from '../../../node/store/chainKey.ts';
import { checkChain } from '../../../node/store/checkChain.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { RowChainStore } from '../../../node/store/rowChainStore.ts';
import { cameraRecord, ChainBuilder, editRecord, hashOf } from '../../support/chainBuilder.ts';
import { beginFilling, fillStore } from '../../support/chainFilling.ts';

const PARENT = cameraRecord(0).imageHash;

const builder = new ChainBuilder();
/** Begins at height 3, with 305 entries; goes on to 5. */
const BLOCKS = [
  builder.genesis,
  builder.next({ batchCount: 2, recordCount: 150 }),
  builder.build({ batches: [] }),
  builder.build({ batches: [{ records: [editRecord(900, [PARENT])] }] }),
  builder.build({ batches: [{ records: [editRecord(901, [PARENT])] }] }),
  builder.next({ batchCount: 1, recordCount: 3 }),
];
const GENESIS = BLOCKS[0]!.applied;
const BASE = BLOCKS[3]!;

describe('the check of a chain store that was filled from a base on', () => {
  let rows: MemoryRows;

  beforeEach(async () => {
    rows = new MemoryRows();
    const store = new RowChainStore(rows);
    await fillStore(store, BLOCKS.slice(0, 4));
    for (const block of BLOCKS.slice(4)) await store.commit(block);
  });

  const put = (key: Uint8Array, value: Uint8Array | undefined): Promise<void> =>
    rows.write([{ key, value }]);

  const flip = async (key: Uint8Array, at: number): Promise<void> => {
    const value = rows.get(key) ?? new Uint8Array();
    const place = at < 0 ? value.length + at : at;
    expect(place).to.be.within(0, value.length - 1);
    value[place] = value[place]! ^ 1;
    await put(key, value);
  };

  const problemsOf = async (genesis = GENESIS): Promise<string> => {
    const { problems } = await checkChain(new RowChainStore(rows), { genesis });
    return problems.map(({ height, what }) => `${height}: ${what}`).join('\n');
  };

  it('finds nothing in a store that is whole, and executes what follows the base', async () => {
    const report = await checkChain(new RowChainStore(rows), { genesis: GENESIS });

    expect(report).to.deep.equal({ blockCount: 2, recordCount: 305, problems: [] });
  });

  it('finds nothing in a store that has nothing but a base', async () => {
    rows = new MemoryRows();
    await fillStore(new RowChainStore(rows), BLOCKS.slice(0, 4));

    expect(await problemsOf()).to.equal('');
  });

  it('tells its progress from the base on', async () => {
    const heights: number[] = [];
    await checkChain(new RowChainStore(rows), {
      genesis: GENESIS,
      onProgress: ({ height }) => heights.push(height),
    });

    expect(heights).to.deep.equal([4, 5]);
  });

  it('ends early when it is told to, before the base is checked', async () => {
    rows = new MemoryRows();
    await fillStore(new RowChainStore(rows), BLOCKS.slice(0, 4));
    const options = { genesis: GENESIS, signal: AbortSignal.abort(new Error('enough')) };

    expect(await checkChain(new RowChainStore(rows), options).catch(String)).to.include('enough');
  });

  it('refuses a chain of another genesis', async () => {
    const other = new ChainBuilder({ seed: 'other' }).genesis.applied;

    expect(await problemsOf(other)).to.include('another chain than genesis');
  });

  const blockHash = hashHeader(BASE.header);
  const { imageHash } = cameraRecord(7);
  const flips = [
    ['the header', numberKey('header', 3), -1, /^3: ERR_QUORUM/m],
    ['the certificate', numberKey('certificate', 3), -1, /^3: ERR_QUORUM/m],
    ['the state', baseKey(), 10, /^3: .*(the state is not the one|does not decode)/m],
    ['the height of its hash', hashKey('blockHash', blockHash), 0, /^3: the block hash leads/m],
    ['an entry', numberKey('entry', 8), -40, /^3: the log is not the one that the header names/m],
    ['the last entry', numberKey('entry', 304), -1, /^3: the log does not close with the block/m],
    ['a full tile', tileKey({ level: 0, index: 0 }), 5_000, /^3: tile 0\/0/m],
    ['a tile that is not full', tileKey({ level: 0, index: 1 }), 10, /^5: tile 0\/1/m],
  ] as const;
  for (const [name, key, at, problem] of flips) {
    it(`finds one bit flipped in ${name}`, async () => {
      await flip(key, at);

      expect(await problemsOf()).to.match(problem);
    });
  }

  const missing = [
    ['the header', numberKey('header', 3), /^3: the first block, 3, is missing/m],
    ['the certificate', numberKey('certificate', 3), /^3: the first block, 3, is missing/m],
    ['an entry', numberKey('entry', 8), /^3: entry 8 is missing/m],
    ['the entry that closes the base', numberKey('entry', 304), /^3: entry 304 is missing/m],
    ['a tile', tileKey({ level: 0, index: 0 }), /^3: tile 0\/0/m],
    ['a registration', hashKey('image', imageHash), /^1: image [0-9a-f]+ does not lead/m],
    ['a derivative', derivativeKey(PARENT, 1), /derivatives are 1, not 2/m],
    ['where it begins', baseKey(), /^0: header 0 is missing/m],
  ] as const;
  for (const [name, key, problem] of missing) {
    it(`finds ${name} missing`, async () => {
      await put(key, undefined);

      expect(await problemsOf()).to.match(problem);
    });
  }

  const added = [
    [
      'a header',
      numberKey('header', 2),
      encode(numberSchema, 1),
      /^undefined: headers are 4, not 3/m,
    ],
    [
      'a certificate',
      numberKey('certificate', 1),
      encode(numberSchema, 1),
      /certificates are 4, not 3/m,
    ],
    [
      'a batch',
      hashKey('batch', hashOf('batch')),
      encode(numberSchema, 1),
      /batches are 3, not 2/m,
    ],
    ['an entry', numberKey('entry', 400), encode(numberSchema, 1), /entries are 312, not 311/m],
    [
      'a registration',
      hashKey('image', hashOf('image')),
      encode(imageSchema, [3]),
      /registrations are 306, not 305/m,
    ],
  ] as const;
  for (const [name, key, value, problem] of added) {
    it(`finds ${name} too many`, async () => {
      await put(key, value);

      expect(await problemsOf()).to.match(problem);
    });
  }

  it('finds a base that validators of its own have certified', async () => {
    const liar = new ChainBuilder({ seed: 'liar' });
    const { chainId, height } = BASE.header;
    const state = { ...liar.edge.state, chainId, height };
    const validatorSetHash = hashValidatorSet(liar.validators);
    const header = { ...BASE.header, stateRoot: hashState(state), validatorSetHash };
    rows = new MemoryRows();
    const filling = await beginFilling(new RowChainStore(rows), BLOCKS.slice(0, 4));
    await filling.commit({ header, state, certificate: liar.certify(header) });

    expect(await problemsOf()).to.match(/^3: ERR_QUORUM/m);
  });

  it('finds nothing in what an interrupted filling has left', async () => {
    rows = new MemoryRows();
    await beginFilling(new RowChainStore(rows), BLOCKS.slice(0, 4));

    expect(await problemsOf()).to.equal('');
  });

  it('finds a chain whose edge is gone', async () => {
    await put(edgeKey(), undefined);

    expect(await problemsOf()).to.match(/^4: the blocks from here on cannot be executed/);
  });

  it('finds another state at the base', async () => {
    const { state } = BLOCKS[2]!.applied.edge;
    await put(baseKey(), encode(storedBaseSchema, { format: 1, state: { ...state, height: 3 } }));

    expect(await problemsOf()).to.match(/^3: the state is not the one that header 3 names/m);
  });
});
