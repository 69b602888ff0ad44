/** Names of validators by their keys, as the chain's state has them. */
import { formatHex } from '../../chain/bytes.ts';
import { offenderSubject } from '../../chain/offender.ts';
import type { Since, State } from '../../chain/state.ts';
import type { Validator, ValidatorSet } from '../../chain/validatorSet.ts';
import type { LedgerPort } from '../ports.ts';

/** Looks up names. */
export interface Names {
  /** The validator's name, or its key in hex where the state knows none. */
  nameOf(consensusKey: Uint8Array): string;
  /** The name of the validator that a status change is about, or undefined where the state knows none. */
  nameOfSubject(subject: Uint8Array): string | undefined;
  /** The validator set that decided a height; undefined where the state no longer has it. */
  setAt(height: number): ValidatorSet | undefined;
}

/** Returns the names of a ledger; they are collected once for each validator set history. */
export function createNames(ledger: LedgerPort): Names {
  let history: readonly Since<ValidatorSet>[] | undefined;
  let names: ReadonlyMap<string, string> = new Map();
  const find = (id: Uint8Array): string | undefined => {
    const { validatorSets } = ledger.state();
    if (validatorSets !== history) {
      history = validatorSets;
      names = collectNames(validatorSets);
    }
    return names.get(formatHex(id));
  };
  return {
    nameOf: (consensusKey) => find(consensusKey) ?? formatHex(consensusKey),
    nameOfSubject: find,
    setAt: (height) =>
      ledger.state().validatorSets.findLast((since) => since.height <= height)?.value,
  };
}

/** Names by the key and by its subject: a hash of one is never the other. */
function collectNames(sets: State['validatorSets']): ReadonlyMap<string, string> {
  const named = ({ consensusKey, name }: Validator): readonly (readonly [string, string])[] => [
    [formatHex(consensusKey), name],
    [formatHex(offenderSubject(consensusKey)), name],
  ];
  // Ascending by height, so that the latest name of a key stands last and wins.
  return new Map(sets.flatMap(({ value }) => value.flatMap(named)));
}
