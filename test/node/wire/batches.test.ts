import { expect } from 'chai';
import fc from 'fast-check';

import {
  ANNOUNCED_COUNT_MAX,
  type BatchFrame,
  decodeBatchFrame,
  encodeBatchFrame,
} from '../../../node/wire/batches.ts';
import { codeOf, hashOfText } from '../../support/chainValues.ts';
import { sentBatchOf } from '../../support/sentBatches.ts';
import { anyDamage, everyFlip, everyPrefix, refusalsOf } from './damage.ts';

const IDS = [hashOfText('a'), hashOfText('b')];

/** Word of so many batches. */
function wordOf(count: number): Uint8Array {
  const ids = Array.from({ length: count }, (_, i) => hashOfText(`batch ${i}`));
  return encodeBatchFrame({ type: 'announcement', ids });
}

const FRAMES: readonly (readonly [string, BatchFrame])[] = [
  ['a batch', { type: 'batch', batch: sentBatchOf('v1', 1, { names: ['a', 'b'] }) }],
  ['word of batches', { type: 'announcement', ids: IDS }],
];

describe('what is said on the batches channel', () => {
  for (const [name, frame] of FRAMES) {
    const bytes = encodeBatchFrame(frame);

    it(`is the same when it is read: ${name}`, () => {
      expect(decodeBatchFrame(bytes)).to.deep.equal(frame);
    });

    it(`is refused cut off anywhere, or with a byte behind it: ${name}`, () => {
      const damaged = [...everyPrefix(bytes), Uint8Array.of(...bytes, 0)];

      expect(refusalsOf(damaged, decodeBatchFrame)).to.deep.equal(['ERR_MALFORMED']);
    });

    it(`is refused or something else with one bit flipped: ${name}`, () => {
      for (const flipped of everyFlip(bytes)) {
        if (codeOf(() => decodeBatchFrame(flipped)) !== 'accepted') continue;
        expect(encodeBatchFrame(decodeBatchFrame(flipped))).to.deep.equal(flipped);
      }
    });
  }

  it('begins with a tag of one byte', () => {
    expect(FRAMES.map(([, frame]) => encodeBatchFrame(frame)[0])).to.deep.equal([1, 2]);
  });

  it('is refused under every other tag', () => {
    const frames = FRAMES.map(([, frame]) => encodeBatchFrame(frame));
    const tagged = frames.flatMap(([own, ...rest]) =>
      Array.from({ length: 256 }, (_, tag) => tag)
        .filter((tag) => tag !== own)
        .map((tag) => Uint8Array.of(tag, ...rest)),
    );

    expect(refusalsOf(tagged, decodeBatchFrame)).to.deep.equal(['ERR_MALFORMED']);
  });

  it('is refused where nothing was said', () => {
    expect(codeOf(() => decodeBatchFrame(new Uint8Array()))).to.equal('ERR_MALFORMED');
  });

  it('has word of one batch to 256', () => {
    const codes = [1, ANNOUNCED_COUNT_MAX].map((count) =>
      codeOf(() => decodeBatchFrame(wordOf(count))),
    );

    expect(codes).to.deep.equal(['accepted', 'accepted']);
    expect(ANNOUNCED_COUNT_MAX).to.equal(256);
  });

  it('is refused with word of no batch, or of more', () => {
    const none = Uint8Array.of(2, 0x90);
    const head = Uint8Array.of(2, 0xdc, 1, 1);
    const more = Uint8Array.of(...head, ...wordOf(256).subarray(4), 0xc4, 32, ...IDS[0]!);

    expect(refusalsOf([none, more], decodeBatchFrame)).to.deep.equal(['ERR_MALFORMED']);
  });

  it('is refused with an id of another length', () => {
    const short = Uint8Array.of(2, 0x91, 0xc4, 31, ...IDS[0]!.subarray(1));
    const long = Uint8Array.of(2, 0x91, 0xc4, 33, ...IDS[0]!, 0);

    expect(refusalsOf([short, long], decodeBatchFrame)).to.deep.equal(['ERR_MALFORMED']);
  });

  it('R20: is never more than refused, whatever comes', () => {
    const frames = FRAMES.map(([, frame]) => encodeBatchFrame(frame));
    fc.assert(
      fc.property(anyDamage(frames), (bytes) => {
        codeOf(() => decodeBatchFrame(bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});
