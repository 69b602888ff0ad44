import type { ChainStore } from './chainStore.ts';
import { MemoryRows } from './memoryRows.ts';
import { RowChainStore } from './rowChainStore.ts';

/** Returns an empty chain store in memory: for tests. */
export function createMemoryChainStore(): ChainStore {
  return new RowChainStore(new MemoryRows());
}
