/** The stores of a data folder, opened together: one process at a time. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { NodeError } from './errors.ts';
import type { OnPoint } from './crashPoint.ts';
import type { ChainStore } from './store/chainStore.ts';
import { openLevelChainStore } from './store/levelChainStore.ts';
import { openLevelWorkStore } from './store/levelWorkStore.ts';
import type { WorkStore } from './store/workStore.ts';
import { openWal, type Wal } from './consensus/wal.ts';

/** Everything that a node keeps on disk. */
export interface Stores {
  readonly chain: ChainStore;
  readonly work: WorkStore;
  readonly wal: Wal;
  close(): Promise<void>;
}

/** Folders and files of a data folder. */
export const DATA_PATHS = {
  chain: 'chain',
  work: 'work',
  wal: 'consensus.wal',
  uptime: 'uptime.json',
  audit: 'audit',
};

const DIR_MODE = 0o700;

/** Opens the chain of a data folder, which is all that an observer keeps. Rejects with ERR_LOCKED or ERR_STORE. */
export async function openChain(dataDir: string, onPoint: OnPoint): Promise<ChainStore> {
  try {
    await mkdir(dataDir, { recursive: true, mode: DIR_MODE });
    return await openLevelChainStore(join(dataDir, DATA_PATHS.chain), { onPoint });
  } catch (error) {
    throw explain(error, dataDir);
  }
}

/** Opens the stores of a data folder. Rejects with ERR_LOCKED, ERR_STORE or a WalError. */
export async function openStores(dataDir: string, onPoint: OnPoint): Promise<Stores> {
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const each of opened.reverse()) await each.close();
  };
  // LevelDB's own lock on the chain keeps every other process out of the whole folder.
  const chain = await openChain(dataDir, onPoint);
  try {
    opened.push(chain);
    const work = await openLevelWorkStore(join(dataDir, DATA_PATHS.work), { onPoint });
    opened.push(work);
    const wal = await openWal(join(dataDir, DATA_PATHS.wal), onPoint);
    opened.push(wal);
    return { chain, work, wal, close };
  } catch (error) {
    await close();
    throw explain(error, dataDir);
  }
}

/** Returns whether a store could not be opened because another process has it. */
export function isLocked(error: unknown): boolean {
  return codesOf(error).includes('LEVEL_LOCKED');
}

function explain(error: unknown, dataDir: string): unknown {
  const codes = codesOf(error);
  if (isLocked(error)) {
    const message = `${dataDir} is in use: another process runs this node; stop it, or set DATA_DIR`;
    return new NodeError('ERR_LOCKED', message, { cause: error });
  }
  if (codes.some((code) => code.startsWith('ERR_'))) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new NodeError('ERR_STORE', `cannot open ${dataDir}: ${reason}`, { cause: error });
}

/** Codes of an error and of its causes, the outermost first. */
function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const code = 'code' in error ? [String(error.code)] : [];
  return [...code, ...codesOf(error.cause)];
}
