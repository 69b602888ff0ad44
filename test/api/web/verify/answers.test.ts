/** Answers of a node that may be anything. */
import { expect } from 'chai';

import { createNames } from '../../../../api/views/names.ts';
import { createVerifier } from '../../../../api/views/verify.ts';
import {
  isFound,
  NodeRefusal,
  parseFinding,
  parseRange,
  parseRangeAdvice,
} from '../../../../api/web/verify/answers.ts';
import {
  fewExpected,
  type RangeAnswer,
  readRange,
  SHARING_COUNT_MIN,
} from '../../../../api/web/verify/range.ts';
import { formatHex } from '../../../../chain/bytes.ts';
import { bytesOf, recordWith } from '../../../support/memoryLedger.ts';
import { createMemoryPorts } from '../../../support/memoryPorts.ts';

/** Fields of a few known words. */
const WORDS = ['verdict', 'kind', 'camera_signature', 'authority_check'];
const HASH = formatHex(bytesOf(1));

/** What a node answers, as JSON. */
function answersOf(): { found: Record<string, unknown>; absent: Record<string, unknown> } {
  const { ledger, intake } = createMemoryPorts();
  ledger.commit([recordWith()]);
  const verifier = createVerifier({ ledger, intake }, createNames(ledger));
  const jsonOf = (value: unknown): Record<string, unknown> =>
    JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  return { found: jsonOf(verifier.find(bytesOf(1))), absent: jsonOf(verifier.find(bytesOf(2))) };
}

describe('an answer about a hash', () => {
  it('is taken as a node gives it', () => {
    const { found, absent } = answersOf();

    expect(isFound(parseFinding(found, HASH))).to.equal(true);
    expect(isFound(parseFinding(absent, formatHex(bytesOf(2))))).to.equal(false);
  });

  it('is refused where it is about another hash', () => {
    expect(() => parseFinding(answersOf().found, '0'.repeat(64))).to.throw(NodeRefusal);
  });

  it('is refused where a field is missing or of another type', () => {
    const { found } = answersOf();
    const needed = Object.keys(found).filter(
      (name) => !['verified', 'gps_hash', 'status', 'proof_url', 'digests'].includes(name),
    );

    for (const name of needed) {
      for (const value of [undefined, {}, [1], 'word'].filter(
        (each) => typeof each !== 'string' || WORDS.includes(name),
      )) {
        const json = { ...found, [name]: value };
        expect(() => parseFinding(json, HASH), `${name} ${JSON.stringify(value)}`).to.throw(
          NodeRefusal,
        );
      }
    }
  });

  for (const json of [null, undefined, [], 'text', 1, {}, { verdict: 'not_found' }]) {
    it(`is refused where it is ${JSON.stringify({ json })}`, () => {
      expect(() => parseFinding(json, HASH)).to.throw(NodeRefusal);
    });
  }

  it('is refused where its verdict is none of ours', () => {
    const json = { ...answersOf().found, verdict: 'fake' };

    expect(() => parseFinding(json, HASH)).to.throw(NodeRefusal);
  });
});

describe('digits and ranges of a node', () => {
  for (const digits of [1, 8]) {
    it(`are ${digits}`, () => {
      expect(parseRangeAdvice({ range_digits: digits, total_hashes: 5 })).to.deep.equal({
        digits,
        total: 5,
      });
    });
  }

  for (const digits of [0, 9, 64, 1.5, '2', null, undefined]) {
    it(`are not ${String(digits)}: the hash would be told, or nothing`, () => {
      expect(() => parseRangeAdvice({ range_digits: digits })).to.throw(NodeRefusal);
    });
  }

  it('say nothing of how many records there are where the node does not', () => {
    const advice = parseRangeAdvice({ range_digits: 2, total_hashes: '5' });

    expect(advice).to.deep.equal({ digits: 2, total: undefined });
    expect(fewExpected(advice)).to.equal(undefined);
  });

  const expected = [
    [1, 0, 0],
    [1, 2_047, 127],
    [1, 2_048, undefined],
    [2, 32_767, 127],
    [2, 32_768, undefined],
  ] as const;
  for (const [digits, total, count] of expected) {
    it(`${digits} of ${total} records ${count === undefined ? 'are' : 'are not'} enough to hide among`, () => {
      expect(fewExpected({ digits, total })).to.equal(count);
    });
  }

  it('are of the prefix that was asked for', () => {
    const json = { prefix: 'ab', total: 1, suffixes: ['cd'] };

    expect(parseRange(json, 'ab')).to.deep.equal(json);
    expect(() => parseRange(json, 'ac')).to.throw(NodeRefusal);
    expect(() => parseRange({ ...json, suffixes: [1] }, 'ab')).to.throw(NodeRefusal);
    expect(() => parseRange({ ...json, total: '1' }, 'ab')).to.throw(NodeRefusal);
  });

  it('hold a hash only where all of it is the same', () => {
    const range = { prefix: HASH.slice(0, 2), total: 1, suffixes: [HASH.slice(2)] };
    const near = `${HASH.slice(0, 63)}${HASH.endsWith('0') ? '1' : '0'}`;

    expect(readRange(HASH, range).isRegistered).to.equal(true);
    expect(readRange(near, range).isRegistered).to.equal(false);
  });

  it('hide nobody where fewer than 128 share the prefix', () => {
    const rangeOf = (total: number): RangeAnswer => {
      const suffixes = Array.from({ length: total }, (_, i) => `${i}`.padStart(63, '0'));
      return { prefix: 'a', total, suffixes };
    };

    expect(SHARING_COUNT_MIN).to.equal(128);
    expect(readRange(HASH, rangeOf(127)).isFew).to.equal(true);
    expect(readRange(HASH, rangeOf(128)).isFew).to.equal(false);
  });

  it('are refused where the node says that it sent more than it did, or sent what is no hash', () => {
    const suffix = HASH.slice(2);
    for (const [total, suffixes] of [
      [4_000, [suffix]],
      [2, [suffix, suffix]],
      [1, [suffix.slice(1)]],
      [2, [suffix, `${suffix}0`]],
    ] as const) {
      expect(() => readRange(HASH, { prefix: HASH.slice(0, 2), total, suffixes })).to.throw(
        'another number',
      );
    }
  });
});
