import { expect } from 'chai';

import { hashBatch, type Item } from '../../chain/batch.ts';
import { hashHeader } from '../../chain/block.ts';
import { execute, type GenesisFacts, valueAt } from '../../chain/state.ts';
import { Ledger, LedgerError } from '../../node/ledger.ts';
import { RecordedEquivocations } from '../../node/recordedEquivocations.ts';
import { createMemoryChainStore } from '../../node/store/memoryChainStore.ts';
import type { BlockWrite, ChainStore } from '../../node/store/chainStore.ts';
import {
  type BlockContent,
  cameraRecord,
  ChainBuilder,
  editRecord,
  hashOf,
} from '../support/chainBuilder.ts';
import { fillStore } from '../support/chainFilling.ts';
import { builtItem } from '../support/equivocations.ts';

/** The genesis of a builder's chain. */
function factsOf({ genesis, validators }: ChainBuilder): GenesisFacts {
  const { state } = genesis.applied.edge;
  const { chainId, timestampMs } = genesis.header;
  const params = valueAt(state.params, 0);
  return { chainId, timestampMs, validators, authorities: [], params };
}

interface Opened {
  readonly builder: ChainBuilder;
  readonly store: ChainStore;
  readonly ledger: Ledger;
}

async function open(): Promise<Opened> {
  const builder = new ChainBuilder();
  const store = createMemoryChainStore();
  return { builder, store, ledger: await Ledger.open(store, factsOf(builder)) };
}

function append({ ledger }: Opened, block: BlockWrite): ReturnType<Ledger['append']> {
  const { header, certificate, batches } = block;
  if (certificate === undefined) throw new Error('block 0 is not appended');
  return ledger.append({ header, certificate, batches, execution: undefined });
}

