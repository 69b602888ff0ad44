import { expect } from 'chai';

import { BlockBuffer, firstGap, type HeldAnswer } from '../../../node/sync/blockBuffer.ts';

/** An answer of blocks whose bytes are their heights. */
function answerOf(first: number, count: number): HeldAnswer {
  const blocks = Array.from({ length: count }, (_, i) => Uint8Array.of(first + i));
  return { peerId: 'a', first, blocks, sizeBytes: 10 };
}

describe('the block buffer', () => {
  let buffer: BlockBuffer;

  beforeEach(() => {
    buffer = new BlockBuffer();
    buffer.add({ ...answerOf(5, 3), sizeBytes: 100 });
    buffer.add({ ...answerOf(9, 1), peerId: 'b', sizeBytes: 7 });
  });

  it('has a block by its height, and who sent it', () => {
    expect(buffer.find(6)).to.deep.equal({
      peerId: 'a',
      height: 6,
      bytes: Uint8Array.of(6),
      isLast: false,
    });
    expect(buffer.find(7)?.isLast).to.equal(true);
    expect(buffer.find(9)?.isLast).to.equal(true);
    expect([4, 8, 10].map((height) => buffer.find(height))).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('counts the bytes of whole answers, as long as one of their blocks is held', () => {
    expect(buffer.sizeBytes).to.equal(107);
    buffer.dropUpTo(6);
    expect(buffer.sizeBytes).to.equal(107);
    buffer.dropUpTo(7);
    expect(buffer.sizeBytes).to.equal(7);
    buffer.dropUpTo(1_000);
    expect(buffer.sizeBytes).to.equal(0);
  });

  it('drops what one peer sent', () => {
    buffer.dropOf('a');

    expect(buffer.ranges()).to.deep.equal([{ first: 9, last: 9 }]);
    expect(buffer.sizeBytes).to.equal(7);
  });

  it('holds no answer without a block', () => {
    expect(() => buffer.add(answerOf(20, 0))).to.throw('has a block');
  });
});

describe('the first gap', () => {
  const within = { first: 5, last: 20 };

  it('begins at the first height that is not covered, and ends before the next that is', () => {
    const cases: readonly (readonly [
      covered: [number, number][],
      gap: [number, number] | undefined,
    ])[] = [
      [[], [5, 20]],
      [[[1, 4]], [5, 20]],
      [[[1, 5]], [6, 20]],
      [[[5, 9]], [10, 20]],
      [[[6, 9]], [5, 5]],
      [
        [
          [10, 12],
          [5, 7],
        ],
        [8, 9],
      ],
      [
        [
          [5, 7],
          [8, 12],
        ],
        [13, 20],
      ],
      [[[5, 20]], undefined],
      [[[5, 19]], [20, 20]],
      [[[1, 100]], undefined],
      [[[21, 30]], [5, 20]],
      [
        [
          [5, 12],
          [6, 8],
        ],
        [13, 20],
      ],
    ];
    for (const [covered, gap] of cases) {
      const ranges = covered.map(([first, last]) => ({ first, last }));
      const expected = gap === undefined ? undefined : { first: gap[0], last: gap[1] };
      expect(firstGap(ranges, within), JSON.stringify(covered)).to.deep.equal(expected);
    }
  });
});
