/** Witnesses as clients see them. */
import type { Witnesses, Witnessing } from '../schemas/witness.ts';
import type { WitnessingView, WitnessView } from '../witnessPorts.ts';

/** Returns the outside witnesses of a node's log. */
export function formatWitnesses(views: readonly WitnessView[]): Witnesses {
  return views.map(({ name, cosignedSize, problem, isConflicting }) => ({
    name,
    cosigned_size: cosignedSize,
    problem: problem ?? null,
    conflicting: isConflicting,
  }));
}

/** Returns a node as a witness of others. */
export function formatWitnessing(view: WitnessingView | undefined): Witnessing {
  if (view === undefined) return null;
  return {
    verifier_key: view.verifierKey,
    logs: view.logs.map(({ origin, treeSize, isForked }) => ({
      origin,
      size: treeSize ?? null,
      forked: isForked,
    })),
  };
}
