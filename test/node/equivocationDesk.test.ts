import { expect } from 'chai';

import type { StatusItem } from '../../chain/batch.ts';
import type { Equivocation } from '../../chain/consensus/equivocation.ts';
import { verifySigned } from '../../chain/signature.ts';
import { type Edge, type State, valueAt } from '../../chain/state.ts';
import { EquivocationDesk } from '../../node/equivocationDesk.ts';
import { Ledger } from '../../node/ledger.ts';
import { DamageError } from '../../node/store/damage.ts';
import { createMemoryChainStore } from '../../node/store/memoryChainStore.ts';
import { createMemoryWorkStore } from '../../node/store/memoryWorkStore.ts';
import { MemoryRows } from '../../node/store/memoryRows.ts';
import { RowWorkStore } from '../../node/store/rowWorkStore.ts';
import type { StoredEquivocation, WorkStore } from '../../node/store/workStore.ts';
import { type BatchContent, cameraRecord, ChainBuilder, hashOf } from '../support/chainBuilder.ts';
import { codeOfRejection } from '../support/chainValues.ts';
import {
  builtEquivocation,
  builtItem,
  equivocationBy,
  itemBy,
  type Offence,
} from '../support/equivocations.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { NodeRig } from '../support/nodeRig.ts';
import { NOW_S } from '../support/shots.ts';

/** A desk over a chain of four validators that a test builds. */
class DeskRig {
  readonly builder = new ChainBuilder();
  readonly rows: MemoryRows;
  readonly work: WorkStore;
  readonly ledger: Ledger;
  readonly pushed: StatusItem[] = [];
  readonly desk: EquivocationDesk;

  private constructor(ledger: Ledger, rows: MemoryRows) {
    this.ledger = ledger;
    this.rows = rows;
    this.work = new RowWorkStore(rows);
    const pushStatus = (item: StatusItem): void => void this.pushed.push(item);
    this.desk = new EquivocationDesk({ work: this.work, ledger, verify: verifySigned, pushStatus });
  }

  /** Opens one on a chain of one block, and on the work that another left. */
  static async open(rows = new MemoryRows()): Promise<DeskRig> {
    const { validators, edge } = new ChainBuilder();
    const { chainId, timestampMs } = edge.header;
    const params = valueAt(edge.state.params, 0);
    const facts = { chainId, timestampMs, validators, authorities: [], params };
    const ledger = await Ledger.open(createMemoryChainStore(), facts);
    const rig = new DeskRig(ledger, rows);
    await rig.#append({ records: [cameraRecord(0)] });
    return rig;
  }

  proof(offence: Offence): Equivocation {
    return builtEquivocation(this.builder, offence);
  }

  item(offence: Offence): StatusItem {
    return builtItem(this.builder, offence);
  }

  /** Applies one more block, and lets the desk settle. */
  async apply(...batches: readonly BatchContent[]): Promise<void> {
    await this.#append(...batches);
    await this.desk.settle();
  }

  async #append(...batches: readonly BatchContent[]): Promise<void> {
    const { header, certificate, batches: signed } = this.builder.build({ batches });
    if (certificate === undefined) throw new Error('the block is certified');
    await this.ledger.append({ header, certificate, batches: signed, execution: undefined });
  }

  stored(): Promise<readonly StoredEquivocation[]> {
    return Array.fromAsync(this.work.equivocations());
  }
}

/** Opens a desk over an edge that a test sets, of a ledger that holds no items. */
function openOnEdge(): {
  readonly builder: ChainBuilder;
  readonly work: WorkStore;
  readonly pushed: readonly StatusItem[];
  readonly desk: EquivocationDesk;
  readonly edge: { change(state: Partial<State>): void };
} {
  const builder = new ChainBuilder();
  const work = createMemoryWorkStore();
  const pushed: StatusItem[] = [];
  let current: Edge = builder.edge;
  const desk = new EquivocationDesk({
    verify: verifySigned,
    work,
    ledger: { edge: () => current, baseHeight: () => 0, findStatusItem: () => undefined },
    pushStatus: (item) => void pushed.push(item),
  });
  const change = (state: Partial<State>): void => {
    current = { ...current, state: { ...current.state, ...state } };
  };
  return { builder, work, pushed, desk, edge: { change } };
}

