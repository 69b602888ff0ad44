/** Metrics of a node in which nothing happens. */
import { Metrics } from '../../node/metrics.ts';

/** Returns them. */
export function stillMetrics(): Metrics {
  return new Metrics({
    height: () => 0,
    view: () => 0,
    proposer: () => 0,
    quorum: () => 1,
    validators: () => 1,
    peersConnected: () => 0,
    blocksBehind: () => 0,
    records: () => 0,
    finalSize: () => 0,
    cosignedSize: () => 0,
    logCheckPosition: () => 0,
    witnessSizes: () => new Map(),
    pendingByState: () => new Map(),
    mempool: () => ({ count: 0, bytes: 0 }),
    storeBytes: () => Promise.resolve({ chain: 0, work: 0 }),
    storeMemoryBytes: () => ({ chain: 0, work: 0 }),
    diskFreeBytes: () => Promise.resolve(0),
  });
}
