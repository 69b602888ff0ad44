/** The Sigstore log in LevelDB. */
import { existsSync } from 'node:fs';

import { type LevelOptions, openLevelRows } from '../store/levelRows.ts';
import type { LogStore } from './logStore.ts';
import { beginLog, RowLogStore } from './rowLogStore.ts';

const MEBIBYTE = 1_048_576;

const LOG_LEVEL_OPTIONS: LevelOptions = {
  cacheSizeBytes: 2 * MEBIBYTE,
  writeBufferSizeBytes: MEBIBYTE,
  blockSizeBytes: 4_096,
  fileSizeBytes: 2 * MEBIBYTE,
  openFileCountMax: 16,
};

/** Begins a log for a key in a folder. Resolves to false where there is one already. */
export async function createLevelLog(path: string, logKey: Uint8Array): Promise<boolean> {
  const rows = await openLevelRows(path, LOG_LEVEL_OPTIONS);
  try {
    return await beginLog(rows, logKey);
  } finally {
    await rows.close();
  }
}

/** Opens the log in a folder; undefined where none was begun. Rejects if another process has it open. */
export async function openLevelLog(path: string): Promise<LogStore | undefined> {
  // LevelDB would make the folder, and a log may not begin by chance.
  if (!existsSync(path)) return undefined;
  const rows = await openLevelRows(path, LOG_LEVEL_OPTIONS);
  try {
    const store = RowLogStore.open(rows);
    if (store === undefined) await rows.close();
    return store;
  } catch (error) {
    await rows.close();
    throw error;
  }
}
