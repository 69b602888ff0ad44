/** The rules by which the next block is judged: they stand in the chain's state, and change with it. */
import { createRegistry, type Registry } from '../chain/certificate/registry.ts';
import type { Params } from '../chain/params.ts';
import { validatorsAt, valueAt } from '../chain/state.ts';
import type { ValidatorSet } from '../chain/validatorSet.ts';
import type { Ledger } from './ledger.ts';

/** Reads the rules of the next block. */
export class Rules {
  readonly #ledger: Pick<Ledger, 'edge'>;
  #registry: Registry | undefined;

  constructor(ledger: Pick<Ledger, 'edge'>) {
    this.#ledger = ledger;
  }

  params(): Params {
    const { state } = this.#ledger.edge();
    return valueAt(state.params, state.height + 1);
  }

  validators(): ValidatorSet {
    const { state } = this.#ledger.edge();
    return validatorsAt(state, state.height + 1);
  }

  /** The manufacturers' authorities with their pinned keys; made anew only when they have changed. */
  registry(): Registry {
    const { state } = this.#ledger.edge();
    const authorities = valueAt(state.registries, state.height + 1);
    if (this.#registry?.authorities !== authorities) this.#registry = createRegistry(authorities);
    return this.#registry;
  }
}