describe('an equivocation that is taken', () => {
  it('is news, kept, pushed as its item, and known', async () => {
    const rig = await DeskRig.open();
    const proof = rig.proof({ index: 2 });
    const { subject } = rig.item({ index: 2 });

    expect(await rig.desk.take(proof, 'peer')).to.equal(true);
    expect(await rig.stored()).to.deep.equal([{ subject, equivocation: proof }]);
    expect(rig.pushed).to.deep.equal([rig.item({ index: 2 })]);
    expect(rig.desk.all()).to.deep.equal([
      { subject, equivocation: proof, recordedHeight: undefined },
    ]);
  });

  it('by the own engine is not checked again', async () => {
    const rig = await DeskRig.open();

    expect(await rig.desk.take({ ...rig.proof({ index: 2 }), view: 1 }, 'engine')).to.equal(true);
  });

  it('is pushed once its height is decided, not before', async () => {
    const rig = await DeskRig.open();
    await rig.desk.take(rig.proof({ index: 1, height: 2 }), 'engine');
    await rig.desk.take(rig.proof({ index: 2, height: 3 }), 'engine');
    const counts = [rig.pushed.length];
    for (const number of [2, 3]) {
      rig.pushed.length = 0;
      await rig.apply({ records: [cameraRecord(number)] });
      counts.push(rig.pushed.length);
    }

    expect(counts).to.deep.equal([0, 1, 2]);
    expect(rig.desk.all()).to.have.length(2);
  });

  it('is durable before it is pushed', async () => {
    const rig = await DeskRig.open();
    const taken = rig.desk.take(rig.proof({ index: 2 }), 'peer');
    const before = rig.pushed.length;
    await taken;

    expect([before, rig.pushed.length]).to.deep.equal([0, 1]);
  });

  it('is no news a second time, nor is another of the same offender', async () => {
    const rig = await DeskRig.open();
    const again = [rig.proof({ index: 2 }), rig.proof({ index: 2, view: 3 })];
    await rig.desk.take(rig.proof({ index: 2 }), 'peer');
    const news = [];
    for (const proof of again) news.push(await rig.desk.take(proof, 'peer'));

    expect(news).to.deep.equal([false, false]);
    expect(rig.pushed).to.have.length(1);
    expect(await rig.stored()).to.have.length(1);
  });

  it('is news once where two come at the same time', async () => {
    const rig = await DeskRig.open();
    const proofs = [rig.proof({ index: 2 }), rig.proof({ index: 2, view: 3 })];
    const news = await Promise.all(proofs.map((proof) => rig.desk.take(proof, 'engine')));

    expect(news).to.deep.equal([true, false]);
    expect(await rig.stored()).to.have.length(1);
  });

  it('is kept beside those of others', async () => {
    const rig = await DeskRig.open();
    for (const index of [0, 1, 2, 3]) await rig.desk.take(rig.proof({ index }), 'peer');

    expect(await rig.stored()).to.have.length(4);
    expect(rig.desk.all()).to.have.length(4);
  });

  it('is no news where the chain has one of its offender', async () => {
    const rig = await DeskRig.open();
    await rig.apply({ items: [rig.item({ index: 2 })] });

    expect(await rig.desk.take(rig.proof({ index: 2, view: 3 }), 'peer')).to.equal(false);
    expect(await rig.stored()).to.deep.equal([]);
    expect(rig.pushed).to.deep.equal([]);
  });

  it('is no news where a block records its offender while it is written', async () => {
    const { builder, work, pushed, desk, edge } = openOnEdge();
    const { subject } = builtItem(builder, { index: 2 });
    const taken = desk.take(builtEquivocation(builder, { index: 2 }), 'peer');
    edge.change({ height: 1, offenders: [{ subject, height: 1 }] });
    await desk.settle();

    expect(await taken).to.equal(false);
    expect(await Array.fromAsync(work.equivocations())).to.deep.equal([]);
    expect(pushed).to.deep.equal([]);
  });

  it('by a peer is refused unless it holds, and leaves nothing', async () => {
    const rig = await DeskRig.open();
    const proof = rig.proof({ index: 2 });
    const { first, second } = proof;
    const cases: readonly (readonly [Equivocation, string])[] = [
      [{ ...proof, view: 1 }, 'ERR_SIGNATURE'],
      [{ ...proof, phase: 3 }, 'ERR_SIGNATURE'],
      [{ ...proof, index: 1 }, 'ERR_SIGNATURE'],
      [{ ...proof, index: 4 }, 'ERR_UNKNOWN_VALIDATOR'],
      [{ ...proof, height: 2 }, 'ERR_SIGNATURE'],
      [{ ...proof, height: 0 }, 'ERR_HEIGHT'],
      [{ ...proof, height: 4 }, 'ERR_HEIGHT'],
      [{ ...proof, first: second, second: first }, 'ERR_EVIDENCE'],
      [{ ...proof, second: first }, 'ERR_EVIDENCE'],
      [rig.proof({ index: 2, chainId: hashOf('another chain') }), 'ERR_SIGNATURE'],
    ];
    for (const [each, code] of cases) {
      expect(await codeOfRejection(rig.desk.take(each, 'peer'))).to.equal(code);
    }

    expect(rig.pushed).to.deep.equal([]);
    expect(await rig.stored()).to.deep.equal([]);
    expect(await rig.desk.take(proof, 'peer')).to.equal(true);
  });

  it('rejects where it cannot be written, and pushes nothing', async () => {
    const rig = await DeskRig.open();
    await rig.work.close();

    expect(await rig.desk.take(rig.proof({ index: 2 }), 'engine').catch(String)).to.include(
      'the store is closed',
    );
    expect(rig.pushed).to.deep.equal([]);
  });
});

