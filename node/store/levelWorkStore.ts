import type { OnPoint } from '../crashPoint.ts';
import { type LevelOptions, openLevelRows } from './levelRows.ts';
import { RowWorkStore } from './rowWorkStore.ts';
import type { WorkStore } from './workStore.ts';

const MEBIBYTE = 1_048_576;

/** Defaults of the work's LevelDB. */
const WORK_LEVEL_OPTIONS: LevelOptions = {
  cacheSizeBytes: 16 * MEBIBYTE,
  writeBufferSizeBytes: 4 * MEBIBYTE,
  blockSizeBytes: 4_096,
  fileSizeBytes: 2 * MEBIBYTE,
  openFileCountMax: 32,
};

/** Options of a work store. */
export interface LevelWorkOptions extends Partial<LevelOptions> {
  readonly onPoint?: OnPoint;
}

/** Opens the work in a folder, which is made if it is not there. Rejects if another process has it open. */
export async function openLevelWorkStore(
  path: string,
  { onPoint, ...options }: LevelWorkOptions = {},
): Promise<WorkStore> {
  return new RowWorkStore(
    await openLevelRows(path, { ...WORK_LEVEL_OPTIONS, ...options }),
    onPoint,
  );
}
