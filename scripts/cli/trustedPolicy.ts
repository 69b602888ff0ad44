/** Whose signatures a command asks for: the policy of a file, or that of a genesis. */
import { formatUtf8 } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { type NetworkLog, type Policy, policyOf } from '../../chain/log/policy.ts';
import { parsePolicy } from '../../chain/log/policyText.ts';
import { chainIdOf, type Genesis } from '../../genesis/document.ts';
import { networkLogOf } from '../../node/identity.ts';
import { readGenesis, readText } from './files.ts';
import { CommandError, EXIT_USAGE } from './output.ts';

/** Files that a caller may name. */
export interface TrustOptions {
  readonly policy?: string;
  readonly genesis?: string;
}

/** Returns the log of a genesis. */
export function networkOf(genesis: Genesis): NetworkLog {
  return networkLogOf({ genesis, chainId: chainIdOf(genesis) });
}

/** Returns the policy of a genesis. */
export function policyOfGenesis(genesis: Genesis): Policy {
  return policyOf(networkOf(genesis), genesis.validators);
}

/** Resolves to the policy that a caller names; undefined where none. */
export async function readTrusted({ policy, genesis }: TrustOptions): Promise<Policy | undefined> {
  if (policy !== undefined && genesis !== undefined) {
    throw new CommandError('give --policy or --genesis, not both', EXIT_USAGE);
  }
  if (genesis !== undefined) return policyOfGenesis((await readGenesis(genesis)).genesis);
  if (policy === undefined) return undefined;
  const text = await readText(policy);
  try {
    return parsePolicy(formatUtf8(text));
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new CommandError(`${policy}: ${cause.message}`, 1, { cause });
  }
}
