/**
 * A store that is read from end to end, and closed and opened again on the way.
 *
 * LevelDB maps the files that it reads, and unmaps them when it is closed: of a store of any size, all that was read
 * counts as memory of the process until then.
 */
import type { ChainStore } from '../../node/store/chainStore.ts';

/** What is read of a store. */
export type LogStore = Pick<ChainStore, 'edge' | 'readCheckpoint' | 'readEntries' | 'readTile'>;

/** A store that can be closed. */
export interface OpenStore extends LogStore {
  close(): Promise<void>;
}

/** Entries that are read in one turn: about 60 MB of files. */
const TURN_ENTRY_COUNT = 250_000;

/** Opens a store as often as is needed. */
export class StoreTurns {
  readonly #open: () => Promise<OpenStore>;
  readonly #turnEntryCount: number;
  #store: Promise<OpenStore>;
  #left: number;

  private constructor(open: () => Promise<OpenStore>, first: OpenStore, turnEntryCount: number) {
    this.#open = open;
    this.#turnEntryCount = turnEntryCount;
    this.#store = Promise.resolve(first);
    this.#left = turnEntryCount;
  }

  /** Opens the store. Rejects as `open` does, and so does `take`. */
  static async open(
    open: () => Promise<OpenStore>,
    turnEntryCount = TURN_ENTRY_COUNT,
  ): Promise<StoreTurns> {
    return new StoreTurns(open, await open(), turnEntryCount);
  }

  /** Resolves to the store for so many entries more, which are read before anything else is waited for. */
  take(entryCount: number): Promise<OpenStore> {
    if (this.#left < entryCount) {
      this.#left = this.#turnEntryCount;
      this.#store = this.#store.then(async (store) => {
        await store.close();
        return this.#open();
      });
    }
    this.#left -= entryCount;
    return this.#store;
  }

  /** Closes the store. */
  async close(): Promise<void> {
    const store = await this.#store.catch(() => undefined); // It is closed where it could not be opened again.
    await store?.close();
  }
}
