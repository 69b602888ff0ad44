/** News of something that happens again and again, for those who wait for the next: a block, a final checkpoint. */

/** Tells all who wait. */
export class News {
  readonly #waiters = new Set<() => void>();

  /** Tells that it has happened. */
  announce(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** Resolves at the next news, or when the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => {
      resolve(undefined);
    };
    this.#waiters.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    await promise;
    this.#waiters.delete(wake);
    signal.removeEventListener('abort', wake);
  }
}
