/** A folder that appears with all of its files, or not at all. */
import { chmod, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { createFile, reasonOf } from '../cli/files.ts';
import { CommandError } from '../cli/output.ts';

const FOLDER_MODE = 0o755;

/** Checks that a folder may be written: that it is not there, or empty. Rejects with a CommandError. */
export async function checkAbsent(folder: string): Promise<void> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new CommandError(`${folder} is no folder: name one that is not there yet`, 1, { cause });
  });
  if (names.length > 0) {
    throw new CommandError(
      `${folder} is not empty, and nothing in it is overwritten: name a folder that is not there yet`,
    );
  }
}

/** Writes a folder under another name, then renames it. Rejects with a CommandError; nothing is left behind then. */
export async function createFolder(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  await checkAbsent(folder);
  const target = resolve(folder);
  const draft = await mkdtemp(`${target}.part-`).catch((cause: unknown) => {
    throw new CommandError(`cannot write beside ${target}: ${reasonOf(cause)}`, 1, { cause });
  });
  try {
    for (const [name, bytes] of files) await createFile(join(draft, name), bytes);
    await chmod(draft, FOLDER_MODE);
    await sync(draft);
    // Fails where somebody has put a file into it in the meantime.
    await rename(draft, target);
    await sync(dirname(target));
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw new CommandError(`cannot write ${target}: ${reasonOf(cause)}`, 1, { cause });
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
