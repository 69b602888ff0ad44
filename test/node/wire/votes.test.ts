import { expect } from 'chai';
import fc from 'fast-check';

import { MESSAGE_BYTES_MAX, type Message } from '../../../chain/consensus/message.ts';
import { VIEW_MAX } from '../../../chain/limits.ts';
import { decodeVoteFrame, encodeVoteFrame, type VoteFrame } from '../../../node/wire/votes.ts';
import {
  commitOf,
  headerOf,
  newViewOf,
  preparedOf,
  prepareOf,
  proposalOf,
  viewChangeOf,
} from '../../chain/consensus/support/engineRig.ts';
import { codeOf } from '../../support/chainValues.ts';
import { equivocationBy } from '../../support/equivocations.ts';
import { anyDamage, everyFlip, everyPrefix, refusalsOf } from './damage.ts';

const HEADER = headerOf();
const PREPARED = preparedOf(HEADER, 0, [0, 1, 2]);

const MESSAGES: Readonly<Record<string, Message>> = {
  'PRE-PREPARE': proposalOf(HEADER),
  PREPARE: prepareOf(2, HEADER),
  COMMIT: commitOf(3, HEADER),
  'VIEW-CHANGE': viewChangeOf(2, 1, PREPARED),
  'NEW-VIEW': newViewOf(
    HEADER,
    [0, 1, 3].map((index) => viewChangeOf(index, 1, PREPARED)),
    PREPARED,
  ),
};

const FRAMES: readonly (readonly [string, VoteFrame])[] = [
  ...Object.entries(MESSAGES).map(
    ([name, message]) => [name, { type: 'message', message }] as const,
  ),
  ['place of a validator', { type: 'status', place: { height: 7, view: 2 } }],
  ['last place', { type: 'status', place: { height: Number.MAX_SAFE_INTEGER, view: VIEW_MAX } }],
  ['proof of equivocation', { type: 'equivocation', equivocation: equivocationBy({ index: 2 }) }],
];

describe('what is said on the votes channel', () => {
  for (const [name, frame] of FRAMES) {
    const bytes = encodeVoteFrame(frame);

    it(`is the same when it is read: a ${name}`, () => {
      expect(decodeVoteFrame(bytes)).to.deep.equal(frame);
    });

    it(`is refused cut off anywhere, or with a byte behind it: a ${name}`, () => {
      const damaged = [...everyPrefix(bytes), Uint8Array.of(...bytes, 0)];

      expect(refusalsOf(damaged, decodeVoteFrame)).to.deep.equal(['ERR_MALFORMED']);
    });

    it(`is refused or something else with one bit flipped: a ${name}`, () => {
      for (const flipped of everyFlip(bytes)) {
        if (codeOf(() => decodeVoteFrame(flipped)) !== 'accepted') continue;
        expect(encodeVoteFrame(decodeVoteFrame(flipped))).to.deep.equal(flipped);
      }
    });
  }

  it('begins with a tag of one byte', () => {
    const tags = FRAMES.map(([, frame]) => encodeVoteFrame(frame)[0]);

    expect(tags).to.deep.equal([1, 1, 1, 1, 1, 2, 2, 3]);
  });

  it('is refused under every tag that means nothing', () => {
    const [, status = new Uint8Array()] = FRAMES.map(([, frame]) => encodeVoteFrame(frame));
    const others = Array.from({ length: 256 }, (_, tag) => tag).filter((tag) => tag < 1 || tag > 3);
    const tagged = others.map((tag) => Uint8Array.of(tag, ...status.subarray(1)));

    expect(refusalsOf(tagged, decodeVoteFrame)).to.deep.equal(['ERR_MALFORMED']);
  });

  it('is refused under another’s tag', () => {
    const mixed = FRAMES.flatMap(([, frame]) => {
      const [tag = 0, ...rest] = encodeVoteFrame(frame);
      return [1, 2, 3].filter((each) => each !== tag).map((each) => Uint8Array.of(each, ...rest));
    });

    expect(refusalsOf(mixed, decodeVoteFrame)).to.deep.equal(['ERR_MALFORMED']);
  });

  it('is refused where nothing was said', () => {
    expect(codeOf(() => decodeVoteFrame(new Uint8Array()))).to.equal('ERR_MALFORMED');
  });

  it('R18: is refused before it is read where a message is too long', () => {
    const longest = new Uint8Array(1 + MESSAGE_BYTES_MAX).fill(1);
    const longer = new Uint8Array(2 + MESSAGE_BYTES_MAX).fill(1);

    expect(codeOf(() => decodeVoteFrame(longest))).to.equal('ERR_MALFORMED');
    expect(codeOf(() => decodeVoteFrame(longer))).to.equal('ERR_LIMIT');
  });

  it('is refused with a view that no height has', () => {
    const [tag = 0, ...rest] = encodeVoteFrame({
      type: 'status',
      place: { height: 1, view: VIEW_MAX },
    });
    const above = Uint8Array.of(tag, ...rest.slice(0, -1), (rest.at(-1) ?? 0) + 1);

    expect(codeOf(() => decodeVoteFrame(above))).to.equal('ERR_MALFORMED');
  });

  it('R20: is never more than refused, whatever comes', () => {
    const frames = FRAMES.map(([, frame]) => encodeVoteFrame(frame));
    fc.assert(
      fc.property(anyDamage(frames), (bytes) => {
        codeOf(() => decodeVoteFrame(bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});
