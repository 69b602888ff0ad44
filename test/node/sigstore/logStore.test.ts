import { existsSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { rootOf } from '../../../chain/merkle.ts';
import { createLevelLog, openLevelLog } from '../../../node/sigstore/levelLogStore.ts';
import type { LogStore } from '../../../node/sigstore/logStore.ts';
import { beginLog, RowLogStore } from '../../../node/sigstore/rowLogStore.ts';
import { DamageError } from '../../../node/store/damage.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import type { RowChange } from '../../../node/store/rows.ts';
import { describeLogStore, entryOf, LOG_KEY } from '../../contract/sigstoreStore.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** Rows that keep what they were before each write, and may fail. */
class WatchedRows extends MemoryRows {
  readonly before: MemoryRows[] = [];
  failure: Error | undefined;

  override async write(changes: readonly RowChange[]): Promise<void> {
    this.before.push(this.copy());
    if (this.failure !== undefined) throw this.failure;
    await super.write(changes);
  }
}

async function memoryStore(rows = new MemoryRows()): Promise<LogStore> {
  await beginLog(rows, LOG_KEY);
  return RowLogStore.open(rows)!;
}

describe('Sigstore logs', () => {
  const folder = temporaryFolder();
  let count = 0;
  const newPath = (): string => path.join(folder, `log-${count++}`);

  describeLogStore('memory', () => memoryStore());
  describeLogStore('LevelDB', async () => {
    const place = newPath();
    await createLevelLog(place, LOG_KEY);
    return (await openLevelLog(place))!;
  });

  it('are found again as they were', async () => {
    const place = newPath();
    await createLevelLog(place, LOG_KEY);
    const first = (await openLevelLog(place))!;
    const authority = { kind: 'timestamp', certificates: [Uint8Array.of(1)] } as const;
    await first.addAuthority(authority);
    for (let i = 0; i < 5; i++) await first.append(entryOf(i));
    const root = rootOf(first.frontier());
    await first.close();
    const second = (await openLevelLog(place))!;

    expect(rootOf(second.frontier())).to.deep.equal(root);
    expect(second.findEntry(entryOf(4).name)).to.equal(4);
    expect(second.authorities).to.deep.equal([authority]);
    expect(await second.append(entryOf(5))).to.equal(5);
    await second.close();
  });

  it('do not begin by being opened', async () => {
    const place = newPath();

    expect(await openLevelLog(place)).to.equal(undefined);
    expect(existsSync(place)).to.equal(false);
    expect(RowLogStore.open(new MemoryRows())).to.equal(undefined);
  });

  it('begin once', async () => {
    const place = newPath();

    expect(await createLevelLog(place, LOG_KEY)).to.equal(true);
    expect(await createLevelLog(place, new Uint8Array(32))).to.equal(false);
    const store = await openLevelLog(place);
    expect(store?.logKey).to.deep.equal(LOG_KEY);
    await store?.close();
  });

  it('are opened by one process at a time', async () => {
    const place = newPath();
    await createLevelLog(place, LOG_KEY);
    const first = await openLevelLog(place);

    expect(await openLevelLog(place).catch(() => 'refused')).to.equal('refused');
    await first?.close();
  });

  it('are whole, whatever write a crash came before', async () => {
    const rows = new WatchedRows();
    const store = await memoryStore(rows);
    for (let i = 0; i < 4; i++) await store.append(entryOf(i));

    // The first write began the log.
    for (const [treeSize, left] of rows.before.slice(1).entries()) {
      const found = RowLogStore.open(left)!;
      expect(found.frontier().treeSize).to.equal(treeSize);
      expect(found.findEntry(entryOf(treeSize).name)).to.equal(undefined);
      expect(found.readLeaf(treeSize)).to.equal(undefined);
      expect(await found.append(entryOf(treeSize))).to.equal(treeSize);
    }
  });

  it('take nothing more after a write that failed', async () => {
    const rows = new WatchedRows();
    const store = await memoryStore(rows);
    const failure = new Error('the disk is full');
    rows.failure = failure;
    expect(await store.append(entryOf(0)).catch((error: unknown) => error)).to.equal(failure);
    rows.failure = undefined;

    expect(await store.append(entryOf(0)).catch((error: unknown) => error)).to.equal(failure);
    expect(store.frontier().treeSize).to.equal(0);
  });

  it('refuse a second entry of one name', async () => {
    const store = await memoryStore();
    await store.append(entryOf(0));

    expect(
      await store.append({ ...entryOf(1), name: entryOf(0).name }).catch((error: unknown) => error),
    ).to.match(/a name of its own/);
  });

  const cuts: Readonly<Record<string, RowChange>> = {
    'whose last entry is missing': { key: keyOf('e', 2), value: undefined },
    'whose last entry is another': { key: keyOf('e', 2), value: Uint8Array.of(1) },
    'whose edge does not decode': { key: keyOf('m'), value: Uint8Array.of(1) },
    'with an authority that does not decode': { key: keyOf('a', 0), value: Uint8Array.of(1) },
  };
  for (const [what, change] of Object.entries(cuts)) {
    it(`are not opened ${what}`, async () => {
      const rows = new MemoryRows();
      const store = await memoryStore(rows);
      for (let i = 0; i < 3; i++) await store.append(entryOf(i));
      await rows.write([change]);

      expect(() => RowLogStore.open(rows)).to.throw(DamageError);
    });
  }

  it('do not grow over a tile that is missing', async () => {
    const rows = new MemoryRows();
    const store = await memoryStore(rows);
    await store.append(entryOf(0));
    await rows.write([{ key: Uint8Array.of(0x74, 0, 0, 0, 0, 0, 0, 0), value: undefined }]);

    expect(await store.append(entryOf(1)).catch((error: unknown) => error)).to.be.instanceOf(
      DamageError,
    );
  });
});

function keyOf(letter: string, ...number: readonly number[]): Uint8Array {
  const index = number.flatMap((each) => [0, 0, 0, 0, 0, each]);
  return Uint8Array.of(letter.charCodeAt(0), ...index);
}
