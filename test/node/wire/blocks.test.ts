import { expect } from 'chai';
import fc from 'fast-check';

import { encode } from '../../../chain/codec.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import {
  blockBytesMax,
  decodeBlock,
  encodeBlock,
  type SyncedBlock,
  syncedBlockSchema,
} from '../../../node/wire/blocks.ts';
import { splitParts } from '../../../node/wire/parts.ts';
import { ChainBuilder } from '../../support/chainBuilder.ts';
import { codeOf } from '../../support/chainValues.ts';
import { syncedOf } from '../sync/syncRig.ts';

function answerOf(blocks: readonly SyncedBlock[]): Uint8Array {
  return new Uint8Array(Buffer.concat(blocks.map(encodeBlock)));
}

describe('an answer with blocks', () => {
  const builder = new ChainBuilder();
  const blocks = [
    syncedOf(builder.next({ batchCount: 2, recordCount: 3 })),
    syncedOf(builder.next({ batchCount: 0, recordCount: 0 })),
    syncedOf(builder.next({ batchCount: 1, recordCount: 1 })),
  ];
  const answer = answerOf(blocks);

  it('is taken apart into the blocks that it was made of', () => {
    const parts = splitParts(answer, 3);

    expect(parts.map((part, i) => decodeBlock(part, i + 1))).to.deep.equal(blocks);
  });

  it('may be empty', () => {
    expect(splitParts(new Uint8Array(), 3)).to.deep.equal([]);
  });

  it('begins each block with its size in four bytes', () => {
    const bytes = encode(syncedBlockSchema, blocks[0]!);

    expect(answer.subarray(0, 4)).to.deep.equal(
      Uint8Array.of(0, 0, bytes.length >> 8, bytes.length & 255),
    );
    expect(answer.subarray(4, 4 + bytes.length)).to.deep.equal(bytes);
  });

  it('shares its memory with the parts', () => {
    expect(splitParts(answer, 3)[2]?.buffer).to.equal(answer.buffer);
  });

  it('is refused wherever it is cut but between two blocks', () => {
    const ends = blocks.map((_block, i) => answerOf(blocks.slice(0, i + 1)).length);
    for (let size = 1; size < answer.length; size++) {
      const code = codeOf(() => splitParts(answer.subarray(0, size), 3));
      expect(code, `cut at ${size}`).to.equal(ends.includes(size) ? 'accepted' : 'ERR_MALFORMED');
    }
  });

  it('is refused with more blocks than were asked for', () => {
    expect(codeOf(() => splitParts(answer, 2))).to.equal('ERR_LIMIT');
  });

  it('is refused with a block of no bytes', () => {
    expect(codeOf(() => splitParts(new Uint8Array(8), 3))).to.equal('ERR_MALFORMED');
  });

  it('is refused with a size beyond its end, whatever the size', () => {
    for (const size of [
      [0, 0, 0, 2],
      [0, 1, 0, 0],
      [255, 255, 255, 255],
    ]) {
      const bytes = Uint8Array.of(...size, 1);
      expect(
        codeOf(() => splitParts(bytes, 3)),
        String(size),
      ).to.equal('ERR_MALFORMED');
    }
  });

  it('is taken apart or refused, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const code = codeOf(() => splitParts(bytes, 3));
        return ['accepted', 'ERR_MALFORMED', 'ERR_LIMIT'].includes(code);
      }),
    );
  });
});

describe('a block on its way', () => {
  const block = syncedOf(new ChainBuilder().next({ batchCount: 2, recordCount: 2 }));
  const bytes = encode(syncedBlockSchema, block);

  it('is refused at another height than it was asked for', () => {
    expect(codeOf(() => decodeBlock(bytes, 1))).to.equal('accepted');
    expect(codeOf(() => decodeBlock(bytes, 2))).to.equal('ERR_HEIGHT');
    expect(codeOf(() => decodeBlock(bytes, 0))).to.equal('ERR_HEIGHT');
  });

  it('is refused with a byte more or less', () => {
    expect(codeOf(() => decodeBlock(bytes.subarray(0, -1), 1))).to.equal('ERR_MALFORMED');
    expect(codeOf(() => decodeBlock(Uint8Array.of(...bytes, 0), 1))).to.equal('ERR_MALFORMED');
  });

  it('has a megabyte at most beside its batches', () => {
    expect(blockBytesMax(DEFAULT_PARAMS)).to.equal(4 + 4_194_304 + 1_048_576);
  });
});
