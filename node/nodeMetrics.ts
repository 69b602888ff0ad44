/** The metrics of a validator, over its parts. */
import { join } from 'node:path';

import { quorumSize } from '../chain/consensus/quorum.ts';
import type { Config } from './config.ts';
import { bytesIn, freeBytesOf } from './diskSpace.ts';
import type { BatchPool } from './mempool/batchPool.ts';
import type { Ledger } from './ledger.ts';
import type { LogCheck } from './logCheck/logCheck.ts';
import { Metrics } from './metrics.ts';
import type { NodeNetwork } from './network.ts';
import type { NodeWitnesses } from './nodeWitnesses.ts';
import type { Pipeline } from './pipeline.ts';
import type { Replica } from './replica.ts';
import type { Rules } from './rules.ts';
import { DATA_PATHS, type Stores } from './stores.ts';
import type { SyncTimes } from './syncTimes.ts';

/** The parts that are looked at when metrics are asked for. */
export interface MeteredParts {
  readonly config: Config;
  readonly stores: Pick<Stores, 'chain' | 'work'>;
  readonly ledger: Ledger;
  readonly syncTimes: SyncTimes;
  readonly pool: BatchPool;
  readonly replica: Replica;
  readonly pipeline: Pipeline;
  readonly rules: Rules;
  readonly network: NodeNetwork;
  readonly logCheck: Pick<LogCheck, 'position'>;
  readonly witnesses: NodeWitnesses;
}

/** Returns the metrics of a validator. */
export function createMetrics(parts: MeteredParts): Metrics {
  const { config, stores, ledger, syncTimes, pool, pipeline, rules, network, witnesses } = parts;
  const { engine, sync, cosigning } = parts.replica;
  const validatorCount = (): number => rules.validators().length;
  const metrics = new Metrics({
    height: () => ledger.edge().header.height,
    view: () => engine.place().view,
    proposer: () => engine.proposer(),
    quorum: () => quorumSize(validatorCount()),
    validators: validatorCount,
    peersConnected: () => network.known().filter(({ isUp }) => isUp).length,
    blocksBehind: () => Math.max(0, sync.target() - ledger.edge().header.height),
    records: () => ledger.recordCount(),
    finalSize: () => cosigning.final()?.treeSize ?? 0,
    cosignedSize: () => cosigning.view().cosignedSize,
    logCheckPosition: () => parts.logCheck.position(),
    witnessSizes: () => new Map(witnesses.views().map((each) => [each.name, each.cosignedSize])),
    pendingByState: () => pipeline.receipts.pendingByState(),
    mempool: () => pool.load(),
    storeBytes: async () => ({
      chain: await bytesIn(join(config.dataDir, DATA_PATHS.chain)),
      work: await bytesIn(join(config.dataDir, DATA_PATHS.work)),
    }),
    storeMemoryBytes: () => ({
      chain: stores.chain.memoryBytes(),
      work: stores.work.memoryBytes(),
    }),
    diskFreeBytes: () => freeBytesOf(config.dataDir),
  });
  timeWrites(syncTimes, metrics);
  return metrics;
}

/** Lets metrics hear of the times that writes take. */
export function timeWrites(syncTimes: SyncTimes, metrics: Metrics): void {
  syncTimes.onTime = (write, seconds) => {
    if (write === 'persist') metrics.persistSeconds.observe(seconds);
    else metrics.fsyncSeconds.observe({ file: write }, seconds);
  };
}