describe('a ledger', () => {
  it('writes block 0 into an empty store, as everybody derives it', async () => {
    const { builder, ledger } = await open();

    expect(ledger.edge()).to.deep.equal(builder.genesis.applied.edge);
    expect(ledger.recordCount()).to.equal(0);
  });

  it('tells who waits for the next block when it can be read', async () => {
    const opened = await open();
    const { signal } = new AbortController();
    const height = opened.ledger.nextBlock(signal).then(() => opened.ledger.edge().header.height);

    await append(opened, opened.builder.next({ batchCount: 1, recordCount: 1 }));

    expect(await height).to.equal(1);
  });

  it('lets go who waits no longer', async () => {
    const { ledger } = await open();
    const left = new AbortController();
    const waited = ledger.nextBlock(left.signal);

    left.abort();

    await waited;
    await ledger.nextBlock(left.signal);
  });

  it('goes on where the store ends', async () => {
    const opened = await open();
    await append(opened, opened.builder.next({ batchCount: 1, recordCount: 1 }));
    const again = await Ledger.open(opened.store, factsOf(opened.builder));

    expect(again.edge()).to.deep.equal(opened.builder.edge);
  });

  it('refuses a store that holds another chain', async () => {
    const { store } = await open();
    const other = new ChainBuilder({ seed: 'another chain' });
    const failure = await Ledger.open(store, factsOf(other)).catch((error: unknown) => error);

    expect(failure instanceof LedgerError && failure.code).to.equal('ERR_OTHER_CHAIN');
  });

  it('applies blocks as the chain says', async () => {
    const opened = await open();
    const block = opened.builder.next({ batchCount: 2, recordCount: 3 });

    expect(await append(opened, block)).to.deep.equal(block.applied);
    expect(opened.ledger.recordCount()).to.equal(6);
  });

  it('applies a block that was executed before in the same way', async () => {
    const opened = await open();
    const { header, certificate, batches, applied } = opened.builder.next({
      batchCount: 2,
      recordCount: 2,
    });
    const { height, view, timestampMs } = header;
    const contents = batches.map(({ batch }) => batch);
    const draft = { height, view, timestampMs, lostProposers: [], batches: contents };
    const execution = opened.ledger.execute(draft);
    if (certificate === undefined) throw new Error('block 1 is certified');

    expect(await opened.ledger.append({ header, certificate, batches, execution })).to.deep.equal(
      applied,
    );
    expect(execution).to.deep.equal(execute(opened.builder.genesis.applied.edge, draft, new Set()));
  });

  it('refuses a block that does not follow, and stays as it is', async () => {
    const opened = await open();
    opened.builder.next({ batchCount: 1, recordCount: 1 });
    const second = opened.builder.next({ batchCount: 1, recordCount: 1 });
    const failure = await append(opened, second).catch((error: unknown) => error);

    expect(failure).to.have.property('code', 'ERR_HEIGHT');
    expect(opened.ledger.edge().header.height).to.equal(0);
  });

  it('registers a picture once for each institution', async () => {
    const opened = await open();
    const records = [cameraRecord(1)];
    const aggregators = [0, 1, 0].map((aggregator) => ({ aggregator, records }));
    await append(opened, opened.builder.build({ batches: aggregators.slice(0, 2) }));
    await append(opened, opened.builder.build({ batches: aggregators.slice(2) }));
    const [v0, v1, v2] = opened.builder.validators;
    const isRegistered = [v0, v1, v2].map((each) =>
      opened.ledger.isRegistered(cameraRecord(1).imageHash, each?.consensusKey ?? hashOf('none')),
    );

    expect(isRegistered).to.deep.equal([true, true, false]);
    expect(opened.ledger.recordCount()).to.equal(2);
  });

  it('finds the earliest registration first', async () => {
    const opened = await open();
    const records = [cameraRecord(1)];
    await append(opened, opened.builder.build({ batches: [{ aggregator: 2, records }] }));
    await append(opened, opened.builder.build({ batches: [{ aggregator: 1, records }] }));
    const found = opened.ledger.findRegistrations(cameraRecord(1).imageHash);
    const keys = opened.builder.validators.map(({ consensusKey }) => consensusKey);

    expect(found.map(({ entry }) => entry.aggregator)).to.deep.equal([keys[2], keys[1]]);
    expect(found.map(({ entry }) => entry.height)).to.deep.equal([1, 2]);
  });

  it('finds nothing of a picture that is not there', async () => {
    const { ledger } = await open();

    expect(ledger.findRegistrations(hashOf('nothing'))).to.deep.equal([]);
  });

  it('finds what was made from a picture', async () => {
    const opened = await open();
    const parent = cameraRecord(1);
    const edit = editRecord(2, [parent.imageHash]);
    await append(opened, opened.builder.build({ batches: [{ records: [parent, edit] }] }));

    expect(opened.ledger.findDerivatives(parent.imageHash, 10)).to.deep.equal([edit.imageHash]);
    expect(opened.ledger.findDerivatives(parent.imageHash, 0)).to.deep.equal([]);
  });

  it('reads a block with its certificate, hash and number of records', async () => {
    const opened = await open();
    const block = opened.builder.next({ batchCount: 2, recordCount: 2 });
    await append(opened, block);

    expect(opened.ledger.readBlock(1)).to.deep.equal({
      header: block.header,
      hash: hashHeader(block.header),
      certificate: block.certificate,
      recordCount: 4,
    });
    expect(opened.ledger.findHeight(hashHeader(block.header))).to.equal(1);
  });

  it('has no block above its height', async () => {
    const { ledger } = await open();

    expect([ledger.readBlock(1), ledger.findHeight(hashOf('none'))]).to.deep.equal([
      undefined,
      undefined,
    ]);
  });

  it('reads a batch as it was signed', async () => {
    const opened = await open();
    const block = opened.builder.next({ batchCount: 1, recordCount: 3 });
    await append(opened, block);
    const [signed] = block.batches;
    if (signed === undefined) throw new Error('the block has a batch');

    expect(opened.ledger.readTransaction(hashBatch(signed.batch))).to.deep.equal({
      height: 1,
      signed,
    });
    expect(opened.ledger.readTransaction(hashOf('none'))).to.equal(undefined);
  });

  it('counts no status change as a record, and reads its batch as it was signed', async () => {
    const opened = await open();
    const items: readonly Item[] = [
      { kind: 1, record: cameraRecord(1) },
      builtItem(opened.builder, { index: 3 }),
    ];
    const block = opened.builder.build({ batches: [{ items }] });

    expect(await append(opened, block)).to.deep.equal(block.applied);
    expect(opened.ledger.readBlock(1)?.recordCount).to.equal(1);
    expect(opened.ledger.readTransaction(block.header.batchIds[0]!)?.signed).to.deep.equal(
      block.batches[0],
    );
  });

  it('finds the item that recorded an offender: the first of its block', async () => {
    const opened = await open();
    const { builder, ledger } = opened;
    const [first, second] = [0, 1].map((view) => builtItem(builder, { index: 3, view }));
    const batches = [
      { records: [cameraRecord(1)] },
      { items: [builtItem(builder, { index: 2 }), first!] },
      { items: [second!] },
    ];
    await append(opened, builder.build({ batches }));
    await append(opened, builder.build({ batches: [{ items: [second!] }] }));
    const offender = { subject: first!.subject, height: 1 };

    expect(ledger.edge().state.offenders).to.deep.include(offender);
    expect(ledger.findStatusItem(offender)).to.deep.equal(first);
    expect(ledger.findStatusItem({ ...offender, subject: hashOf('none') })).to.equal(undefined);
    expect(ledger.findStatusItem({ ...offender, height: 9 })).to.equal(undefined);
  });
});

