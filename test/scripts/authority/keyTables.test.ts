import { expect } from 'chai';

import { formatHex, parseHex } from '../../../chain/bytes.ts';
import { InvariantError } from '../../../chain/invariant.ts';
import { createKeyTables, drawKeyIndex, drawTables } from '../../../scripts/authority/keyTables.ts';

const SECRET = parseHex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');

describe('key tables', () => {
  it('come from the secret by HKDF, for ever the same', () => {
    const key = createKeyTables(SECRET).masterKey(2499);

    expect(formatHex(key)).to.equal(
      'cd4244b7c929765f6e2dea47762dfeb06c4db75c2adb54a9c0f16d6d5282735c',
    );
  });

  it('all have keys of their own', () => {
    const tables = createKeyTables(SECRET);

    const keys = Array.from({ length: 2_500 }, (_, id) => formatHex(tables.masterKey(id)));

    expect(new Set(keys).size).to.equal(2_500);
  });

  it('number 0 to 2499', () => {
    const tables = createKeyTables(SECRET);

    for (const id of [-1, 0.5, 2_500]) {
      expect(() => tables.masterKey(id), `${id}`).to.throw(InvariantError);
    }
  });

  it('are assigned three different ones at a time', () => {
    for (let i = 0; i < 1_000; i++) {
      const ids = drawTables();
      expect(new Set(ids).size).to.equal(3);
      expect(ids.every((id) => id >= 0 && id <= 2_499)).to.equal(true);
    }
  });

  it('have indices of 0 to 999', () => {
    for (let i = 0; i < 1_000; i++) expect(drawKeyIndex()).to.be.within(0, 999);
  });
});
