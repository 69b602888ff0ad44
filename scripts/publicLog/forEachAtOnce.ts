/** Work on what comes, several at a time. */

/**
 * Calls `task` for each item, for at most so many at a time; resolves when all are done.
 *
 * After one that fails nothing more is begun, and it rejects with that error once nothing is under way.
 */
export async function forEachAtOnce<T>(
  items: AsyncGenerator<T>,
  countMax: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  let failure: { readonly cause: unknown } | undefined;
  const lane = async (): Promise<void> => {
    while (failure === undefined) {
      const next = await items.next();
      if (next.done === true) return;
      await task(next.value);
    }
  };
  const guarded = (): Promise<void> =>
    lane().catch((cause: unknown) => {
      failure ??= { cause };
    });
  await Promise.all(Array.from({ length: countMax }, guarded));
  if (failure !== undefined) throw failure.cause;
}
