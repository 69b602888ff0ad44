import { expect } from 'chai';

import {
  eligibleIndexes,
  proposerIndex,
  suspendedSince,
} from '../../../chain/consensus/proposer.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { genesisBlock, type State } from '../../../chain/state.ts';
import { CHAIN_ID, validatorOf, validatorsOf } from '../../support/chainValues.ts';

/** Heights at which validators lost views, by index. */
type Losses = readonly (readonly [index: number, height: number])[];

function stateOf(validatorCount: number, losses: Losses = []): State {
  const { edge } = genesisBlock({
    chainId: CHAIN_ID,
    timestampMs: 0,
    validators: validatorsOf(validatorCount),
    authorities: [],
    params: DEFAULT_PARAMS,
  });
  const lostViews = losses.map(([index, height], i) => ({
    height,
    view: i,
    proposer: validatorOf(`v${index}`).consensusKey,
  }));
  return { ...edge.state, lostViews };
}

describe('R5: the proposer', () => {
  it('rotates with every height', () => {
    const state = stateOf(4);

    expect([0, 1, 2, 3, 4, 5].map((height) => proposerIndex(state, height, 0))).to.deep.equal([
      0, 1, 2, 3, 0, 1,
    ]);
  });

  it('rotates with every view', () => {
    const state = stateOf(4);

    expect([0, 1, 2, 3, 4].map((view) => proposerIndex(state, 6, view))).to.deep.equal([
      2, 3, 0, 1, 2,
    ]);
  });

  it('is always the same one of one', () => {
    expect([1, 2, 3].map((height) => proposerIndex(stateOf(1), height, 5))).to.deep.equal([
      0, 0, 0,
    ]);
  });

  it('is never one who is suspended', () => {
    const state = stateOf(4, [
      [2, 10],
      [2, 11],
    ]);
    const proposers = Array.from({ length: 12 }, (_, i) => proposerIndex(state, 12 + i, 0));

    expect(new Set(proposers)).to.deep.equal(new Set([0, 1, 3]));
  });
});

describe('R5: a proposer that loses views', () => {
  const key = validatorOf('v2').consensusKey;
  const since = (height: number, ...heights: readonly number[]): number | undefined =>
    suspendedSince(
      stateOf(
        4,
        heights.map((each) => [2, each]),
      ),
      height,
      key,
    );

  it('is not suspended for one', () => {
    expect(since(12, 11)).to.equal(undefined);
  });

  it('is suspended for two, from the latest on', () => {
    expect(since(12, 10, 11)).to.equal(11);
  });

  it('is suspended for two at one height', () => {
    expect(since(12, 11, 11)).to.equal(11);
  });

  it('is suspended for two within 100 heights and not for two further apart', () => {
    expect([since(200, 11, 110), since(200, 11, 111)]).to.deep.equal([110, undefined]);
  });

  it('is suspended for 100 heights and not for one more', () => {
    expect([since(111, 10, 11), since(112, 10, 11)]).to.deep.equal([11, undefined]);
  });

  it('is suspended anew by another loss', () => {
    expect(since(150, 10, 11, 60)).to.equal(60);
  });

  it('does not suffer for another’s losses', () => {
    const state = stateOf(4, [
      [1, 10],
      [1, 11],
    ]);

    expect(suspendedSince(state, 12, key)).to.equal(undefined);
  });
});

describe('R5: those who may propose', () => {
  const twice = (index: number, height: number): Losses => [
    [index, height],
    [index, height],
  ];

  it('are all while nobody loses views', () => {
    expect(eligibleIndexes(stateOf(4), 1)).to.deep.equal([0, 1, 2, 3]);
  });

  it('lack at most f, those with the latest loss first', () => {
    const state = stateOf(4, [...twice(0, 10), ...twice(3, 11)]);

    expect(eligibleIndexes(state, 12)).to.deep.equal([0, 1, 2]);
  });

  it('lack the lower index where the losses are of one height', () => {
    const state = stateOf(4, [...twice(3, 10), ...twice(1, 10)]);

    expect(eligibleIndexes(state, 12)).to.deep.equal([0, 2, 3]);
  });

  it('lack two of seven', () => {
    const state = stateOf(7, [...twice(0, 10), ...twice(1, 11), ...twice(2, 12)]);

    expect(eligibleIndexes(state, 13)).to.deep.equal([0, 3, 4, 5, 6]);
  });

  it('lack nobody in a set that tolerates no fault', () => {
    expect(eligibleIndexes(stateOf(3, twice(0, 10)), 11)).to.deep.equal([0, 1, 2]);
    expect(eligibleIndexes(stateOf(1, twice(0, 10)), 11)).to.deep.equal([0]);
  });
});
