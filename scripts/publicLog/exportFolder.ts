/**
 * The folder of an export: files that any web server can serve as they lie.
 *
 * Every file is written under another name, synced and renamed, so that a reader sees it whole or not at all. The
 * checkpoint comes last, when all that it needs is durable: whatever ends the process, what the checkpoint there
 * names is there too. What a run leaves that did not come to its end, the next one uses or takes away.
 */
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { equalBytes } from '../../chain/bytes.ts';
import { LogError } from './errors.ts';

/** What was written. */
export interface Written {
  readonly fileCount: number;
  readonly bytes: number;
}

/** The file that readers begin with. */
export const CHECKPOINT_FILE = 'checkpoint';
/** Begins the names of folders of files that are being written. */
const DRAFTS_PREFIX = '.export-';

/** A folder that one process writes at a time. */
export class ExportFolder {
  readonly path: string;
  readonly #drafts: string;
  /** Folders with entries that may not be durable. */
  readonly #unsynced = new Set<string>();
  #draftCount = 0;
  #fileCount = 0;
  #bytes = 0;

  private constructor(path: string, drafts: string) {
    this.path = path;
    this.#drafts = drafts;
  }

  /** Opens a folder, which is made if it is not there. Drafts of others are taken away: they fail. */
  static async open(folder: string): Promise<ExportFolder> {
    const path = resolve(folder);
    await mkdir(path, { recursive: true });
    const names = await readdir(path);
    for (const name of names.filter((each) => each.startsWith(DRAFTS_PREFIX))) {
      await rm(join(path, name), { recursive: true });
    }
    return new ExportFolder(path, await mkdtemp(join(path, DRAFTS_PREFIX)));
  }

  /** What has been written so far. */
  get written(): Written {
    return { fileCount: this.#fileCount, bytes: this.#bytes };
  }

  /** Resolves to a file's bytes, or undefined where there is none. */
  async read(file: string): Promise<Uint8Array | undefined> {
    try {
      return new Uint8Array(await readFile(join(this.path, file)));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Writes a file, unless it has these bytes already. */
  async write(file: string, bytes: Uint8Array): Promise<void> {
    const held = await this.read(file);
    if (held !== undefined && equalBytes(held, bytes)) return;
    const draft = join(this.#drafts, String(this.#draftCount++));
    const handle = await open(draft, 'wx', 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await this.#makeParent(file);
    await rename(draft, join(this.path, file));
    this.#fileCount += 1;
    this.#bytes += bytes.length;
  }

  /** Writes the file that readers begin with, once all others are durable; `held` is what it must have been so far. */
  async publish(checkpoint: Uint8Array, held: Uint8Array | undefined): Promise<void> {
    await this.#sync();
    const current = await this.read(CHECKPOINT_FILE);
    const isHeld =
      current === undefined || held === undefined ? current === held : equalBytes(current, held);
    if (!isHeld) {
      throw new LogError(
        'ERR_EXPORT',
        `${this.path} has been written by another process meanwhile`,
      );
    }
    await this.write(CHECKPOINT_FILE, checkpoint);
    await this.#sync();
  }

  /** Takes a folder away with all that is in it. */
  async remove(folder: string): Promise<void> {
    await rm(join(this.path, folder), { recursive: true, force: true });
  }

  /** Takes the drafts away. */
  async close(): Promise<void> {
    await rm(this.#drafts, { recursive: true, force: true });
  }

  async #makeParent(file: string): Promise<void> {
    const parent = dirname(join(this.path, file));
    if (this.#unsynced.has(parent)) return;
    await mkdir(parent, { recursive: true });
    // The folders above may be new too.
    for (let folder = parent; folder.length >= this.path.length; folder = dirname(folder)) {
      this.#unsynced.add(folder);
    }
  }

  async #sync(): Promise<void> {
    for (const folder of this.#unsynced) {
      const handle = await open(folder, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
    this.#unsynced.clear();
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
