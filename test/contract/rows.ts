/** What every implementation of rows does. */
import { expect } from 'chai';

import { formatHex } from '../../chain/bytes.ts';
import type { Rows } from '../../node/store/rows.ts';

const A = Uint8Array.of(0x61);
const DURABLE = { durable: true };

/**
 * Describes rows.
 *
 * @param open - opens empty rows of their own for each test.
 */
export function describeRows(name: string, open: () => Promise<Rows>): void {
  describe(`${name} rows`, () => {
    let rows: Rows;

    beforeEach(async () => {
      rows = await open();
    });

    afterEach(() => rows.close());

    const keysOf = async (prefix: readonly number[]): Promise<readonly string[]> => {
      const found = await Array.fromAsync(rows.scan(Uint8Array.from(prefix)));
      return found.map(({ key }) => formatHex(key));
    };

    it('hold a value until it is removed', async () => {
      await rows.write([{ key: A, value: Uint8Array.of(1) }], DURABLE);
      expect(rows.get(A)).to.deep.equal(Uint8Array.of(1));

      await rows.write([{ key: A, value: undefined }], DURABLE);
      expect(rows.get(A)).to.equal(undefined);
    });

    it('hold the last of several values that one write gives a key', async () => {
      const B = Uint8Array.of(0x62);
      const values = [Uint8Array.of(1), undefined, Uint8Array.of(3)];
      const changes = values.map((value) => ({ key: A, value }));
      await rows.write([...changes, { key: B, value: B }, { key: B, value: undefined }], DURABLE);

      expect(rows.get(A)).to.deep.equal(Uint8Array.of(3));
      expect(rows.get(B)).to.equal(undefined);
    });

    it('hold an empty value', async () => {
      await rows.write([{ key: A, value: new Uint8Array() }], DURABLE);

      expect(rows.get(A)).to.deep.equal(new Uint8Array());
    });

    it('show what was there before a write until it resolves', async () => {
      await rows.write([{ key: A, value: Uint8Array.of(1) }], DURABLE);
      const written = rows.write([{ key: A, value: Uint8Array.of(2) }], DURABLE);

      expect(rows.get(A)).to.deep.equal(Uint8Array.of(1));
      expect(rows.getUncached(A)).to.deep.equal(Uint8Array.of(1));
      await written;
      expect(rows.get(A)).to.deep.equal(Uint8Array.of(2));
      expect(rows.getUncached(A)).to.deep.equal(Uint8Array.of(2));
    });

    it('are scanned by prefix, in the order of their bytes', async () => {
      const keys = [[0x61], [0x61, 0], [0x61, 0xff, 3], [0x61, 0xff], [0x60, 0xff], [0x62]];
      const changes = keys.map((key) => ({ key: Uint8Array.from(key), value: A }));
      await rows.write(changes, DURABLE);

      expect(await keysOf([0x61])).to.deep.equal(['61', '6100', '61ff', '61ff03']);
      expect(await keysOf([0x61, 0xff])).to.deep.equal(['61ff', '61ff03']);
      expect(await keysOf([0x63])).to.deep.equal([]);
    });

    it('are scanned from a key, inclusive, to another, exclusive, or to the end', async () => {
      const keys = [[0x61], [0x61, 0x7f], [0x61, 0x80], [0x61, 0x8f, 0xff], [0x61, 0x90], [0x62]];
      const changes = keys.map((key) => ({ key: Uint8Array.from(key), value: A }));
      await rows.write(changes, DURABLE);
      const start = Uint8Array.of(0x61, 0x80);
      const rangeOf = async (end: Uint8Array | undefined): Promise<readonly string[]> => {
        const found = await Array.fromAsync(rows.scanRange({ start, end }));
        return found.map(({ key }) => formatHex(key));
      };

      expect(await rangeOf(Uint8Array.of(0x61, 0x90))).to.deep.equal(['6180', '618fff']);
      expect(await rangeOf(undefined)).to.deep.equal(['6180', '618fff', '6190', '62']);
      expect(await rangeOf(start)).to.deep.equal([]);
    });

    it('belong to nobody else: a caller may change what it put or got', async () => {
      const value = Uint8Array.of(1);
      await rows.write([{ key: A, value }], DURABLE);
      value[0] = 2;
      rows.get(A)?.fill(3);

      expect(rows.get(A)).to.deep.equal(Uint8Array.of(1));
      expect(rows.get(A)?.constructor).to.equal(Uint8Array);
    });

    it('throw or reject after they are closed', async () => {
      await rows.close();

      expect(() => rows.get(A)).to.throw();
      expect(await rows.write([{ key: A, value: A }], DURABLE).catch(() => 'rejected')).to.equal(
        'rejected',
      );
      expect(await keysOf([0x61]).catch(() => 'rejected')).to.equal('rejected');
    });
  });
}
