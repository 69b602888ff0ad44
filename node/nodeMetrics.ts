/** The metrics of a node, over its parts. */
import { quorumSize } from '../chain/consensus/quorum.ts';
import type { BatchPool } from './mempool/batchPool.ts';
import type { Ledger } from './ledger.ts';
import { Metrics } from './metrics.ts';
import type { NodeNetwork } from './network.ts';
import type { Pipeline } from './pipeline.ts';
import type { Progress } from './progress.ts';
import type { Replica } from './replica.ts';
import type { Stores } from './stores.ts';
import type { SyncTimes } from './syncTimes.ts';

/** The parts that are looked at when metrics are asked for. */
export interface MeteredParts {
  readonly ledger: Ledger;
  readonly stores: Stores;
  readonly syncTimes: SyncTimes;
  readonly pool: BatchPool;
  readonly replica: Replica;
  readonly pipeline: Pipeline;
  readonly progress: Progress;
  readonly network: NodeNetwork;
}

/** Returns the metrics of a node. */
export function createMetrics(parts: MeteredParts): Metrics {
  const { ledger, stores, syncTimes, pool, pipeline, progress, network } = parts;
  const { engine, sync } = parts.replica;
  const validatorCount = (): number => progress.standings().length;
  const metrics = new Metrics({
    height: () => ledger.edge().header.height,
    view: () => engine.place().view,
    proposer: () => engine.proposer(),
    quorum: () => quorumSize(validatorCount()),
    validators: validatorCount,
    peersConnected: () => network.known().filter(({ isUp }) => isUp).length,
    blocksBehind: () => Math.max(0, sync.target() - ledger.edge().header.height),
    records: () => ledger.recordCount(),
    pendingByState: () => pipeline.receipts.pendingByState(),
    mempool: () => pool.load(),
    storeBytes: async () => ({
      chain: await ledger.sizeBytes(),
      work: await stores.work.sizeBytes(),
    }),
  });
  syncTimes.onTime = (write, seconds) => {
    if (write === 'persist') metrics.persistSeconds.observe(seconds);
    else metrics.fsyncSeconds.observe({ file: write }, seconds);
  };
  return metrics;
}
