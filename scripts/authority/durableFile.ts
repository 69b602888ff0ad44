/**
 * Small files that survive a loss of power.
 *
 * A file is written beside its place, synced, and renamed: a reader finds the old content or the new one,
 * never a part. The folder is synced after the rename, or the name itself could be lost. What remains: a
 * crash may leave a file that ends in `.tmp`, which nobody reads.
 */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, unlink } from 'node:fs/promises';
import path from 'node:path';

/** End of the names of files that are being written. */
const UNFINISHED_SUFFIX = '.tmp';

/** Mode of a file that holds a secret: for its owner only. */
const SECRET_MODE = 0o600;

/** Resolves when `text` is at `file`, durably. */
export async function writeDurably(file: string, text: string, mode = SECRET_MODE): Promise<void> {
  const unfinished = `${file}.${randomUUID()}${UNFINISHED_SUFFIX}`;
  try {
    const handle = await open(unfinished, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** Resolves when the file is gone, durably. A file that is gone already is no error. */
export async function removeDurably(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  await syncFolder(path.dirname(file));
}

/** Resolves to the file's text, or undefined if there is no such file. */
export async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Resolves when the names in a folder are durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
