/** A validator's audit: where it stands, who signs it, and what is written when the node starts. */
import { join } from 'node:path';

import { ed25519PublicKey } from '#crypto';

import { type Audit, openAudit } from './audit/audit.ts';
import { openAuditDisk } from './audit/disk.ts';
import type { Clock } from './clock.ts';
import type { ValidatorIdentity } from './identity.ts';
import type { Log } from './log.ts';
import { DATA_PATHS } from './stores.ts';
import { VERSION } from './version.ts';

/** What the audit of a node stands on. */
export interface NodeAuditPorts {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  onFault(error: unknown): void;
}

/** Opens the audit in a validator's data folder. Rejects as `openAudit` and `openAuditDisk` do. */
export async function openNodeAudit(
  { chainId, sign, validator }: ValidatorIdentity,
  { dataDir, ...ports }: NodeAuditPorts,
): Promise<Audit> {
  const disk = await openAuditDisk(join(dataDir, DATA_PATHS.audit));
  return openAudit({ chainId, sign, publicKey: validator.consensusKey }, { ...ports, disk });
}

/** Writes down that the node started, at the height of its chain, and with which keys. */
export function recordStart(audit: Audit, identity: ValidatorIdentity, height: number): void {
  const { chainId, validator, networkKey, genesis } = identity;
  const { name, consensusKey, cosignerKey } = validator;
  audit.record({ type: 'start', version: VERSION, chainId, height, validator: name });
  audit.record({ type: 'keyLoaded', purpose: 'consensus', publicKey: consensusKey });
  audit.record({ type: 'keyLoaded', purpose: 'cosigner', publicKey: cosignerKey });
  audit.record({
    type: 'keyLoaded',
    purpose: 'network',
    publicKey: ed25519PublicKey(networkKey),
  });
  audit.record({ type: 'keyLoaded', purpose: 'log', publicKey: genesis.logKey });
}
