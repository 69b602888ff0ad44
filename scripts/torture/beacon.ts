/** Tells who wants to send where a node is, and makes them wait while it is nowhere. */

/** Shows one node at a time. */
export class Beacon {
  #api: string | undefined;
  #closed = false;
  #changed = Promise.withResolvers<undefined>();

  /** Shows a node that is ready, by the URL of its interface. */
  show(api: string): void {
    this.#api = api;
    this.#tell();
  }

  /** Says that the node has ended. */
  hide(): void {
    this.#api = undefined;
  }

  /** Sends all who wait home. */
  close(): void {
    this.#closed = true;
    this.#tell();
  }

  /** Resolves to the URL of the node, once it is there; to undefined if none will come. */
  async next(): Promise<string | undefined> {
    while (!this.#closed) {
      if (this.#api !== undefined) return this.#api;
      await this.#changed.promise;
    }
    return undefined;
  }

  #tell(): void {
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers();
  }
}
