/** Whose turn it is to propose, as a node can tell. */
import { type Place, proposerIndex } from '../chain/consensus/proposer.ts';
import type { Ledger } from './ledger.ts';

/** The place in the protocol, and the index of its proposer. */
export interface Turn {
  place(): Place;
  proposer(): number;
}

/** Returns the first turn of the next height: who follows without votes sees no later view. */
export function firstTurn(ledger: Pick<Ledger, 'edge'>): Turn {
  const place = (): Place => ({ height: ledger.edge().header.height + 1, view: 0 });
  return {
    place,
    proposer: () => proposerIndex(ledger.edge().state, place().height, 0),
  };
}
