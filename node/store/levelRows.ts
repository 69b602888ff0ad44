/**
 * Rows in LevelDB: the one file that knows the package `level`.
 *
 * LevelDB hands out `Buffer`s, which are converted here. It maps table files into memory, so the number of
 * open files bounds what a large store adds to the resident set.
 */
import { Level } from 'level';

import { DamageError } from './damage.ts';
import { type KeyRange, rangeOfPrefix } from './keyRange.ts';
import type { Durability, Row, RowChange, Rows } from './rows.ts';

/** Memory and layout of a LevelDB. Absent fields take the default of their store. */
export interface LevelOptions {
  /** Uncompressed blocks kept for reads. */
  readonly cacheSizeBytes: number;
  /** Changes held in memory until they become a table file; up to two such buffers at a time. */
  readonly writeBufferSizeBytes: number;
  /** Uncompressed bytes of a block: larger ones compress better and cost more to read from. */
  readonly blockSizeBytes: number;
  /** Bytes of a table file: few large ones are found faster than many small ones. */
  readonly fileSizeBytes: number;
  /** Files open at a time, mapped into memory while they are open. */
  readonly openFileCountMax: number;
}

type Snapshot = ReturnType<Level['snapshot']>;

/** What LevelDB has and other databases of the family need not have. */
interface LevelDb {
  getSync(
    key: Uint8Array,
    options: { readonly fillCache: boolean; readonly snapshot?: Snapshot },
  ): Uint8Array | undefined;
  approximateSize(start: Uint8Array, end: Uint8Array): Promise<number>;
  compactRange(start: Uint8Array, end: Uint8Array): Promise<void>;
  getProperty(property: string): string;
}

type Database = Level<Uint8Array, Uint8Array> & LevelDb;

/** Keys begin with an ASCII letter: these enclose all of them. */
const FIRST_KEY = Uint8Array.of(0);
const LAST_KEY = Uint8Array.of(0xff);

/** Opens the rows in a folder, which is made if it is not there. Rejects while another process has it. */
export async function openLevelRows(path: string, options: LevelOptions): Promise<Rows> {
  const database = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize: options.cacheSizeBytes,
    writeBufferSize: options.writeBufferSizeBytes,
    blockSize: options.blockSizeBytes,
    maxFileSize: options.fileSizeBytes,
    maxOpenFiles: options.openFileCountMax,
  });
  try {
    await database.open();
  } catch (cause) {
    throw new Error(`cannot open the store in ${path}`, { cause });
  }
  return new LevelRows(database as Database);
}

class LevelRows implements Rows {
  readonly #database: Database;
  /** The rows as they were before the write under way. */
  #before: Snapshot | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#get(key, true);
  }

  getUncached(key: Uint8Array): Uint8Array | undefined {
    return this.#get(key, false);
  }

  #get(key: Uint8Array, fillCache: boolean): Uint8Array | undefined {
    try {
      const value =
        this.#before === undefined
          ? this.#database.getSync(key, { fillCache })
          : this.#database.getSync(key, { fillCache, snapshot: this.#before });
      return value === undefined ? undefined : plain(value);
    } catch (error) {
      throw readError(error);
    }
  }

  scan(prefix: Uint8Array): AsyncIterable<Row> {
    return this.scanRange(rangeOfPrefix(prefix));
  }

  async *scanRange({ start, end }: KeyRange): AsyncIterable<Row> {
    const range = end === undefined ? { gte: start } : { gte: start, lt: end };
    try {
      for await (const [key, value] of this.#database.iterator(range)) {
        yield { key: plain(key), value: plain(value) };
      }
    } catch (error) {
      throw readError(error);
    }
  }

  async write(changes: readonly RowChange[], { durable }: Durability): Promise<void> {
    const operations = changes.map(({ key, value }) =>
      value === undefined ? { type: 'del' as const, key } : { type: 'put' as const, key, value },
    );
    const before = this.#database.snapshot();
    this.#before = before;
    try {
      await this.#database.batch(operations, { sync: durable });
    } finally {
      this.#before = undefined;
      await before.close();
    }
  }

  sizeBytes(): Promise<number> {
    return this.#database.approximateSize(FIRST_KEY, LAST_KEY);
  }

  memoryBytes(): number {
    return Number(this.#database.getProperty('leveldb.approximate-memory-usage'));
  }

  compact(): Promise<void> {
    return this.#database.compactRange(FIRST_KEY, LAST_KEY);
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** LevelDB's own checksums say that a file is damaged; anything else is passed on as it is. */
function readError(error: unknown): unknown {
  const isDamage = error instanceof Error && 'code' in error && error.code === 'LEVEL_CORRUPTION';
  return isDamage ? new DamageError('LevelDB found a damaged file', { cause: error }) : error;
}

function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
