/** What every implementation of a Sigstore log's store does. */
import { expect } from 'chai';

import { formatUtf8 } from '../../chain/bytes.ts';
import {
  EMPTY_FRONTIER,
  inclusionProof,
  leafHash,
  rootOf,
  rootOfLeaves,
} from '../../chain/merkle.ts';
import { checkInclusion } from '../../chain/merkle.ts';
import { readNodesFrom } from '../../chain/tile.ts';
import type { LogStore, NewEntry } from '../../node/sigstore/logStore.ts';

/** The key of every log here. */
export const LOG_KEY = new Uint8Array(32).fill(9);

/** Returns an entry that follows from a number. */
export function entryOf(n: number): NewEntry {
  const name = new Uint8Array(64);
  new DataView(name.buffer).setUint32(0, n);
  return { name, leaf: formatUtf8(`leaf ${n}`), stamp: formatUtf8(`stamp ${n}`) };
}

/**
 * Describes a store.
 *
 * @param open - opens an empty log of `LOG_KEY` for each test.
 */
export function describeLogStore(name: string, open: () => Promise<LogStore>): void {
  describe(`${name} store of a Sigstore log`, () => {
    let store: LogStore;

    beforeEach(async () => {
      store = await open();
    });

    afterEach(() => store.close());

    const fill = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) expect(await store.append(entryOf(i))).to.equal(i);
    };

    it('begins empty, with its key', () => {
      expect(store.logKey).to.deep.equal(LOG_KEY);
      expect(store.frontier()).to.deep.equal(EMPTY_FRONTIER);
      expect(store.authorities).to.deep.equal([]);
      expect(store.findEntry(entryOf(0).name)).to.equal(undefined);
      expect(store.readLeaf(0)).to.equal(undefined);
      expect(store.readStamp(0)).to.equal(undefined);
      expect(store.readTile({ level: 0, index: 0 })).to.equal(undefined);
    });

    it('finds entries by name, and reads what belongs to them', async () => {
      await fill(3);

      for (const n of [0, 1, 2]) {
        const { name: found, leaf, stamp } = entryOf(n);
        expect(store.findEntry(found)).to.equal(n);
        expect(store.readLeaf(n)).to.deep.equal(leaf);
        expect(store.readStamp(n)).to.deep.equal(stamp);
      }
      expect(store.findEntry(entryOf(3).name)).to.equal(undefined);
      expect(store.readLeaf(3)).to.equal(undefined);
    });

    it('holds the tree of its leaves, with tiles that prove each of them', async () => {
      await fill(258);
      const frontier = store.frontier();
      const hashes = Array.from({ length: 258 }, (_, i) => leafHash(entryOf(i).leaf));
      const read = readNodesFrom((place) => store.readTile(place)!);

      expect(frontier.treeSize).to.equal(258);
      expect(rootOf(frontier)).to.deep.equal(rootOfLeaves(hashes));
      for (const index of [0, 1, 254, 255, 256, 257]) {
        const claim = { index, treeSize: 258, leafHash: hashes[index]!, root: rootOf(frontier) };
        checkInclusion(claim, inclusionProof(claim, read));
      }
    });

    it('shows an entry when it is written, and not before', async () => {
      const written = store.append(entryOf(0));

      expect(store.frontier().treeSize).to.equal(0);
      expect(store.findEntry(entryOf(0).name)).to.equal(undefined);
      await written;
      expect(store.frontier().treeSize).to.equal(1);
    });

    it('remembers authorities in their order', async () => {
      const first = {
        kind: 'timestamp',
        certificates: [Uint8Array.of(1), Uint8Array.of(2)],
      } as const;
      const second = { kind: 'certificate', certificates: [Uint8Array.of(3)] } as const;
      await store.addAuthority(first);
      await store.addAuthority(second);

      expect(store.authorities).to.deep.equal([first, second]);
    });

    it('writes one thing at a time, and a name once', async () => {
      const first = store.append(entryOf(0));
      const refusal = (await store.append(entryOf(1)).catch((error: unknown) => error)) as Error;
      await first;

      expect(refusal.message).to.include('one thing at a time');
    });

    it('ends when it is closed', async () => {
      await store.close();

      expect(() => store.readLeaf(0)).to.throw();
      expect(await store.append(entryOf(0)).catch(() => 'rejected')).to.equal('rejected');
    });
  });
}
