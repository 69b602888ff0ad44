import { expect } from 'chai';

import { formatHex } from '../../chain/bytes.ts';
import { valueAt } from '../../chain/state.ts';
import { Ledger } from '../../node/ledger.ts';
import { RecordedEquivocations } from '../../node/recordedEquivocations.ts';
import { Rules } from '../../node/rules.ts';
import { Standings } from '../../node/standings.ts';
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

async function append(ledger: Ledger, block: BlockWrite): Promise<void> {
  const { header, certificate, batches } = block;
  await ledger.append({ header, certificate: certificate!, batches, execution: undefined });
}

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