describe('an equivocation that is kept', () => {
  it('goes with the block that records its offender, whosever proof that holds', async () => {
    const rig = await DeskRig.open();
    await rig.desk.take(rig.proof({ index: 2 }), 'peer');
    await rig.desk.take(rig.proof({ index: 3 }), 'peer');
    await rig.apply({ items: [rig.item({ index: 2, view: 9 })] });

    expect((await rig.stored()).map(({ equivocation }) => equivocation.index)).to.deep.equal([3]);
    const known = rig.desk.all().map(({ equivocation: { index, view }, recordedHeight }) => {
      return [index, view, recordedHeight];
    });
    expect(known).to.deep.equal([
      [2, 9, 2],
      [3, 0, undefined],
    ]);
  });

  it('is pushed again after each block: what was dropped on the way comes back', async () => {
    const rig = await DeskRig.open();
    await rig.desk.take(rig.proof({ index: 2 }), 'peer');
    await rig.apply({ records: [cameraRecord(1)] });

    expect(rig.pushed).to.deep.equal([rig.item({ index: 2 }), rig.item({ index: 2 })]);
  });

  it('is found again by a restart, and pushed', async () => {
    const rig = await DeskRig.open();
    await rig.desk.take(rig.proof({ index: 2 }), 'peer');
    const after = await DeskRig.open(rig.rows);

    expect(await after.desk.start()).to.equal(1);
    expect(after.pushed).to.deep.equal([rig.item({ index: 2 })]);
    expect(await after.desk.take(rig.proof({ index: 2, view: 3 }), 'peer')).to.equal(false);
  });

  it('is dropped by a restart where the chain has its offender', async () => {
    const rig = await DeskRig.open();
    await rig.desk.take(rig.proof({ index: 2 }), 'peer');
    const after = await DeskRig.open(rig.rows);
    await after.apply({ items: [after.item({ index: 2 })] });

    expect(await after.desk.start()).to.equal(0);
    expect(await after.stored()).to.deep.equal([]);
    expect(after.pushed).to.deep.equal([]);
  });

  it('waits for a chain that was lost and comes back', async () => {
    const rig = await DeskRig.open();
    for (let height = 2; height <= 5; height++) {
      await rig.apply({ records: [cameraRecord(height)] });
    }
    await rig.desk.take(rig.proof({ index: 2, height: 5 }), 'peer');
    const after = await DeskRig.open(rig.rows);
    const kept = await after.desk.start();
    const pushedAt: number[] = [after.pushed.length];
    for (let height = 2; height <= 5; height++) {
      await after.apply({ records: [cameraRecord(height)] });
      pushedAt.push(after.pushed.length);
    }

    expect([kept, ...pushedAt]).to.deep.equal([1, 0, 0, 0, 0, 1]);
  });

  const damages: readonly (readonly [string, (rig: DeskRig) => StoredEquivocation])[] = [
    [
      'whose signature is another',
      (rig) => ({
        subject: rig.item({ index: 2 }).subject,
        equivocation: { ...rig.proof({ index: 2 }), view: 5 },
      }),
    ],
    [
      'that is stored for another offender',
      (rig) => ({ subject: hashOf('other'), equivocation: rig.proof({ index: 2 }) }),
    ],
    [
      'whose offender is not there',
      (rig) => ({
        subject: rig.item({ index: 2 }).subject,
        equivocation: { ...rig.proof({ index: 2 }), index: 7 },
      }),
    ],
  ];
  for (const [what, storedOf] of damages) {
    it(`${what} stops the start: nobody would follow a batch with it`, async () => {
      const rig = await DeskRig.open();
      await rig.work.write([{ type: 'put-equivocation', stored: storedOf(rig) }], {
        durable: true,
      });
      const failure = await rig.desk.start().catch((error: unknown) => error);

      expect(failure).to.be.instanceOf(DamageError);
      expect(rig.pushed).to.deep.equal([]);
    });
  }
});

