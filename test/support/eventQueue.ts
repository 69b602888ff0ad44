/** What is due, the earliest first; of one time in order. A binary heap: simulations hold tens of thousands. */

/** Something that is due. */
export interface Due {
  readonly dueMs: number;
  /** No two have the same. */
  readonly order: number;
}

/** What will be due. */
export class EventQueue<T extends Due> {
  readonly #heap: T[] = [];

  /** The earliest. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  /** Adds one. */
  add(event: T): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  /** Takes the earliest. */
  take(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
