import { MemoryRows } from './memoryRows.ts';
import { RowWorkStore } from './rowWorkStore.ts';
import type { WorkStore } from './workStore.ts';

/** Returns an empty work store in memory: for tests. */
export function createMemoryWorkStore(): WorkStore {
  return new RowWorkStore(new MemoryRows());
}
