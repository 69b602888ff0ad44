/** Work on what comes, several at a time. */

/**
 * Yields what `task` resolves to, in the order of the items, with at most so many under way at a time.
 *
 * Where one rejects, or the caller goes away, nothing more is begun, and it ends once nothing is under way.
 */
export async function* inOrder<T, R>(
  items: AsyncGenerator<T>,
  countMax: number,
  task: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const begun = task(item);
      begun.catch(() => undefined); // Whoever waits for it sees the rejection.
      underWay.push(begun);
      const [first] = underWay;
      if (underWay.length < countMax || first === undefined) continue;
      yield await first;
      void underWay.shift();
    }
    for (let first = underWay[0]; first !== undefined; first = underWay[0]) {
      yield await first;
      void underWay.shift();
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
