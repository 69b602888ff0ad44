/** The metrics of an observer, over its parts: those of consensus and of submissions stay 0. */
import { join } from 'node:path';

import { quorumSize } from '../chain/consensus/quorum.ts';
import type { Config } from './config.ts';
import { bytesIn, freeBytesOf } from './diskSpace.ts';
import type { CheckpointFollower } from './cosigning/checkpointFollower.ts';
import type { Ledger } from './ledger.ts';
import type { LogCheck } from './logCheck/logCheck.ts';
import { Metrics } from './metrics.ts';
import { timeWrites } from './nodeMetrics.ts';
import type { ObserverProgress } from './observerProgress.ts';
import type { Rules } from './rules.ts';
import type { ChainStore } from './store/chainStore.ts';
import { DATA_PATHS } from './stores.ts';
import type { SyncTimes } from './syncTimes.ts';
import type { Turn } from './turn.ts';

/** The parts that are looked at when metrics are asked for. */
export interface ObserverMeteredParts {
  readonly config: Config;
  readonly chain: Pick<ChainStore, 'memoryBytes'>;
  readonly ledger: Ledger;
  readonly rules: Rules;
  readonly turn: Turn;
  readonly progress: ObserverProgress;
  readonly syncTimes: SyncTimes;
  readonly checkpoints: CheckpointFollower;
  readonly logCheck: Pick<LogCheck, 'position'>;
}

/** Returns the metrics of an observer. */
export function createObserverMetrics(parts: ObserverMeteredParts): Metrics {
  const { config, ledger, rules, turn, progress, syncTimes, checkpoints } = parts;
  const validatorCount = (): number => rules.validators().length;
  const metrics = new Metrics({
    height: () => ledger.edge().header.height,
    view: () => turn.place().view,
    proposer: () => turn.proposer(),
    quorum: () => quorumSize(validatorCount()),
    validators: validatorCount,
    peersConnected: () => progress.following().length,
    blocksBehind: () => progress.blocksBehind(),
    records: () => ledger.recordCount(),
    finalSize: () => checkpoints.final()?.treeSize ?? 0,
    cosignedSize: () => 0,
    logCheckPosition: () => parts.logCheck.position(),
    witnessSizes: () => new Map(),
    pendingByState: () => new Map(),
    mempool: () => ({ count: 0, bytes: 0 }),
    storeBytes: async () => ({
      chain: await bytesIn(join(config.dataDir, DATA_PATHS.chain)),
      work: 0,
    }),
    storeMemoryBytes: () => ({ chain: parts.chain.memoryBytes(), work: 0 }),
    diskFreeBytes: () => freeBytesOf(config.dataDir),
  });
  timeWrites(syncTimes, metrics);
  return metrics;
}
