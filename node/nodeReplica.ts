/** What the replica of a node is made of: libp2p, LevelDB, and signatures that are verified for real. */
import { setImmediate } from 'node:timers/promises';

import type { CertificateParser } from '../chain/evidence.ts';
import { verifySigned, verifySignedOffThread } from '../chain/signature.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { checkClaim } from './cosigning/cosignedLog.ts';
import type { CosigningOptions } from './cosigning/cosigning.ts';
import { networkLogOf, type ValidatorIdentity } from './identity.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import type { BatchPool } from './mempool/batchPool.ts';
import { createEvidenceCheck } from './mempool/evidenceCheck.ts';
import type { Metrics } from './metrics.ts';
import type { NodeNetwork } from './network.ts';
import type { ReplicaParts } from './replicaPorts.ts';
import type { Rules } from './rules.ts';
import type { Stores } from './stores.ts';

/** The parts of a node that its replica uses. */
export interface ReplicaSources {
  readonly config: Config;
  readonly identity: ValidatorIdentity;
  readonly stores: Stores;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: BatchPool;
  readonly network: NodeNetwork;
  readonly parse: CertificateParser;
  readonly rules: Rules;
  metrics(): Metrics;
}

/** Returns what a validator cosigns with. */
export function cosigningOptionsOf(identity: ValidatorIdentity): CosigningOptions {
  const { genesis, validator, cosign: sign, signLog } = identity;
  const index = genesis.validators.indexOf(validator);
  return { network: networkLogOf(identity), validator, index, sign, signLog, check: checkClaim };
}

/** Returns the parts of a node's replica. */
export function replicaPartsOf(sources: ReplicaSources): ReplicaParts {
  const { config, identity, stores, ledger, clock, log, pool, network, parse, rules } = sources;
  const { chain, work, wal } = stores;
  const checkEvidence = createEvidenceCheck({ parse, registry: () => rules.registry() });
  const count = (kind: string, by = 1): void => {
    sources.metrics().verifications.inc({ kind }, by);
  };
  return {
    consensusKey: identity.validator.consensusKey,
    sign: identity.sign,
    cosigning: cosigningOptionsOf(identity),
    ledger,
    chain,
    work,
    wal,
    pool,
    peers: network,
    clock,
    log,
    parse,
    checkEvidence: (sent, state) => {
      count('evidence', sent.evidence.items.length);
      return checkEvidence(sent, state);
    },
    verify: (signed) => {
      count('vote');
      return verifySigned(signed);
    },
    verifyLater: (signed) => {
      count('sync');
      return verifySignedOffThread(signed);
    },
    signAtOnce: config.signAtOnce,
    random: () => Math.random(),
    pause: () => setImmediate(),
  };
}
