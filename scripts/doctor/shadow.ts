/**
 * A stand-in for a data folder on which the node's own code can work, so that an examination changes nothing.
 *
 * LevelDB never writes again to a file of an earlier run: opening begins others and deletes names. So the
 * stand-in holds links to its files. The lock is one of them: a node that runs is noticed, and none starts
 * meanwhile. The write-ahead log, of which opening may cut the end, is copied.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { openLevelChainStore } from '../../node/store/levelChainStore.ts';
import { DATA_PATHS, isLocked } from '../../node/stores.ts';

/** File that a process locks while it has a LevelDB open. */
export const LOCK_FILE = 'LOCK';

/** LevelDB's own notes, which it opens by name to write. */
const LEFT_OUT = /^LOG(?:\.old)?$/;

/** Returns whether another process has the stores of a data folder open. */
export async function isInUse(dataDir: string): Promise<boolean> {
  const lock = resolve(dataDir, DATA_PATHS.chain, LOCK_FILE);
  if (!existsSync(lock)) return false;
  const shadow = await makeShadow();
  try {
    // An empty store of our own, under the lock of the other.
    await symlink(lock, join(shadow, LOCK_FILE));
    await (await openLevelChainStore(shadow)).close();
    return false;
  } catch (error) {
    if (isLocked(error)) return true;
    throw error;
  } finally {
    await removeShadow(shadow);
  }
}

/** Lets `use` work on a stand-in for a data folder; what it does there is gone afterwards. */
export async function withShadow<T>(
  dataDir: string,
  use: (shadowDir: string) => Promise<T>,
): Promise<T> {
  const shadow = await makeShadow();
  try {
    for (const name of [DATA_PATHS.chain, DATA_PATHS.work]) {
      await shadowLevel(resolve(dataDir, name), join(shadow, name));
    }
    const wal = join(dataDir, DATA_PATHS.wal);
    if (existsSync(wal)) await copyFile(wal, join(shadow, DATA_PATHS.wal));
    return await use(shadow);
  } finally {
    await removeShadow(shadow);
  }
}

function makeShadow(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'birthmark-doctor-'));
}

function removeShadow(shadow: string): Promise<void> {
  return rm(shadow, { recursive: true, force: true });
}

async function shadowLevel(source: string, target: string): Promise<void> {
  if (!existsSync(source)) return;
  await mkdir(target);
  for (const name of (await readdir(source)).filter((each) => !LEFT_OUT.test(each))) {
    await symlink(join(source, name), join(target, name));
  }
}
