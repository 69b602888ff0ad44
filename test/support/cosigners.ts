/** What the validators v0, v1, … cosign with. */
import { createEd25519Signer, ed25519PublicKey } from '#crypto';

import type { NetworkLog } from '../../chain/log/policy.ts';
import { checkClaim } from '../../node/cosigning/cosignedLog.ts';
import type { CosigningOptions } from '../../node/cosigning/cosigning.ts';
import { CHAIN_ID, hashOfText, validatorOf } from './chainValues.ts';

const LOG_SEED = hashOfText('log key');

/** The log of the network in which they are. */
export const NETWORK_LOG: NetworkLog = {
  network: 'test',
  chainId: CHAIN_ID,
  logKey: ed25519PublicKey(LOG_SEED),
};

/** Signs as the log. */
export const signLog = createEd25519Signer(LOG_SEED);

/** Returns what a validator cosigns with. */
export function cosigningOf(index: number): CosigningOptions {
  const name = `v${index}`;
  const sign = createEd25519Signer(hashOfText(`cosigner key of ${name}`));
  return {
    network: NETWORK_LOG,
    validator: validatorOf(name),
    index,
    sign,
    signLog,
    check: checkClaim,
  };
}
