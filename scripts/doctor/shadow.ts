/**
 * A copy of a data folder on which the node's own code can work, so that an examination changes nothing.
 *
 * LevelDB never changes a table file once it is written: these are links. Its small files are copied. The
 * lock is a link too, so that a node that runs is noticed, and none starts meanwhile.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { openLevelChainStore } from '../../node/store/levelChainStore.ts';
import { DATA_PATHS, isLocked } from '../../node/stores.ts';

/** File that a process locks while it has a LevelDB open. */
export const LOCK_FILE = 'LOCK';

const LINKED = /\.(?:ldb|sst)$/;
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

/** Lets `use` work on a copy of a data folder; what it does there is gone afterwards. */
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
    const [from, to] = [join(source, name), join(target, name)];
    if (name === LOCK_FILE || LINKED.test(name)) await symlink(from, to);
    else await copyFile(from, to);
  }
}
