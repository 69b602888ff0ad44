import { expect } from 'chai';

import { decode, encode } from '../../chain/codec.ts';
import {
  areDigestsCanonical,
  type Digest,
  DIGEST_BYTES,
  type ImageRecord,
  imageRecordSchema,
} from '../../chain/record.ts';
import { bytesOf, codeOf, hashOfText, RECORD } from '../support/chainValues.ts';

const NAMES = Object.keys(DIGEST_BYTES).sort();

function digestsOf(...names: readonly string[]): readonly Digest[] {
  return names.map((name) => ({ name, digest: bytesOf(32, 1) }));
}

describe('a record', () => {
  it('reads back as it was written, with everything and with nothing', () => {
    const full: ImageRecord = {
      ...RECORD,
      kind: 3,
      gpsHash: hashOfText('gps'),
      parents: Array.from({ length: 16 }, (_, i) => hashOfText(`parent ${i}`)),
      digests: digestsOf(...NAMES),
    };
    for (const record of [RECORD, full]) {
      expect(decode(imageRecordSchema, encode(imageRecordSchema, record))).to.deep.equal(record);
    }
  });

  it('of an unknown kind, form or check is refused', () => {
    const bytes = encode(imageRecordSchema, RECORD);
    // An array of ten, 32 bytes with their head, five bytes of time: the three small numbers follow.
    const at = 1 + 34 + 5;
    expect([...bytes.subarray(at, at + 3)]).to.deep.equal([1, 3, 2]);
    const values: readonly [number, readonly number[]][] = [
      [at, [0, 4]],
      [at + 1, [4]],
      [at + 2, [0, 3]],
    ];
    for (const [place, others] of values) {
      for (const value of others) {
        const other = Uint8Array.from(bytes);
        other[place] = value;
        expect(
          codeOf(() => decode(imageRecordSchema, other)),
          `byte ${place} is ${value}`,
        ).to.equal('ERR_MALFORMED');
      }
    }
  });
});

describe('the digests of a record', () => {
  it('are canonical if sorted, unique, of known names and of the right size', () => {
    expect(areDigestsCanonical([])).to.equal(true);
    expect(areDigestsCanonical(digestsOf(...NAMES))).to.equal(true);
    for (const name of NAMES) expect(areDigestsCanonical(digestsOf(name)), name).to.equal(true);
  });

  it('are not canonical in any other order', () => {
    for (const a of NAMES) {
      for (const b of NAMES) {
        expect(areDigestsCanonical(digestsOf(a, b)), `${a}, ${b}`).to.equal(a < b);
      }
    }
  });

  it('are not canonical with another name or size', () => {
    for (const name of ['', 'sha256', 'constructor', '__proto__', 'toString']) {
      expect(areDigestsCanonical(digestsOf(name)), name).to.equal(false);
    }
    for (const size of [0, 31, 33, 64]) {
      const digests = [{ name: 'raw-sha256', digest: bytesOf(size, 1) }];
      expect(areDigestsCanonical(digests), `${size}`).to.equal(false);
    }
  });
});
