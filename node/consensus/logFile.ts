/** The file under a write-ahead log: the little that the log needs of a disk, and a real one. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** An append-only file. One call at a time. */
export interface LogFile {
  /** For messages to operators. */
  readonly name: string;
  /** Whether it was not there before it was opened. */
  readonly isNew: boolean;
  /** Resolves to everything that the file holds. */
  read(): Promise<Uint8Array>;
  /** Writes behind the end, and makes the file where it is not there. What is written may be lost until the next `sync`. */
  append(bytes: Uint8Array): Promise<void>;
  /** Drops everything from this byte on. */
  truncate(size: number): Promise<void>;
  /** Resolves when what the file holds survives a loss of power. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the file at `path`, readable by its owner alone. One that is not there is made by the first `append`. */
export async function openLogFile(path: string): Promise<LogFile> {
  let file = await openExisting(path);
  return {
    name: path,
    isNew: file === undefined,
    read: async () => (await file?.readFile()) ?? new Uint8Array(),
    async append(bytes) {
      file ??= await createFile(path);
      await file.appendFile(bytes);
    },
    truncate: async (size) => file?.truncate(size),
    sync: async () => file?.datasync(),
    close: async () => file?.close(),
  };
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDWR | constants.O_APPEND);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes the file, whose name then survives a loss of power, too. */
async function createFile(path: string): Promise<FileHandle> {
  const file = await open(path, 'ax+', 0o600);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return file;
}
