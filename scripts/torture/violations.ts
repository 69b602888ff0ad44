/** What a run found that must not be. */

const COUNT_MAX = 100;

/** Violations in the order in which they were found. */
export class Violations {
  readonly #found: string[] = [];

  /** Adds a violation; beyond a hundred they are not kept. */
  add(what: string): void {
    if (this.#found.length < COUNT_MAX) this.#found.push(what);
  }

  /** Adds a violation unless the fact holds. */
  expect(fact: boolean, what: string): void {
    if (!fact) this.add(what);
  }

  /** Whether there is one. */
  get any(): boolean {
    return this.#found.length > 0;
  }

  /** Returns all of them. */
  toArray(): readonly string[] {
    return [...this.#found];
  }
}
