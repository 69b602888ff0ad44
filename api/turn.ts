/**
 * Turns of the event loop.
 *
 * Answers found in one turn are sent together at its end. Sending wakes whoever reads the other end, which on
 * the same machine (a proxy, as a rule) costs more than the rest of the sending: of many answers in a row only
 * the first pays for it. Finding many in a row, without a call of the system between two, is cheaper too.
 */

/** Returns a function whose promise resolves when everything that had already arrived has been looked at. */
export function createTurn(): () => Promise<void> {
  let end: Promise<void> | undefined;
  return () =>
    (end ??= new Promise((resolve) => {
      setImmediate(() => {
        end = undefined;
        resolve();
      });
    }));
}
