import { expect } from 'chai';
import fc from 'fast-check';

import { decode, encode } from '../../../chain/codec.ts';
import { encodeMessage } from '../../../chain/consensus/message.ts';
import {
  BATCH_COUNT_MAX,
  BLOCK_COUNT_MAX,
  decodeRequest,
  encodeRequest,
  type History,
  historySchema,
  type Request,
  sentBatchesSchema,
} from '../../../node/wire/requests.ts';
import { commitOf, headerOf } from '../../chain/consensus/support/engineRig.ts';
import { ChainBuilder } from '../../support/chainBuilder.ts';
import { codeOf, hashOfText } from '../../support/chainValues.ts';
import { sentBatchOf } from '../../support/sentBatches.ts';
import { anyDamage, everyFlip, everyPrefix, refusalsOf } from './damage.ts';

function idsOf(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => hashOfText(`batch ${i}`));
}

const REQUESTS: readonly (readonly [string, Request])[] = [
  ['one block', { type: 'blocks', first: 1, count: 1 }],
  ['many blocks', { type: 'blocks', first: 1_000_000, count: BLOCK_COUNT_MAX }],
  ['the last blocks', { type: 'blocks', first: Number.MAX_SAFE_INTEGER, count: 256 }],
  ['a batch', { type: 'batches', ids: idsOf(1) }],
  ['many batches', { type: 'batches', ids: idsOf(BATCH_COUNT_MAX) }],
  ['history', { type: 'history' }],
  ['a snapshot', { type: 'snapshot' }],
  ['entries', { type: 'entries', first: 0, count: 1 }],
  ['a checkpoint', { type: 'checkpoint' }],
];

describe('a request over the sync channel', () => {
  for (const [name, request] of REQUESTS) {
    const bytes = encodeRequest(request);

    it(`is the same when it is read: ${name}`, () => {
      expect(decodeRequest(bytes)).to.deep.equal(request);
    });

    it(`is refused cut off anywhere, or with a byte behind it: ${name}`, () => {
      const damaged = [...everyPrefix(bytes), Uint8Array.of(...bytes, 0)];

      expect(refusalsOf(damaged, decodeRequest)).to.deep.equal(['ERR_MALFORMED']);
    });

    it(`is refused or something else with one bit flipped: ${name}`, () => {
      for (const flipped of everyFlip(bytes)) {
        if (codeOf(() => decodeRequest(flipped)) !== 'accepted') continue;
        expect(encodeRequest(decodeRequest(flipped))).to.deep.equal(flipped);
      }
    });
  }

  it('begins with a tag of one byte', () => {
    const tags = REQUESTS.map(([, request]) => encodeRequest(request)[0]);

    expect(tags).to.deep.equal([1, 1, 1, 2, 2, 3, 4, 5, 6]);
  });

  it('is refused under every other tag', () => {
    const tagged = REQUESTS.flatMap(([, request]) => {
      const [, ...rest] = encodeRequest(request);
      return Array.from({ length: 256 }, (_, tag) => tag)
        .filter((tag) => tag < 1 || tag > 6)
        .map((tag) => Uint8Array.of(tag, ...rest));
    });

    expect(refusalsOf(tagged, decodeRequest)).to.deep.equal(['ERR_MALFORMED']);
  });

  it('is refused where it has no byte', () => {
    expect(codeOf(() => decodeRequest(new Uint8Array()))).to.equal('ERR_MALFORMED');
  });

  const wrong: readonly (readonly [string, readonly number[]])[] = [
    ['block 0', [1, 0x92, 0, 1]],
    ['no block', [1, 0x92, 1, 0]],
    ['257 blocks', [1, 0x92, 1, 0xcd, 1, 1]],
    ['a range with a third number', [1, 0x93, 1, 1, 1]],
    ['no batch', [2, 0x90]],
    ['17 batches', [2, 0xdc, 0, 17, ...idsOf(17).flatMap((id) => [0xc4, 32, ...id])]],
    ['a batch by half an id', [2, 0x91, 0xc4, 16, ...hashOfText('a').subarray(16)]],
    ['history of something', [3, 0xc0]],
  ];
  for (const [what, bytes] of wrong) {
    it(`is refused for ${what}`, () => {
      expect(codeOf(() => decodeRequest(Uint8Array.from(bytes)))).to.equal('ERR_MALFORMED');
    });
  }

  it('R20: is never more than refused, whatever comes', () => {
    const frames = REQUESTS.map(([, request]) => encodeRequest(request));
    fc.assert(
      fc.property(anyDamage(frames), (bytes) => {
        codeOf(() => decodeRequest(bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('an answer with batches', () => {
  const sent = [sentBatchOf('v1', 1), sentBatchOf('v2', 1)];

  it('is the same when it is read, also where none is held', () => {
    const answers = [sent, []].map((each) =>
      decode(sentBatchesSchema, encode(sentBatchesSchema, each)),
    );

    expect(answers).to.deep.equal([sent, []]);
  });

  it('is refused cut off anywhere, or with a byte behind it', () => {
    const bytes = encode(sentBatchesSchema, sent);
    const damaged = [...everyPrefix(bytes), Uint8Array.of(...bytes, 0)];

    expect(refusalsOf(damaged, (each) => decode(sentBatchesSchema, each))).to.deep.equal([
      'ERR_MALFORMED',
    ]);
  });

  it('is refused with more than may be asked for', () => {
    const seventeen = Uint8Array.of(0xdc, 0, 17);

    expect(codeOf(() => decode(sentBatchesSchema, seventeen))).to.equal('ERR_MALFORMED');
  });
});

describe('an answer with history', () => {
  const block = new ChainBuilder().next({ batchCount: 1, recordCount: 1 });
  const { header, certificate } = block;
  const newest = encodeMessage(commitOf(1, headerOf()));
  const last = certificate === undefined ? undefined : { header, certificate };
  const cases: readonly (readonly [string, History])[] = [
    ['nothing', { last: undefined, newest: undefined }],
    ['a block', { last, newest: undefined }],
    ['a message', { last: undefined, newest }],
    ['both', { last, newest }],
  ];
  for (const [what, history] of cases) {
    const bytes = encode(historySchema, history);

    it(`is the same when it is read: ${what}`, () => {
      expect(decode(historySchema, bytes)).to.deep.equal(history);
    });

    it(`is refused cut off anywhere, or with a byte behind it: ${what}`, () => {
      const damaged = [...everyPrefix(bytes), Uint8Array.of(...bytes, 0)];

      expect(refusalsOf(damaged, (each) => decode(historySchema, each))).to.deep.equal([
        'ERR_MALFORMED',
      ]);
    });
  }

  it('is refused with a message of no byte, or of too many', () => {
    const none = Uint8Array.of(0x92, 0xc0, 0xc4, 0);
    const size = 196_609;
    const long = new Uint8Array(7 + size);
    long.set([0x92, 0xc0, 0xc6, 0, size >> 16, (size >> 8) & 0xff, size & 0xff]);

    expect(refusalsOf([none, long], (each) => decode(historySchema, each))).to.deep.equal([
      'ERR_MALFORMED',
    ]);
  });
});
