/** A write-ahead log's file on a simulated disk: what was not synced is torn with the power. */
import { concatBytes } from '../../../chain/bytes.ts';
import type { LogFile } from '../../../node/consensus/logFile.ts';
import type { Chance } from '../../chain/consensus/support/chance.ts';
import type { Life } from '../world.ts';
import type { Performer } from './performer.ts';

const EMPTY: Uint8Array = new Uint8Array();

/** A file that outlives the processes that use it. */
export class LogDisk {
  isThere = false;
  #synced = EMPTY;
  #bytes = EMPTY;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  write(bytes: Uint8Array): void {
    this.isThere = true;
    this.#bytes = concatBytes(this.#bytes, bytes);
  }

  cut(size: number): void {
    this.#bytes = this.#bytes.slice(0, size);
  }

  sync(): void {
    this.#synced = this.#bytes;
  }

  /** Whether bytes are in it that a loss of power leaves there. */
  hasSynced(bytes: Uint8Array): boolean {
    const { buffer, byteOffset, length } = this.#synced;
    return Buffer.from(buffer, byteOffset, length).includes(Buffer.from(bytes));
  }

  /** Keeps what was synced, and of what was written behind it as much as chance wants, torn or spoilt. */
  losePower(chance: Chance): void {
    const syncedSize = this.#synced.length;
    const isLonger = this.#bytes.length > syncedSize;
    const tail = isLonger ? this.#bytes.slice(syncedSize) : EMPTY;
    const kept = tail.slice(0, chance.below(tail.length + 1));
    if (kept.length > 0 && chance.happens(0.3)) kept.fill(0, chance.below(kept.length));
    const isCut = !isLonger && this.#bytes.length < syncedSize && chance.happens(0.5);
    this.#bytes = isCut ? this.#bytes : concatBytes(this.#synced, kept);
    this.#synced = this.#bytes;
  }

  /** Flips one bit; returns whether there was one. */
  rot(chance: Chance): boolean {
    if (this.#bytes.length === 0) return false;
    const rotten = this.#bytes.slice();
    const at = chance.below(rotten.length);
    rotten[at] = rotten[at]! ^ (1 << chance.below(8));
    this.#bytes = rotten;
    this.#synced = rotten;
    return true;
  }

  copy(): LogDisk {
    const copy = new LogDisk();
    copy.isThere = this.isThere;
    copy.#bytes = this.#bytes;
    copy.#synced = this.#synced;
    return copy;
  }
}

/** Opens the file for one process. */
export function openLogDisk(disk: LogDisk, drive: Performer, life: Life): LogFile {
  return {
    name: 'the log',
    isNew: !disk.isThere,
    read: async () => disk.bytes,
    append: (bytes) => drive.perform(life, () => disk.write(bytes), false),
    truncate: (size) => drive.perform(life, () => disk.cut(size), false),
    sync: () => drive.perform(life, () => disk.sync(), true),
    close: async () => undefined,
  };
}
