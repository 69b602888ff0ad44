/** Tells who wants to send where the node is, and makes them wait while it is nowhere. */

/** A node that was seen: each start counts, since a port may come back. */
export interface Sighting {
  readonly number: number;
  /** URL of its interface. */
  readonly api: string;
}

/** Shows one node at a time. */
export class Beacon {
  #sighting: Sighting | undefined;
  #count = 0;
  #closed = false;
  #changed = Promise.withResolvers<undefined>();

  /** Shows a node that is ready. */
  show(api: string): void {
    this.#count += 1;
    this.#sighting = { number: this.#count, api };
    this.#tell();
  }

  /** Says that the node has ended. */
  hide(): void {
    this.#sighting = undefined;
  }

  /** Sends all who wait home. */
  close(): void {
    this.#closed = true;
    this.#tell();
  }

  /** Resolves to the node after `last`, once it is there; to undefined if none will come. */
  async next(last = 0): Promise<Sighting | undefined> {
    while (!this.#closed) {
      if (this.#sighting !== undefined && this.#sighting.number > last) return this.#sighting;
      await this.#changed.promise;
    }
    return undefined;
  }

  #tell(): void {
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers();
  }
}
