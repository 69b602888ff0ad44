import { expect } from 'chai';

import { decode, encode } from '../../chain/codec.ts';
import { type Entry, entrySchema, logEntry } from '../../chain/entry.ts';
import { InvariantError } from '../../chain/invariant.ts';
import { ENTRY_BYTES_MAX } from '../../chain/limits.ts';
import { leafHash } from '../../chain/merkle.ts';
import { DEFAULT_PARAMS } from '../../chain/params.ts';
import { DIGEST_BYTES } from '../../chain/record.ts';
import { bytesOf, hashOfText, RECORD, validatorsOf } from '../support/chainValues.ts';

const NO_CHANGE = { validators: undefined, authorities: undefined, params: undefined };
const ENTRIES: readonly Entry[] = [
  {
    kind: 1,
    height: 7,
    timestampMs: 1_795_224_917_000,
    aggregator: bytesOf(32, 1),
    batchId: bytesOf(32, 2),
    record: RECORD,
  },
  { kind: 2, height: 7, blockHash: bytesOf(32, 3) },
  { kind: 3, height: 7, change: { ...NO_CHANGE, params: DEFAULT_PARAMS }, firstHeight: 9 },
  { kind: 4, height: 7, reason: 3, subject: bytesOf(32, 4), since: 1_795_224_915 },
];

describe('an entry', () => {
  for (const entry of ENTRIES) {
    it(`of kind ${entry.kind} names its kind first and reads back as it was written`, () => {
      const bytes = encode(entrySchema, entry);

      expect(bytes[1]).to.equal(entry.kind);
      expect(decode(entrySchema, bytes)).to.deep.equal(entry);
    });
  }

  it('stands in the log with its bytes and their leaf hash', () => {
    const [entry] = ENTRIES;
    const logged = logEntry(entry!);

    expect(logged.bytes).to.deep.equal(encode(entrySchema, entry!));
    expect(logged.leafHash).to.deep.equal(leafHash(logged.bytes));
  });

  it('of the largest image fits the limit many times over', () => {
    const digests = Object.keys(DIGEST_BYTES).map((name) => ({ name, digest: bytesOf(64, 1) }));
    const record = {
      ...RECORD,
      authorityId: 'x'.repeat(64),
      gpsHash: hashOfText('gps'),
      parents: Array.from({ length: 16 }, () => bytesOf(32, 1)),
      digests,
    };
    const [entry] = ENTRIES;
    const { bytes } = logEntry({ ...entry, record } as Entry);

    expect(bytes.length).to.be.below(ENTRY_BYTES_MAX / 8);
  });

  it('beyond the limit stops the node', () => {
    const addresses = Array.from({ length: 8 }, () => '/dns4/node.example/tcp/4001');
    const validators = validatorsOf(100).map((each) => ({ ...each, addresses }));
    const entry: Entry = {
      kind: 3,
      height: 1,
      change: { ...NO_CHANGE, validators },
      firstHeight: 3,
    };

    expect(() => logEntry(entry)).to.throw(InvariantError);
  });
});
