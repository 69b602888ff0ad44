/** The Sigstore log of a validator, over its parts. */
import { join } from 'node:path';

import { equalBytes } from '../chain/bytes.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { NodeError } from './errors.ts';
import type { ValidatorIdentity } from './identity.ts';
import type { Ledger } from './ledger.ts';
import { authoritiesOf, remember } from './sigstore/authorities.ts';
import { openLevelLog } from './sigstore/levelLogStore.ts';
import type { LogStore } from './sigstore/logStore.ts';
import { readSigstoreKeys, SIGSTORE_FILE } from './sigstore/sigstoreFiles.ts';
import type { SigstoreKeys } from './sigstore/sigstoreKeys.ts';
import { SigstoreLog } from './sigstore/sigstoreLog.ts';
import { isLocked } from './stores.ts';
import type { TimestampKey } from './timestamp/timestampKey.ts';
import type { Timestamps } from './timestamp/timestamps.ts';

/** A log that is open, with what it is signed with. */
export interface OpenSigstore {
  readonly store: LogStore;
  readonly keys: SigstoreKeys;
}

/** The parts that the log looks at. */
export interface SigstoreParts {
  readonly sigstore: OpenSigstore | undefined;
  readonly identity: ValidatorIdentity;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly timestamps: Timestamps | undefined;
  readonly onFault: (error: unknown) => void;
}

/** What a log's folder is opened with. */
export interface SigstoreOpening {
  readonly timestampKey: TimestampKey | undefined;
  readonly clock: Clock;
}

/**
 * Opens the log that the settings name, and has it remember on what its next entries rest; undefined where they name
 * none. Rejects with ERR_SIGSTORE.
 */
export async function openConfiguredSigstore(
  { sigstoreDir: dir }: Config,
  { timestampKey, clock }: SigstoreOpening,
): Promise<OpenSigstore | undefined> {
  // Settings with the one and without the other are refused.
  if (dir === undefined || timestampKey === undefined) return undefined;
  const { certificates: stampCertificates } = timestampKey;
  const keys = await readSigstoreKeys(dir, { stampCertificates, nowMs: clock.nowMs() });
  const store = await openStore(dir, keys);
  try {
    await remember(authoritiesOf(keys), store, dir);
    return { store, keys };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Returns the log of a validator; undefined for one that has none. */
export function createSigstore(parts: SigstoreParts): SigstoreLog | undefined {
  const { sigstore, identity, ledger, clock, timestamps, onFault } = parts;
  if (sigstore === undefined || timestamps === undefined) return undefined;
  const { genesis, chainId, validator } = identity;
  return new SigstoreLog(
    {
      name: { network: genesis.network, chainId, institution: validator.name },
      keys: sigstore.keys,
      genesisMs: genesis.timestampMs,
    },
    { store: sigstore.store, ledger, timestamps, clock, onFault },
  );
}

async function openStore(dir: string, { logKey }: SigstoreKeys): Promise<LogStore> {
  const path = join(dir, SIGSTORE_FILE.store);
  const store = await openLevelLog(path).catch((cause: unknown) => {
    const reason = isLocked(cause)
      ? 'another process has it open'
      : cause instanceof Error
        ? cause.message
        : String(cause);
    throw new NodeError('ERR_SIGSTORE', `cannot open the log in ${path}: ${reason}`, { cause });
  });
  if (store === undefined) {
    throw new NodeError(
      'ERR_SIGSTORE',
      `${path} holds no log: a second one of the same key would contradict the first, so make a folder anew ` +
        'with "birthmark sigstore create"',
    );
  }
  if (equalBytes(store.logKey, logKey)) return store;
  await store.close();
  throw new NodeError(
    'ERR_SIGSTORE',
    `the log in ${path} is that of another key than ${SIGSTORE_FILE.log}: a log keeps its key`,
  );
}
