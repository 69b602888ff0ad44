import type { OnPoint } from '../crashPoint.ts';
import type { ChainStore } from './chainStore.ts';
import { type LevelOptions, openLevelRows } from './levelRows.ts';
import { RowChainStore } from './rowChainStore.ts';

const MEBIBYTE = 1_048_576;

/** Defaults of the chain's LevelDB. */
export const CHAIN_LEVEL_OPTIONS: LevelOptions = {
  cacheSizeBytes: 32 * MEBIBYTE,
  // Two of them may be full at a time, and each takes minutes to fill: more would look like a leak.
  writeBufferSizeBytes: 4 * MEBIBYTE,
  // Looked up by hash, one row here and one there: 4 KiB cost a quarter more time, and save a tenth of the bytes.
  blockSizeBytes: 1_024,
  fileSizeBytes: 16 * MEBIBYTE,
  openFileCountMax: 100,
};

/** Options of a chain's store. */
export interface LevelChainOptions extends Partial<LevelOptions> {
  readonly onPoint?: OnPoint;
}

/**
 * Opens the chain in a folder, which is made if it is not there.
 *
 * Rejects if another process has it open, and with a DamageError if its edge is damaged.
 */
export async function openLevelChainStore(
  path: string,
  { onPoint, ...options }: LevelChainOptions = {},
): Promise<ChainStore> {
  const rows = await openLevelRows(path, { ...CHAIN_LEVEL_OPTIONS, ...options });
  try {
    return new RowChainStore(rows, onPoint);
  } catch (error) {
    await rows.close();
    throw error;
  }
}
