import { expect } from 'chai';

import { formatHex } from '../../chain/bytes.ts';
import { valueAt } from '../../chain/state.ts';
import { Ledger } from '../../node/ledger.ts';
import { RecordedEquivocations } from '../../node/recordedEquivocations.ts';
import { Rules } from '../../node/rules.ts';
import { type KnownPeer, Standings } from '../../node/standings.ts';
import { validatorViewsOf } from '../../node/statusView.ts';
import type { BlockWrite, ChainStore } from '../../node/store/chainStore.ts';
import { createMemoryChainStore } from '../../node/store/memoryChainStore.ts';
import { firstTurn } from '../../node/turn.ts';
import { Uptime } from '../../node/uptime.ts';
import { ChainBuilder } from '../support/chainBuilder.ts';
import { fillStore } from '../support/chainFilling.ts';
import { builtItem } from '../support/equivocations.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** A node on a store, with nobody connected. */
async function openOn(
  store: ChainStore,
  { genesis, validators }: ChainBuilder,
): Promise<{ readonly ledger: Ledger; readonly standings: Standings }> {
  const { chainId, timestampMs } = genesis.header;
  const params = valueAt(genesis.applied.edge.state.params, 0);
  const facts = { chainId, timestampMs, validators, authorities: [], params };
  const ledger = await Ledger.open(store, facts);
  const rules = new Rules(ledger);
  const world = { clock: new FakeClock(), ledger, rules };
  const standings = new Standings({ ...world, peers: () => [], isSelf: () => false });
  return { ledger, standings };
}

/** A node on a chain of its own, with one peer of its set that tells a height. */
async function openBeside(told: { height: number }): Promise<{
  readonly clock: FakeClock;
  readonly standings: Standings;
  readonly grow: () => Promise<void>;
}> {
  const builder = new ChainBuilder();
  const { chainId, timestampMs } = builder.genesis.header;
  const params = valueAt(builder.genesis.applied.edge.state.params, 0);
  const { validators } = builder;
  const facts = { chainId, timestampMs, validators, authorities: [], params };
  const ledger = await Ledger.open(createMemoryChainStore(), facts);
  const clock = new FakeClock();
  const { peerId } = validators[0]!;
  const peers = (): readonly KnownPeer[] => [
    { peerId, isUp: true, height: told.height, lastSeenMs: clock.nowMs() },
  ];
  const world = { clock, ledger, rules: new Rules(ledger), peers, isSelf: () => false };
  const standings = new Standings(world);
  const grow = async (): Promise<void> => {
    const block = builder.next({ batchCount: 0, recordCount: 0 });
    await append(ledger, block);
    standings.noteBlock({ header: block.header, certificate: block.certificate! });
  };
  return { clock, standings, grow };
}

async function append(ledger: Ledger, block: BlockWrite): Promise<void> {
  const { header, certificate, batches } = block;
  await ledger.append({ header, certificate: certificate!, batches, execution: undefined });
}

describe('the standing of a validator that tells its height now and then', () => {
  const statusOf = (standings: Standings): string | undefined => standings.all()[0]?.status;

  it('is up while this node has come further since it may have told it', async () => {
    const told = { height: 0 };
    const { clock, standings, grow } = await openBeside(told);

    for (let i = 0; i < 10; i++) {
      await clock.advance(499);
      await grow();
    }

    expect(statusOf(standings)).to.equal('up');
  });

  it('is behind where it tells less than this node had long before', async () => {
    const told = { height: 0 };
    const { clock, standings, grow } = await openBeside(told);

    for (let i = 0; i < 4; i++) await grow();
    await clock.advance(4_999);
    const before = statusOf(standings);
    await clock.advance(1);

    expect([before, statusOf(standings)]).to.deep.equal(['up', 'behind']);
    told.height = 1;
    expect(statusOf(standings)).to.equal('up');
  });

  it('is judged by what this node had then, however many blocks come after', async () => {
    const told = { height: 40 };
    const { clock, standings, grow } = await openBeside(told);

    for (let i = 0; i < 60; i++) {
      await grow();
      await clock.advance(1_000);
    }

    // Five seconds ago this node had 56.
    expect(statusOf(standings)).to.equal('behind');
    told.height = 53;
    expect(statusOf(standings)).to.equal('up');
  });
});

describe('the standings of a chain that begins at a base', () => {
  const folder = temporaryFolder();
  const signedBy = (standings: Standings): readonly (number | undefined)[] =>
    standings.all().map(({ lastSignedHeight }) => lastSignedHeight);

  it('say at once who has signed the base', async () => {
    const builder = new ChainBuilder();
    const store = createMemoryChainStore();
    const size = { batchCount: 1, recordCount: 1 };
    await fillStore(store, [builder.genesis, builder.next(size), builder.next(size)]);
    const { standings } = await openOn(store, builder);

    // Who builds here certifies with the votes of the first three.
    expect(signedBy(standings)).to.deep.equal([2, 2, 2, undefined]);
  });

  it('say who signed the blocks after it', async () => {
    const builder = new ChainBuilder();
    const store = createMemoryChainStore();
    const size = { batchCount: 1, recordCount: 1 };
    await fillStore(store, [builder.genesis, builder.next(size)]);
    const { ledger } = await openOn(store, builder);
    await append(ledger, builder.next(size));
    const { standings } = await openOn(store, builder);

    expect(signedBy(standings)).to.deep.equal([2, 2, 2, undefined]);
  });

  it('are shown with the block of a proof that is not held', async () => {
    const builder = new ChainBuilder();
    const store = createMemoryChainStore();
    const [early, late] = [builtItem(builder, { index: 1 }), builtItem(builder, { index: 2 })];
    await fillStore(store, [builder.genesis, builder.build({ batches: [{ items: [early] }] })]);
    const { ledger, standings } = await openOn(store, builder);
    await append(ledger, builder.build({ batches: [{ items: [late] }] }));
    const views = validatorViewsOf({
      ledger,
      standings,
      turn: firstTurn(ledger),
      timestamps: undefined,
      equivocations: new RecordedEquivocations(ledger),
      uptime: await Uptime.open(`${folder}/uptime.json`, new FakeClock()),
    });

    expect(
      views.map(({ evidence, evidenceElsewhere }) => [evidence.length, evidenceElsewhere]),
    ).to.deep.equal([
      [0, undefined],
      [0, 1],
      [1, undefined],
      [0, undefined],
    ]);
    expect(formatHex(views[1]!.publicKey)).to.equal(formatHex(builder.validators[1]!.consensusKey));
  });
});
