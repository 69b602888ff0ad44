import { expect } from 'chai';

import type { Batch } from '../../chain/batch.ts';
import { advanceSequences } from '../../chain/sequence.ts';
import { batchOf, bytesOf, codeOf } from '../support/chainValues.ts';

function from(aggregator: number, sequence: number): Batch {
  return batchOf(undefined, { aggregator: bytesOf(32, aggregator), sequence });
}

describe('the sequences of aggregators', () => {
  it('keep the highest of each, sorted by key', () => {
    const after = advanceSequences(
      [{ aggregator: bytesOf(32, 0x7f), sequence: 4 }],
      [from(0x80, 0), from(0x01, 9), from(0x01, 12)],
    );

    expect(after.map(({ aggregator, sequence }) => [aggregator[0], sequence])).to.deep.equal([
      [0x01, 12],
      [0x7f, 4],
      [0x80, 0],
    ]);
  });

  it('do not depend on the order in which aggregators stand in a block', () => {
    const orders = [
      [from(1, 0), from(2, 0), from(3, 0)],
      [from(3, 0), from(1, 0), from(2, 0)],
    ];

    expect(advanceSequences([], orders[0] ?? [])).to.deep.equal(
      advanceSequences([], orders[1] ?? []),
    );
  });

  it('grow, with gaps allowed', () => {
    const before = [{ aggregator: bytesOf(32, 1), sequence: 5 }];
    const cases: readonly [readonly Batch[], string][] = [
      [[from(1, 6)], 'accepted'],
      [[from(1, 6), from(1, 7)], 'accepted'],
      [[from(1, 1_000)], 'accepted'],
      [[from(2, 0)], 'accepted'],
      [[from(1, 5)], 'ERR_SEQUENCE'],
      [[from(1, 4)], 'ERR_SEQUENCE'],
      [[from(1, 6), from(1, 6)], 'ERR_SEQUENCE'],
      [[from(1, 7), from(1, 6)], 'ERR_SEQUENCE'],
      [[from(2, 0), from(2, 0)], 'ERR_SEQUENCE'],
    ];
    for (const [batches, code] of cases) {
      const name = batches.map(({ sequence }) => sequence).join();
      expect(
        codeOf(() => advanceSequences(before, batches)),
        name,
      ).to.equal(code);
    }
  });
});
