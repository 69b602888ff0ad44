/**
 * The folder of an audit: numbered files that only grow, and the head.
 *
 * ```
 * audit/audit-000001.jsonl, audit-000002.jsonl, …, head.json
 * ```
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { invariant } from '../../chain/invariant.ts';

/** The end of a file. */
export interface FileEnd {
  readonly bytes: Uint8Array;
  /** Size of the whole file. */
  readonly sizeBytes: number;
}

/** Where an audit is kept. */
export interface AuditDisk {
  /** Numbers of the files, ascending. */
  listFiles(): Promise<readonly number[]>;
  /** The last bytes of a file, at most so many. */
  readEnd(file: number, bytesMax: number): Promise<FileEnd>;
  /** Leaves the first bytes of a file, durably. */
  cut(file: number, sizeBytes: number): Promise<void>;
  /** Appends to a file, which is made where it is not there; resolves when the bytes are durable. */
  append(file: number, bytes: Uint8Array): Promise<void>;
  /** Text of the head; undefined where there is none. */
  readHead(): Promise<string | undefined>;
  /** Replaces the head, whole or not at all. */
  writeHead(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Name of the file that tells how far the audit goes. */
export const HEAD_FILE = 'head.json';

const FILE = /^audit-(\d{6})\.jsonl$/;
const FILE_COUNT_MAX = 999_999;
const DIR_MODE = 0o700;
const FILE_MODE = 0o600;

/** Returns the name of a file by its number, 1 for the first. */
export function fileName(file: number): string {
  invariant(file >= 1 && file <= FILE_COUNT_MAX, 'an audit file has a number of six digits');
  return `audit-${String(file).padStart(6, '0')}.jsonl`;
}

/** Returns the numbers of the audit files in a folder, ascending. Rejects where there is no folder. */
export async function listAuditFiles(dir: string): Promise<readonly number[]> {
  const numbers = (await readdir(dir)).map((name) => Number(FILE.exec(name)?.[1] ?? 0));
  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

/** Returns the text of a folder's head; undefined where there is none. */
export async function readHeadText(dir: string): Promise<string | undefined> {
  try {
    return await readFile(join(dir, HEAD_FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Opens the folder of an audit, which is made where it is not there. */
export async function openAuditDisk(dir: string): Promise<AuditDisk> {
  await mkdir(dir, { recursive: true, mode: DIR_MODE });
  return new FolderDisk(dir);
}

class FolderDisk implements AuditDisk {
  readonly #dir: string;
  #open: { readonly file: number; readonly handle: FileHandle } | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  listFiles(): Promise<readonly number[]> {
    return listAuditFiles(this.#dir);
  }

  readEnd(file: number, bytesMax: number): Promise<FileEnd> {
    return this.#with(file, 'r', async (handle) => {
      const { size } = await handle.stat();
      const bytes = new Uint8Array(Math.min(size, bytesMax));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, size - bytes.length);
      return { bytes: bytes.subarray(0, bytesRead), sizeBytes: size };
    });
  }

  cut(file: number, sizeBytes: number): Promise<void> {
    return this.#with(file, 'r+', async (handle) => {
      await handle.truncate(sizeBytes);
      await handle.datasync();
    });
  }

  async append(file: number, bytes: Uint8Array): Promise<void> {
    const handle = await this.#openToAppend(file);
    await handle.appendFile(bytes);
    await handle.datasync();
  }

  readHead(): Promise<string | undefined> {
    return readHeadText(this.#dir);
  }

  async writeHead(text: string): Promise<void> {
    const path = join(this.#dir, HEAD_FILE);
    const handle = await open(`${path}.part`, 'w', FILE_MODE);
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.part`, path);
  }

  async close(): Promise<void> {
    await this.#open?.handle.close();
    this.#open = undefined;
  }

  async #openToAppend(file: number): Promise<FileHandle> {
    if (this.#open?.file === file) return this.#open.handle;
    await this.close();
    const handle = await open(join(this.#dir, fileName(file)), 'a', FILE_MODE);
    this.#open = { file, handle };
    // The name of a file is durable only with its folder.
    const dir = await open(this.#dir);
    try {
      await dir.sync();
    } finally {
      await dir.close();
    }
    return handle;
  }

  async #with<T>(file: number, flags: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
    const handle = await open(join(this.#dir, fileName(file)), flags);
    try {
      return await use(handle);
    } finally {
      await handle.close();
    }
  }
}
