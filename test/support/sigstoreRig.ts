/** A Sigstore log of an institution over a chain in memory, with keys and authorities of its own. */
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { sha256 } from '#crypto';

import { formatUtf8 } from '../../chain/bytes.ts';
import type { ImageRecord } from '../../chain/record.ts';
import { beginLog, RowLogStore } from '../../node/sigstore/rowLogStore.ts';
import { readSigstoreKeys } from '../../node/sigstore/sigstoreFiles.ts';
import type { SigstoreKeys } from '../../node/sigstore/sigstoreKeys.ts';
import { SigstoreLog } from '../../node/sigstore/sigstoreLog.ts';
import type { LogStore } from '../../node/sigstore/logStore.ts';
import { authoritiesOf, remember } from '../../node/sigstore/authorities.ts';
import { MemoryRows } from '../../node/store/memoryRows.ts';
import { Timestamps } from '../../node/timestamp/timestamps.ts';
import { readTimestampKey } from '../../node/timestamp/tsaFiles.ts';
import { createLog } from '../../scripts/sigstore/newLog.ts';
import { FakeClock } from './fakeClock.ts';
import { MemoryLedger, recordWith } from './memoryLedger.ts';
import { issueTsa, type IssuedTsa, STAMP_MS, writeTsa } from './testTsa.ts';

/** How logs differ. */
export interface SigstoreRigOptions {
  /** Where entries name a certificate: what it is called. */
  readonly identity?: string;
  readonly tsa?: IssuedTsa;
  readonly store?: LogStore;
  readonly keys?: SigstoreKeys;
  readonly clock?: FakeClock;
  readonly ledger?: MemoryLedger;
}

/** A log, and what it looks at. */
export interface SigstoreRig {
  readonly log: SigstoreLog;
  readonly ledger: MemoryLedger;
  readonly store: LogStore;
  readonly keys: SigstoreKeys;
  readonly clock: FakeClock;
  readonly dir: string;
  readonly faults: unknown[];
  /** Registers a photograph with these bytes; returns its SHA-256. */
  readonly register: (text: string, fields?: Partial<ImageRecord>) => Uint8Array;
}

/** Makes the files of a log in a folder that is not there yet, and opens the log over memory. */
export async function openSigstoreRig(
  dir: string,
  options: SigstoreRigOptions = {},
): Promise<SigstoreRig> {
  mkdirSync(dir, { recursive: true });
  const tsaFiles = writeTsa(path.join(dir, 'tsa'), options.tsa ?? (await issueTsa()));
  const timestampKey = await readTimestampKey(tsaFiles, STAMP_MS);
  const keys =
    options.keys === undefined
      ? await createKeys(dir, timestampKey.certificates, options.identity)
      : stampedBy(options.keys, timestampKey.certificates, dir);
  const rows = new MemoryRows();
  await beginLog(rows, keys.logKey);
  const store = options.store ?? RowLogStore.open(rows)!;
  await remember(authoritiesOf(keys), store, dir);
  const clock = options.clock ?? new FakeClock(STAMP_MS);
  const ledger = options.ledger ?? new MemoryLedger();
  const timestamps = new Timestamps(timestampKey, {
    clock,
    timeMinMs: () => 0,
    onOutcome: () => undefined,
  });
  const faults: unknown[] = [];
  const { chainId } = ledger.state();
  const log = new SigstoreLog(
    {
      name: { institution: 'museum', network: 'birthmark.test', chainId },
      keys,
      genesisMs: GENESIS,
    },
    { store, ledger, timestamps, clock, onFault: (error) => void faults.push(error) },
  );
  const register = (text: string, fields: Partial<ImageRecord> = {}): Uint8Array => {
    const imageHash = sha256(formatUtf8(text));
    ledger.commit([recordWith({ imageHash, ...fields })]);
    return imageHash;
  };
  return { log, ledger, store, keys, clock, dir, faults, register };
}

/** Keys of a log whose node has another time-stamping certificate now. */
function stampedBy(
  keys: SigstoreKeys,
  [certificate]: readonly [Uint8Array, ...Uint8Array[]],
  dir: string,
): SigstoreKeys {
  const { raw } = new X509Certificate(readFileSync(path.join(dir, 'tsa', 'ca.pem')));
  return {
    ...keys,
    stampChain: { ...keys.stampChain, certificates: [certificate, new Uint8Array(raw)] },
  };
}

const GENESIS = 1_760_000_000_500;

async function createKeys(
  dir: string,
  stampCertificates: readonly Uint8Array[],
  identity: string | undefined,
): Promise<SigstoreKeys> {
  const place = path.join(dir, 'sigstore');
  const tsaCa = readFileSync(path.join(dir, 'tsa', 'ca.pem'), 'utf8');
  await createLog(place, { name: 'museum', identity, tsaCa, nowMs: STAMP_MS });
  return readSigstoreKeys(place, { stampCertificates, nowMs: STAMP_MS });
}
