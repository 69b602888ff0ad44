/** What somebody believes without asking a node: a policy, or the genesis that it follows from. */
import { formatUtf8 } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { POLICY_BYTES_MAX } from '../../chain/log/limits.ts';
import { formatPolicy, type NetworkLog, policyOf } from '../../chain/log/policy.ts';
import { chainIdOf, type Genesis, type SignedGenesis } from '../../genesis/document.ts';
import { checkGenesisSignatures } from '../../genesis/signatures.ts';
import { readAtMost } from './boundedFile.ts';
import { readGenesis } from './files.ts';
import { CommandError, EXIT_USAGE } from './output.ts';

/** The options that say whom somebody believes. */
export interface TrustOptions {
  readonly policy?: string;
  readonly genesis?: string;
}

/** Whom somebody believes. */
export interface Trust {
  /** The bytes of a policy; those of a file are not judged yet. */
  readonly policy: Uint8Array;
  /** What the policy was made from; undefined where it was given as it is. */
  readonly genesis: SignedGenesis | undefined;
}

/** Returns the network that a genesis begins, as its log has it. */
export function networkLogOf(genesis: Genesis): NetworkLog {
  return { network: genesis.network, chainId: chainIdOf(genesis), logKey: genesis.logKey };
}

/**
 * Returns the policy of the validators with which a chain begins. A checkpoint of a later set needs the policy of
 * its own size: a genesis knows nothing of what came later.
 */
export function policyOfGenesis(genesis: Genesis): Uint8Array {
  return formatUtf8(formatPolicy(policyOf(networkLogOf(genesis), genesis.validators)));
}

/** Resolves to what these options say, or to undefined where there is none. Rejects with a CommandError. */
export async function readTrust({ policy, genesis }: TrustOptions): Promise<Trust | undefined> {
  if (policy !== undefined && genesis !== undefined) {
    throw new CommandError(
      'give --policy or --genesis, not both: a policy is believed as it is, or made from the genesis',
      EXIT_USAGE,
    );
  }
  if (policy !== undefined) {
    return { policy: await readAtMost(policy, POLICY_BYTES_MAX, '--policy'), genesis: undefined };
  }
  if (genesis === undefined) return undefined;
  const document = await readTrustedGenesis(genesis);
  return { policy: policyOfGenesis(document.genesis), genesis: document };
}

/** One from which no chain can start is not what a network began with. */
async function readTrustedGenesis(path: string): Promise<SignedGenesis> {
  try {
    const document = await readGenesis(path);
    checkGenesisSignatures(document);
    return document;
  } catch (cause) {
    if (!(cause instanceof CommandError) && !(cause instanceof ChainError)) throw cause;
    throw new CommandError(`--genesis ${path}: ${cause.message}`, EXIT_USAGE, { cause });
  }
}
