/** Who watches a node, over its parts. */
import type { Engine } from '../chain/consensus/engine.ts';
import { validatorsAt } from '../chain/state.ts';
import type { Audit } from './audit/audit.ts';
import { AuditTrail } from './auditTrail.ts';
import type { Clock } from './clock.ts';
import type { Identity } from './identity.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { NodeNetwork } from './network.ts';
import { Progress } from './progress.ts';
import type { Replica } from './replica.ts';
import { StepMeter } from './stepMeter.ts';
import { Watch } from './watch.ts';

/** The parts whose progress is told. */
export interface ProgressSources {
  readonly identity: Identity;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly network: NodeNetwork;
  readonly replica: Replica;
}

/** Returns the progress of a node. */
export function createProgress(sources: ProgressSources): Progress {
  const { identity, ledger, clock, network, replica } = sources;
  const { engine, sync } = replica;
  return new Progress({
    ledger,
    clock,
    engine,
    sync,
    consensusKey: identity.validator.consensusKey,
    peers: () => network.known(),
    waitingFor: () => replica.waitingFor(),
  });
}

/** The parts that watch, and what they watch. */
export interface WatchSources {
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly progress: Progress;
  readonly ledger: Ledger;
  readonly engine: Engine;
}

/** Returns the watch of a node. */
export function createWatch(sources: WatchSources): Watch {
  const { audit, clock, log, metrics, progress, ledger, engine } = sources;
  const validators = (): ReturnType<typeof validatorsAt> => {
    const { state } = ledger.edge();
    return validatorsAt(state, state.height + 1);
  };
  return new Watch({
    log,
    metrics,
    progress,
    meter: new StepMeter(metrics, engine, clock),
    trail: new AuditTrail({ audit, validators }),
  });
}
