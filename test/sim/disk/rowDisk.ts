/** The rows of one store on a simulated disk: what was not synced is lost with the power, the latest first. */
import { compareBytes, formatHex, parseHex } from '../../../chain/bytes.ts';
import { type KeyRange, rangeOfPrefix } from '../../../node/store/keyRange.ts';
import type { Durability, Row, RowChange, Rows } from '../../../node/store/rows.ts';
import type { Chance } from '../../chain/consensus/support/chance.ts';
import type { Life } from '../world.ts';
import type { Performer } from './performer.ts';

interface Before {
  readonly name: string;
  readonly value: Uint8Array | undefined;
}

/** Rows that outlive the processes that use them. */
export class RowDisk {
  /** By the hex of their key, which sorts as the bytes do. */
  readonly values = new Map<string, Uint8Array>();
  /** What the writes since the last sync have replaced, the oldest first. */
  #undo: (readonly Before[])[] = [];

  apply(changes: readonly RowChange[], isDurable: boolean): void {
    const before: Before[] = [];
    for (const { key, value } of changes) {
      const name = formatHex(key);
      before.push({ name, value: this.values.get(name) });
      this.#set(name, value);
    }
    // A sync makes durable what was written before it, too.
    if (isDurable) this.#undo = [];
    else this.#undo.push(before);
  }

  /** Whether there is a row that a loss of power leaves there. */
  hasSynced(key: Uint8Array): boolean {
    const name = formatHex(key);
    const isOpen = this.#undo.some((before) => before.some((each) => each.name === name));
    return this.values.has(name) && !isOpen;
  }

  /** Forgets the latest of what was not synced. */
  losePower(chance: Chance): void {
    const kept = chance.below(this.#undo.length + 1);
    for (const before of this.#undo.splice(kept).reverse()) {
      for (const { name, value } of [...before].reverse()) this.#set(name, value);
    }
    this.#undo = [];
  }

  /** A store that is opened again makes durable what it finds. */
  settle(): void {
    this.#undo = [];
  }

  copy(): RowDisk {
    const copy = new RowDisk();
    for (const [name, value] of this.values) copy.values.set(name, value);
    return copy;
  }

  #set(name: string, value: Uint8Array | undefined): void {
    if (value === undefined) this.values.delete(name);
    else this.values.set(name, value);
  }
}

/** Returns the rows of a disk as one process uses them. */
export function openRows(disk: RowDisk, drive: Performer, life: Life): Rows {
  const { values } = disk;
  disk.settle();
  async function* scanRange(range: KeyRange): AsyncIterable<Row> {
    const start = formatHex(range.start);
    const end = range.end && formatHex(range.end);
    const found = [...values].filter(
      ([name]) => name >= start && (end === undefined || name < end),
    );
    const rows = found.map(([name, value]) => ({ key: parseHex(name), value: value.slice() }));
    yield* rows.sort((a, b) => compareBytes(a.key, b.key));
  }
  return {
    get: (key) => values.get(formatHex(key))?.slice(),
    getUncached: (key) => values.get(formatHex(key))?.slice(),
    scan: (prefix) => scanRange(rangeOfPrefix(prefix)),
    scanRange,
    write(changes: readonly RowChange[], { durable }: Durability) {
      const copied = changes.map(({ key, value }) => ({ key, value: value?.slice() }));
      return drive.perform(life, () => disk.apply(copied, durable), durable);
    },
    sizeBytes: async () => 0,
    memoryBytes: () => 0,
    compact: async () => undefined,
    close: async () => undefined,
  };
}
