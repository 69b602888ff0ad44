/** A mistake of ours: nobody catches it, and the node stops. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * Checks a fact that must hold unless our own code is wrong.
 *
 * @param fact - the condition.
 * @param claim - what must hold, as a sentence without a full stop.
 */
export function invariant(fact: boolean, claim: string): asserts fact {
  if (!fact) throw new InvariantError(claim);
}
