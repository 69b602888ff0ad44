/** What a block makes of equivocations: entries and state. */
import { expect } from 'chai';
import fc from 'fast-check';

import type { Batch, Item } from '../../chain/batch.ts';
import { decode, encode } from '../../chain/codec.ts';
import { InvariantError } from '../../chain/invariant.ts';
import { keepKnown, offenderSubject, sortOffenders } from '../../chain/offender.ts';
import { DEFAULT_PARAMS } from '../../chain/params.ts';
import {
  type Edge,
  execute,
  type Execution,
  genesisBlock,
  stateSchema,
} from '../../chain/state.ts';
import {
  batchOf,
  bytesOf,
  CHAIN_ID,
  hashOfText,
  RECORD,
  validatorOf,
  validatorsOf,
} from '../support/chainValues.ts';
import { itemBy } from '../support/equivocations.ts';

const GENESIS = genesisBlock({
  chainId: CHAIN_ID,
  timestampMs: 0,
  validators: validatorsOf(7),
  authorities: [],
  params: DEFAULT_PARAMS,
}).edge;

/** Executes one block; each list is a batch of v0. */
function run(edge: Edge, ...batches: readonly (readonly Item[])[]): Execution {
  const height = edge.state.height + 1;
  const draft = {
    height,
    view: 0,
    timestampMs: height * 1_000,
    lostProposers: [],
    batches: batches.map((items, i): Batch =>
      batchOf(undefined, { items, sequence: height * 10 + i }),
    ),
  };
  return execute(edge, draft, new Set());
}

/** Executes a block on what another left. */
function after({ state, frontier }: Execution): Edge {
  return { state, frontier, header: { ...GENESIS.header, height: state.height } };
}

function image(text: string): Item {
  return { kind: 1, record: { ...RECORD, imageHash: hashOfText(text) } };
}

function entriesOf({ entries }: Execution): readonly unknown[] {
  return entries.map(({ entry }) => entry);
}

const { subject } = itemBy({ index: 2 });

describe('an equivocation in a block', () => {
  it('makes an entry, in its place among the items', () => {
    const execution = run(GENESIS, [image('a'), itemBy({ index: 2 }), image('b')]);

    expect(execution.entries.map(({ entry }) => entry.kind)).to.deep.equal([1, 4, 1]);
    expect(entriesOf(execution)[1]).to.deep.equal({
      kind: 4,
      height: 1,
      reason: 3,
      subject,
      since: 0,
    });
    expect(execution.skipped).to.deep.equal([[]]);
  });

  it('is remembered in the state with the height of its block', () => {
    const { state } = run(after(run(GENESIS, [image('a')])), [itemBy({ index: 2 })]);

    expect(state.offenders).to.deep.equal([{ subject, height: 2 }]);
    expect(decode(stateSchema, encode(stateSchema, state))).to.deep.equal(state);
  });

  it('changes the state root', () => {
    const [without, withOne] = [
      run(GENESIS, [image('a')]),
      run(GENESIS, [image('a'), itemBy({ index: 2 })]),
    ];

    expect(without.state.offenders).to.deep.equal([]);
    expect(withOne.stateRoot).to.not.deep.equal(without.stateRoot);
  });

  it('makes none where the batch has named its offender before', () => {
    const items = [itemBy({ index: 2 }), image('a'), itemBy({ index: 2, view: 1 })];
    const execution = run(GENESIS, items);

    expect(execution.skipped).to.deep.equal([[2]]);
    expect(execution.entries).to.have.length(2);
  });

  it('makes none where an earlier batch of the block has', () => {
    const execution = run(
      GENESIS,
      [image('a'), itemBy({ index: 2 })],
      [itemBy({ index: 2, phase: 3 })],
    );

    expect(execution.skipped).to.deep.equal([[], [0]]);
    expect(execution.entries).to.have.length(2);
  });

  it('makes none where an earlier block has, and the height stays the first', () => {
    const first = run(GENESIS, [itemBy({ index: 2 })]);
    const second = run(after(first), [itemBy({ index: 2, height: 2 }), itemBy({ index: 3 })]);

    expect(second.skipped).to.deep.equal([[0]]);
    expect(second.state.offenders).to.have.length(2);
    expect(second.state.offenders).to.deep.include({ subject, height: 1 });
  });

  it('leaves what it is executed on as it was', () => {
    const edge = after(run(GENESIS, [itemBy({ index: 2 })]));
    const before = JSON.stringify(edge.state);
    run(edge, [itemBy({ index: 3 })]);

    expect(JSON.stringify(edge.state)).to.equal(before);
  });

  it('for another reason stops the node: batches are checked before', () => {
    for (const reason of [1, 2]) {
      expect(() => run(GENESIS, [{ ...itemBy({ index: 2 }), reason }])).to.throw(InvariantError);
    }
  });
});

