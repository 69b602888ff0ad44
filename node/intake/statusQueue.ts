/**
 * Status items on their way into batches of this institution: one for each subject, either waiting to be cut
 * or in a batch that is not committed. They are stored by whoever pushes them; nothing here outlives the process.
 */
import { type Batch, itemSchema, type StatusItem } from '../../chain/batch.ts';
import { formatHex } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import { statusItemsOf } from '../../chain/statusChange.ts';

/** Status items that wait. */
export class StatusQueue {
  readonly #waiting = new Map<string, { readonly item: StatusItem; readonly sinceMs: number }>();
  readonly #batched = new Set<string>();

  /** Takes an item; returns false if one of its subject waits already, or is in a batch. */
  push(item: StatusItem, nowMs: number): boolean {
    const key = formatHex(item.subject);
    if (this.#waiting.has(key) || this.#batched.has(key)) return false;
    this.#waiting.set(key, { item, sinceMs: nowMs });
    return true;
  }

  /** Since when the oldest waits, or undefined. */
  oldestMs(): number | undefined {
    const [oldest] = this.#waiting.values();
    return oldest?.sinceMs;
  }

  /** Takes the oldest out for a batch. */
  take(countMax: number): readonly StatusItem[] {
    const taken = [...this.#waiting].slice(0, countMax);
    for (const [key] of taken) {
      this.#waiting.delete(key);
      this.#batched.add(key);
    }
    return taken.map(([, { item }]) => item);
  }

  /** Remembers the items of a batch that was found at start. */
  restore({ items }: Batch): void {
    for (const { subject } of statusItemsOf(items)) this.#batched.add(formatHex(subject));
  }

  /** Forgets the items of a batch that is committed or dropped. */
  release({ items }: Batch): void {
    for (const { subject } of statusItemsOf(items)) this.#batched.delete(formatHex(subject));
  }
}

/** Returns how many bytes items take in a batch. */
export function sizeOf(items: readonly StatusItem[]): number {
  return items.reduce((sum, item) => sum + encode(itemSchema, item).length, 0);
}
