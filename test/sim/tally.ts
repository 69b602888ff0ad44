/** Counts of what happened in a run, by name. */

/** Everything that a report counts; a run in which a listed fault never happened has proved nothing of it. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, this.of(name) + count);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Names with their counts, in order of name. */
  entries(): readonly (readonly [string, number])[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  addAll(other: Tally): void {
    for (const [name, count] of other.entries()) this.add(name, count);
  }
}
