/**
 * Two queues of names: first in, first out, and by due time. Both hold nothing but the names (and times),
 * since hundreds of thousands may wait in them while an authority is away.
 */

/** Names that are let go in the order of their coming. Amortised constant time. */
export class FifoQueue {
  #names: string[] = [];
  /** Names before this index have gone. */
  #head = 0;

  /** Number of names. */
  get count(): number {
    return this.#names.length - this.#head;
  }

  /** Puts a name behind all others. */
  push(name: string): void {
    this.#names.push(name);
  }

  /** Removes and returns the name that came first. */
  shift(): string | undefined {
    const name = this.#names[this.#head];
    if (name === undefined) return undefined;
    this.#head += 1;
    // Half of the array is gone: moving the rest once costs each name one move on average.
    if (2 * this.#head > this.#names.length) {
      this.#names = this.#names.slice(this.#head);
      this.#head = 0;
    }
    return name;
  }
}

/** Names that are let go in the order of their times: a binary heap in two parallel arrays. */
export class DelayQueue {
  /** Heap order: no time is before its parent's, at (i - 1) >> 1. */
  readonly #dueMs: number[] = [];
  readonly #names: string[] = [];

  /** Number of names. */
  get count(): number {
    return this.#names.length;
  }

  /** The earliest time, or undefined if there is no name. */
  get nextMs(): number | undefined {
    return this.#dueMs[0];
  }

  /** Puts a name with its time. */
  push(name: string, dueMs: number): void {
    let i = this.#names.length;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#timeAt(parent) <= dueMs) break;
      this.#move(parent, i);
      i = parent;
    }
    this.#put(i, name, dueMs);
  }

  /** Removes and returns the name with the earliest time. */
  shift(): string | undefined {
    const first = this.#names[0];
    const name = this.#names.pop();
    const dueMs = this.#dueMs.pop();
    if (name === undefined || dueMs === undefined) return undefined;
    if (this.count > 0) this.#sink(name, dueMs);
    return first;
  }

  /** Finds the place from the root down for what stood last. */
  #sink(name: string, dueMs: number): void {
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      const child = this.#timeAt(left + 1) < this.#timeAt(left) ? left + 1 : left;
      if (this.#timeAt(child) >= dueMs) break;
      this.#move(child, i);
      i = child;
    }
    this.#put(i, name, dueMs);
  }

  #timeAt(i: number): number {
    return this.#dueMs[i] ?? Infinity;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#names[from] ?? '', this.#timeAt(from));
  }

  #put(i: number, name: string, dueMs: number): void {
    this.#names[i] = name;
    this.#dueMs[i] = dueMs;
  }
}
