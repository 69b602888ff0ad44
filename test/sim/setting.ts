/** What everything in a run shares. */
import type { Verifier } from '../../chain/consensus/statement.ts';
import type { Signer } from '../../chain/signature.ts';
import type { GenesisFacts } from '../../chain/state.ts';
import type { Checks } from './checks/checks.ts';
import type { Network } from './network/network.ts';
import type { Tally } from './tally.ts';
import type { World } from './world.ts';

/** The world of machines. */
export interface Setting {
  readonly world: World;
  readonly network: Network;
  readonly tally: Tally;
  readonly checks: Checks;
  readonly facts: GenesisFacts;
  /** Returns the signer of a validator. */
  signerOf(index: number): Signer;
  readonly verify: Verifier;
  /** Whether the validator of an index keeps the rules. */
  isHonest(index: number): boolean;
}
