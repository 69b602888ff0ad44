/** Names of validators by their keys, as the chain's state has them. */
import { formatHex } from '../../chain/bytes.ts';
import type { Since, State } from '../../chain/state.ts';
import type { Validator, ValidatorSet } from '../../chain/validatorSet.ts';
import type { LedgerPort } from '../ports.ts';

/** Looks up names. */
export interface Names {
  /** The validator's name, or its key in hex where the state knows none. */
  nameOf(consensusKey: Uint8Array): string;
  /** The validator set that decided a height; undefined where the state no longer has it. */
  setAt(height: number): ValidatorSet | undefined;
}

/** Returns the names of a ledger; they are collected once for each validator set history. */
export function createNames(ledger: LedgerPort): Names {
  let history: readonly Since<ValidatorSet>[] | undefined;
  let names: ReadonlyMap<string, string> = new Map();
  return {
    nameOf: (consensusKey) => {
      const { validatorSets } = ledger.state();
      if (validatorSets !== history) {
        history = validatorSets;
        names = collectNames(validatorSets);
      }
      const key = formatHex(consensusKey);
      return names.get(key) ?? key;
    },
    setAt: (height) =>
      ledger.state().validatorSets.findLast((since) => since.height <= height)?.value,
  };
}

function collectNames(sets: State['validatorSets']): ReadonlyMap<string, string> {
  const named = ({ consensusKey, name }: Validator): readonly [string, string] => [
    formatHex(consensusKey),
    name,
  ];
  // Ascending by height, so that the latest name of a key stands last and wins.
  return new Map(sets.flatMap(({ value }) => value.map(named)));
}
