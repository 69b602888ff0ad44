/** Who the node of a folder is, where it must be a validator. */
import type { Config } from '../../node/config.ts';
import { readIdentity, type ValidatorIdentity } from '../../node/identity.ts';

/** Resolves to the identity of a validator's node. */
export async function readValidator(config: Config): Promise<ValidatorIdentity> {
  const identity = await readIdentity(config);
  if (identity.role === 'validator') return identity;
  throw new Error('the node is an observer');
}