describe('a ledger whose chain begins at a base', () => {
  /** A chain of two blocks before the base, the base, and one block after it. */
  async function openAtBase(
    ...before: readonly BlockContent[]
  ): Promise<Opened & { readonly blocks: readonly BlockWrite[] }> {
    const builder = new ChainBuilder();
    const store = createMemoryChainStore();
    const blocks = [builder.genesis, ...before.map((content) => builder.build(content))];
    await fillStore(store, blocks);
    const opened = { builder, store, ledger: await Ledger.open(store, factsOf(builder)) };
    const last = builder.build({ batches: [{ records: [cameraRecord(900)] }] });
    await append(opened, last);
    return { ...opened, blocks: [...blocks, last] };
  }
  const records = [1, 2, 3, 4, 5].map((number) => cameraRecord(number));
  const [one, two, three, four, five] = records;

  it('has the base and what follows, and nothing before', async () => {
    const { ledger, blocks } = await openAtBase(
      { batches: [{ records: [one!] }] },
      { batches: [{ records: [two!, three!] }, { records: [four!] }] },
    );
    const found = [0, 1, 2, 3, 4].map((height) => ledger.readBlock(height)?.recordCount);

    expect(ledger.baseHeight()).to.equal(2);
    expect(found).to.deep.equal([undefined, undefined, 3, 1, undefined]);
    expect(ledger.readBlock(2)).to.deep.include({
      header: blocks[2]!.header,
      certificate: blocks[2]!.certificate,
    });
  });

  it('counts the records of its base as often as it is asked', async () => {
    const { ledger } = await openAtBase({ batches: [{ records: [one!, two!] }] });

    expect([1, 1].map((height) => ledger.readBlock(height)?.recordCount)).to.deep.equal([2, 2]);
  });

  it('counts no records in a base that has none, and no status change as one', async () => {
    const empty = await openAtBase({ batches: [{ records: [one!] }] }, { batches: [] });
    const offence = builtItem(new ChainBuilder(), { index: 3 });
    const status = await openAtBase({ batches: [{ items: [offence] }] });

    expect(empty.ledger.readBlock(2)?.recordCount).to.equal(0);
    expect(status.ledger.readBlock(1)?.recordCount).to.equal(0);
  });

  it('finds the registrations of every block, and batches after the base only', async () => {
    const { ledger, blocks } = await openAtBase(
      { batches: [{ records: [one!] }] },
      { batches: [{ records: [two!] }] },
    );
    const heights = [one!, two!, cameraRecord(900)].map(
      ({ imageHash }) => ledger.findRegistrations(imageHash)[0]?.entry.height,
    );
    const transactions = blocks.slice(1).map(({ header }) => {
      return ledger.readTransaction(header.batchIds[0]!)?.height;
    });

    expect(heights).to.deep.equal([1, 2, 3]);
    expect(transactions).to.deep.equal([undefined, undefined, 3]);
  });

  it('tells when a batch was committed, before the base by the entries that it made', async () => {
    const { ledger, blocks, builder } = await openAtBase(
      { batches: [{ records: [one!, two!], aggregator: 0 }] },
      { batches: [{ records: [one!, three!], aggregator: 0 }] },
      { batches: [{ records: [one!, three!], aggregator: 0 }] },
    );
    const waiting = builder.build({ batches: [{ records: [four!, five!] }] });
    const times = [...blocks, waiting].slice(1).map(({ header, batches }) => {
      return ledger.committedAtMs(header.batchIds[0]!, batches[0]!.batch);
    });
    const timeOf = (height: number): number => blocks[height]!.header.timestampMs;

    // Of the third no item made an entry.
    expect(times).to.deep.equal([timeOf(1), timeOf(2), undefined, timeOf(4), undefined]);
  });

  it('does not find the item that recorded an offender at the base or before it', async () => {
    const offenceOf = (index: number): Item => builtItem(new ChainBuilder(), { index });
    const { ledger, builder } = await openAtBase(
      { batches: [{ items: [offenceOf(0)] }] },
      { batches: [{ items: [offenceOf(1)] }] },
    );
    await append(
      { ledger, builder, store: createMemoryChainStore() },
      builder.build({
        batches: [{ items: [offenceOf(2)] }],
      }),
    );
    const { offenders } = ledger.edge().state;
    const found = offenders.map((each) => [each.height, ledger.findStatusItem(each) !== undefined]);

    expect(found.toSorted()).to.deep.equal([
      [1, false],
      [2, false],
      [4, true],
    ]);
    expect(
      new RecordedEquivocations(ledger).all().map((each) => each.recordedHeight),
    ).to.deep.equal([4]);
  });
});