describe('an equivocation whose validator set is gone', () => {
  it('is dropped: the chain can have it no more', async () => {
    const { builder, work, pushed, desk, edge } = openOnEdge();
    await desk.take(builtEquivocation(builder, { index: 2, height: 1 }), 'peer');
    const value = builder.validators;
    edge.change({ height: 1_500, validatorSets: [{ height: 1, value }] });
    await desk.settle();
    const before = desk.all().length;
    edge.change({ height: 1_501, validatorSets: [{ height: 2, value }] });
    await desk.settle();

    expect([before, desk.all().length]).to.deep.equal([1, 0]);
    expect(await Array.fromAsync(work.equivocations())).to.deep.equal([]);
    expect(pushed).to.have.length(1);
  });
});

describe('what the chain has recorded', () => {
  it('is read back from it, the same each time', async () => {
    const rig = await DeskRig.open();
    await rig.apply({ records: [cameraRecord(1)] }, { items: [rig.item({ index: 1 })] });
    await rig.apply({ items: [rig.item({ index: 1, view: 2 }), rig.item({ index: 3 })] });
    const first = rig.desk.all();
    const expected = [
      { ...rig.item({ index: 1 }), equivocation: rig.proof({ index: 1 }), recordedHeight: 2 },
      { ...rig.item({ index: 3 }), equivocation: rig.proof({ index: 3 }), recordedHeight: 3 },
    ].map(({ subject, equivocation, recordedHeight }) => ({
      subject,
      equivocation,
      recordedHeight,
    }));

    expect(first).to.have.deep.members(expected);
    expect(rig.desk.all()).to.deep.equal(first);
  });

  it('is damage where its block does not hold it', () => {
    const { builder, desk, edge } = openOnEdge();
    const { subject } = builtItem(builder, { index: 2 });
    edge.change({ height: 1, offenders: [{ subject, height: 1 }] });

    expect(() => desk.all()).to.throw(DamageError, 'block 1');
  });
});

describe('a node that is told of its own misconduct', () => {
  /** Opens a node with one block: a keep-alive is due at its start. */
  async function open(): Promise<NodeRig> {
    const rig = await NodeRig.open({ params: { keepaliveS: 10 } });
    await rig.drive.start();
    await rig.clock.advance(0);
    await rig.until(() => rig.ledger.edge().header.height === 1);
    return rig;
  }

  async function restart({ disk }: NodeRig): Promise<NodeRig> {
    const clock = new FakeClock((NOW_S + 60) * 1_000);
    const rig = await NodeRig.open({ disk, clock, firstSequence: 10 });
    await rig.recover();
    await rig.drive.start();
    return rig;
  }

  it('puts it on the chain and forgets it, once', async () => {
    const rig = await open();
    const isNews = await rig.equivocations.take(equivocationBy({ index: 0 }), 'peer');
    await rig.cut();
    await rig.until(() => rig.ledger.edge().state.offenders.length > 0);
    await rig.clock.advance(10_000);
    await rig.drive.stop();

    expect([isNews, rig.batches.length]).to.deep.equal([true, 1]);
    expect(rig.ledger.edge().state.offenders).to.deep.equal([
      { subject: itemBy({ index: 0 }).subject, height: 2 },
    ]);
    expect(await Array.fromAsync(rig.work.equivocations())).to.deep.equal([]);
    expect(rig.equivocations.all()[0]?.recordedHeight).to.equal(2);
    expect(rig.faults).to.deep.equal([]);
  });

  it('does so after a restart before the batch was cut', async () => {
    const rig = await open();
    await rig.equivocations.take(equivocationBy({ index: 0 }), 'engine');
    await rig.drive.stop();
    const after = await restart(rig);
    await after.cut();
    await after.until(() => after.ledger.edge().state.offenders.length > 0);

    expect(after.batches).to.have.length(1);
  });

  it('does so once after a restart while its batch waited', async () => {
    const rig = await open();
    await rig.drive.stop();
    await rig.equivocations.take(equivocationBy({ index: 0 }), 'engine');
    await rig.cut();
    const after = await restart(rig);
    await after.until(() => after.ledger.edge().state.offenders.length > 0);
    await after.clock.advance(10_000);

    expect(after.batches).to.deep.equal([]);
    expect(after.faults).to.deep.equal([]);
  });
});
