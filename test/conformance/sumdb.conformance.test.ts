/**
 * Notes, checkpoints, cosignatures, proofs and tiles of ours, judged by golang.org/x/mod/sumdb: the code with which
 * every Go installation checks the modules that it fetches.
 */
import path from 'node:path';

import { expect } from 'chai';

import { formatBase64, formatUtf8 } from '../../chain/bytes.ts';
import { logEntry } from '../../chain/entry.ts';
import { formatCheckpoint, formatSignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { checkConsistency, consistencyProof } from '../../chain/log/consistency.ts';
import type { Note } from '../../chain/log/note.ts';
import { formatTilePath, parseTilePath, tilesOf } from '../../chain/log/tilePath.ts';
import { formatVerifierKey } from '../../chain/log/verifierKey.ts';
import { inclusionProof, leafHash, rootOfLeaves } from '../../chain/merkle.ts';
import { appendToTiles, readNodesFrom } from '../../chain/tile.ts';
import {
  checkpointOf,
  cosignerOf,
  flipBit,
  IMAGE_ENTRY,
  LOG_SIGNER,
  namesOf,
  nodesOf,
} from '../support/logRig.ts';
import { describeGoProgram } from '../support/goProgram.ts';

interface Answer {
  readonly Found: readonly string[] | null;
  readonly Error: string;
}

interface Tree {
  readonly size: number;
  readonly leaves: readonly Uint8Array[];
  readonly root: Uint8Array;
  /** By path. */
  readonly tiles: ReadonlyMap<string, Uint8Array>;
}

/** A tree with its tiles as they are served. */
function treeOf(size: number): Tree {
  const leaves = Array.from({ length: size }, (_, i) => leafHash(formatUtf8(`leaf ${i}`)));
  const written = new Map(
    appendToTiles(0, leaves, () => new Uint8Array()).map((tile) => [
      `${tile.level}/${tile.index}`,
      tile.hashes,
    ]),
  );
  const tiles = new Map(
    [...tilesOf(size)].map((place) => [
      formatTilePath({ kind: 'hashes', ...place }),
      written.get(`${place.level}/${place.index}`)!,
    ]),
  );
  return { size, leaves, root: rootOfLeaves(leaves), tiles };
}

function readTiles({ tiles }: Tree): ReturnType<typeof readNodesFrom> {
  return readNodesFrom(({ level, index }) => {
    const found = [...tiles].find(([tilePath]) => {
      const name = parseTilePath(tilePath);
      return name.kind === 'hashes' && name.level === level && name.index === index;
    });
    return found![1];
  });
}

/** A tree as a question names it. */
function question({ size, root, tiles }: Tree): object {
  const encoded = [...tiles].map(([tilePath, bytes]) => [tilePath, formatBase64(bytes)]);
  return { Size: size, Root: formatBase64(root), Tiles: Object.fromEntries(encoded) as object };
}

const PROGRAM = {
  source: path.join(import.meta.dirname, 'sumdb', 'main.go'),
  library: 'golang.org/x/mod/sumdb',
  debianPackage: 'golang-golang-x-mod-dev',
};

describeGoProgram('golang.org/x/mod/sumdb', PROGRAM, (askProgram) => {
  const ask = (questions: readonly object[]): readonly Answer[] =>
    askProgram(questions) as readonly Answer[];
  const foundBy = (questions: readonly object[]): readonly (readonly string[])[] =>
    ask(questions).map((each, i) => {
      expect(each.Error, `question ${i}`).to.equal('');
      return each.Found ?? [];
    });
  const expectAccepted = (questions: readonly object[]): void => {
    foundBy(questions);
  };
  const expectRefused = (questions: readonly object[]): void => {
    ask(questions).forEach(({ Error: error }, i) => {
      expect(error, `question ${i}`).not.to.equal('');
    });
  };

  describe('on notes', () => {
    const signed = checkpointOf({ treeSize: 300, root: treeOf(300).root }, namesOf(4));
    const keys = [LOG_SIGNER.key, ...namesOf(4).map((name) => cosignerOf(name).key)].map(
      formatVerifierKey,
    );
    const asked = (note: Uint8Array, known = keys): object => ({
      Kind: 'note',
      Keys: known,
      Note: formatBase64(note),
    });
    const withNote = (change: Partial<Note>): Uint8Array =>
      formatSignedCheckpoint({ ...signed, note: { ...signed.note, ...change } });

    it('accepts a checkpoint with its cosignatures, and each of them alone', () => {
      const bytes = formatSignedCheckpoint(signed);
      const [all, ...each] = foundBy([asked(bytes), ...keys.map((key) => asked(bytes, [key]))]);
      const names = signed.note.signatures.map(({ name }) => name);

      expect(all).to.deep.equal([signed.note.text, ...names]);
      expect(each.map((found) => found.slice(1))).to.deep.equal(names.map((name) => [name]));
    });

    it('refuses one with a signature, a time or a text that is another', () => {
      const { signatures, text } = signed.note;
      const broken = signatures.flatMap((line, i) =>
        [0, 70, 8 * line.signature.length - 1].map((bit) =>
          withNote({
            signatures: signatures.with(i, { ...line, signature: flipBit(line.signature, bit) }),
          }),
        ),
      );
      expectRefused(
        [...broken, withNote({ text: text.replace('300', '301') })].map((note) => asked(note)),
      );
    });

    it('reads the size and the root of a checkpoint', () => {
      const { root } = treeOf(300);
      const text = formatCheckpoint({ origin: 'go.sum database tree', treeSize: 300, root });
      const [found] = foundBy([{ Kind: 'checkpoint', Note: formatBase64(formatUtf8(text)) }]);

      expect(found).to.deep.equal(['300', formatBase64(root)]);
    });

    it('hashes an entry of ours to the same leaf', () => {
      const { bytes, leafHash: hash } = logEntry(IMAGE_ENTRY);
      const [found] = foundBy([{ Kind: 'leaf hash', Note: formatBase64(bytes) }]);

      expect(found).to.deep.equal([formatBase64(hash)]);
    });
  });

  describe('on proofs', () => {
    const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 100];
    const trees = sizes.map(treeOf);
    const record = (tree: Tree, index: number, change: object = {}): object => {
      const { size: treeSize, leaves } = tree;
      const proof = inclusionProof({ index, treeSize }, nodesOf(leaves));
      return {
        ...question({ ...tree, tiles: new Map() }),
        Kind: 'record',
        At: index,
        Hash: formatBase64(leaves[index]!),
        Proof: proof.map(formatBase64),
        ...change,
      };
    };
    const consistency = (tree: Tree, oldSize: number, change: object = {}): object => {
      const sizes = { oldSize, newSize: tree.size };
      return {
        ...question({ ...tree, tiles: new Map() }),
        Kind: 'tree',
        At: oldSize,
        Hash: formatBase64(rootOfLeaves(tree.leaves.slice(0, oldSize))),
        Proof: consistencyProof(sizes, nodesOf(tree.leaves)).map(formatBase64),
        ...change,
      };
    };

    it('accepts that of every leaf', () => {
      expectAccepted(trees.flatMap((tree) => tree.leaves.map((_, index) => record(tree, index))));
    });

    it('accepts that from every earlier tree', () => {
      expectAccepted(trees.flatMap((tree) => tree.leaves.map((_, i) => consistency(tree, i + 1))));
    });

    it('refuses those with another hash, root or place', () => {
      const tree = treeOf(100);
      const other = formatBase64(flipBit(tree.root, 9));
      const path = inclusionProof({ index: 40, treeSize: 100 }, nodesOf(tree.leaves));
      const steps = consistencyProof({ oldSize: 40, newSize: 100 }, nodesOf(tree.leaves));
      const flipped = (proof: readonly Uint8Array[]): readonly object[] =>
        proof.map((hash, i) => ({ Proof: proof.with(i, flipBit(hash, 100)).map(formatBase64) }));

      expectRefused([
        ...flipped(path).map((change) => record(tree, 40, change)),
        ...flipped(steps).map((change) => consistency(tree, 40, change)),
        ...[{ Root: other }, { Hash: other }, { At: 41 }, { Size: 300 }, { Proof: [] }].flatMap(
          (change) => [record(tree, 40, change), consistency(tree, 40, change)],
        ),
      ]);
    });
  });

  describe('on tiles', () => {
    const trees = new Map([1, 255, 256, 257, 513, 70_000].map((size) => [size, treeOf(size)]));
    const ends = (size: number): readonly number[] =>
      [...new Set([0, 255, 256, Math.floor(size / 2), size - 1])].filter((at) => at < size);

    it('finds leaves under the root', () => {
      expectAccepted(
        [...trees.values()].flatMap((tree) =>
          ends(tree.size).map((at) => ({
            ...question(tree),
            Kind: 'tiles',
            At: at,
            Leaves: [formatBase64(tree.leaves[at]!)],
          })),
        ),
      );
    });

    it('refuses a tile with a flipped bit, and a tree without one of its tiles', () => {
      // Two perfect subtrees in a tile each: of more in one tile, x/mod 0.7 leaves further tiles unchecked.
      const tree = trees.get(513)!;
      const asked = (tiles: ReadonlyMap<string, Uint8Array>, at: number): object => ({
        ...question({ ...tree, tiles }),
        Kind: 'tiles',
        At: at,
        Leaves: [formatBase64(tree.leaves[at]!)],
      });
      const first = 'tile/0/000';
      const last = 'tile/0/002.p/1';
      expect([...tree.tiles.keys()]).to.deep.equal([first, 'tile/0/001', last, 'tile/1/000.p/2']);

      expectRefused([
        asked(new Map(tree.tiles).set(first, flipBit(tree.tiles.get(first)!, 1_000)), 7),
        asked(new Map(tree.tiles).set(last, flipBit(tree.tiles.get(last)!, 100)), 512),
        asked(new Map([...tree.tiles].filter(([tilePath]) => tilePath !== first)), 7),
      ]);
    });

    it('makes the proofs from them that we make', () => {
      for (const size of [257, 513, 70_000]) {
        const tree = trees.get(size)!;
        const asked = question(tree);
        const read = readTiles(tree);
        for (const at of ends(size).slice(1)) {
          const [record, earlier] = foundBy([
            { ...asked, Kind: 'prove record', At: at },
            { ...asked, Kind: 'prove tree', At: at },
          ]);
          const path = inclusionProof({ index: at, treeSize: size }, read);
          const steps = consistencyProof({ oldSize: at, newSize: size }, read);
          expect(record, `leaf ${at} of ${size}`).to.deep.equal(path.map(formatBase64));
          expect(earlier, `size ${at} of ${size}`).to.deep.equal(steps.map(formatBase64));
          const claim = { oldSize: at, newSize: size, newRoot: tree.root };
          checkConsistency({ ...claim, oldRoot: rootOfLeaves(tree.leaves.slice(0, at)) }, steps);
        }
      }
    });
  });
});