describe('equivocations in blocks', () => {
  const item = (index: number): Item => itemBy({ index });
  const plan = fc.array(fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }), { maxLength: 8 });

  it('make one entry for each offender, ascending in the state, wherever they stand', () => {
    fc.assert(
      fc.property(plan, (blocks) => {
        let edge = GENESIS;
        const first = new Map<number, number>();
        let entryCount = 0;
        for (const indexes of blocks) {
          const execution = run(edge, indexes.map(item));
          entryCount += execution.entries.length;
          edge = after(execution);
          for (const index of indexes) if (!first.has(index)) first.set(index, edge.state.height);
        }
        const expected = [...first].map(([index, height]) => {
          return { subject: offenderSubject(validatorOf(`v${index}`).consensusKey), height };
        });

        expect(entryCount).to.equal(first.size);
        expect(edge.state.offenders).to.deep.equal(sortOffenders(expected));
      }),
      { numRuns: 40 },
    );
  });

  it('about distinct offenders leave the same in every order, but for the heights', () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 });
    const subjectsAfter = (indexes: readonly number[]): readonly Uint8Array[] => {
      let edge = GENESIS;
      for (const index of indexes) edge = after(run(edge, [item(index)]));
      return edge.state.offenders.map((offender) => offender.subject);
    };
    fc.assert(
      fc.property(order, (indexes) => {
        expect(subjectsAfter(indexes)).to.deep.equal(subjectsAfter([0, 1, 2, 3, 4, 5, 6]));
      }),
      { numRuns: 10 },
    );
  });

  it('of one block leave the same state in every order', () => {
    const root = (...indexes: readonly number[]): Uint8Array =>
      run(GENESIS, indexes.map(item)).stateRoot;

    expect(root(3, 1, 2)).to.deep.equal(root(1, 2, 3));
  });
});

describe('an offender', () => {
  const offenders = sortOffenders(
    [0, 1, 2].map((index) => ({ subject: itemBy({ index }).subject, height: index })),
  );

  it('has a subject that only its key has', () => {
    const keys = [validatorOf('v0').consensusKey, validatorOf('v1').consensusKey, bytesOf(32, 0)];
    const subjects = new Set(keys.map((key) => offenderSubject(key).join()));

    expect(subjects.size).to.equal(3);
  });

  it('is kept while its key stands in one of the sets', () => {
    expect(keepKnown(offenders, [validatorsOf(1), validatorsOf(3)])).to.deep.equal(offenders);
    expect(keepKnown(offenders, [validatorsOf(1)])).to.deep.equal(
      offenders.filter(({ height }) => height === 0),
    );
    expect(keepKnown(offenders, [])).to.deep.equal([]);
    expect(keepKnown([], [validatorsOf(1)])).to.deep.equal([]);
  });

  it('is forgotten with the last set that has its key, a thousand heights after it', () => {
    const validatorSets = [...GENESIS.state.validatorSets, { height: 1, value: validatorsOf(2) }];
    const at = (height: number): Edge => {
      const state = { ...GENESIS.state, height, validatorSets, offenders };
      return { ...GENESIS, state, header: { ...GENESIS.header, height } };
    };

    expect(run(at(999), [image('a')]).state.offenders).to.deep.equal(offenders);
    expect(run(at(1_000), [image('a')]).state.offenders).to.deep.equal(
      offenders.filter(({ height }) => height < 2),
    );
  });
});
