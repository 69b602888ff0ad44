/** Who watches a node, over its parts. */
import { equalBytes } from '../chain/bytes.ts';
import type { Engine } from '../chain/consensus/engine.ts';
import type { Audit } from './audit/audit.ts';
import { AuditTrail } from './auditTrail.ts';
import type { Clock } from './clock.ts';
import type { ValidatorIdentity } from './identity.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { NodeNetwork } from './network.ts';
import { Progress } from './progress.ts';
import type { Replica } from './replica.ts';
import type { Rules } from './rules.ts';
import { Standings } from './standings.ts';
import { StepMeter } from './stepMeter.ts';
import { Watch } from './watch.ts';

/** The parts whose progress is told. */
export interface ProgressSources {
  readonly identity: ValidatorIdentity;
  readonly ledger: Ledger;
  readonly rules: Rules;
  readonly clock: Clock;
  readonly network: NodeNetwork;
  readonly replica: Replica;
}

/** Returns the progress of a validator, and how it and the others stand. */
export function createProgress(sources: ProgressSources): {
  readonly standings: Standings;
  readonly progress: Progress;
} {
  const { identity, ledger, rules, clock, network, replica } = sources;
  const { engine, sync } = replica;
  const { consensusKey } = identity.validator;
  const standings = new Standings({
    clock,
    ledger,
    rules,
    peers: () => network.known(),
    isSelf: (validator) => equalBytes(validator.consensusKey, consensusKey),
  });
  const waitingFor = (): string | undefined => replica.waitingFor();
  const progress = new Progress({ ledger, clock, engine, sync, standings, waitingFor });
  return { standings, progress };
}

/** The parts that watch, and what they watch. */
export interface WatchSources {
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly progress: Progress;
  readonly rules: Rules;
  readonly engine: Engine;
}

/** Returns the watch of a node. */
export function createWatch(sources: WatchSources): Watch {
  const { audit, clock, log, metrics, progress, rules, engine } = sources;
  return new Watch({
    log,
    metrics,
    progress,
    meter: new StepMeter(metrics, engine, clock),
    trail: new AuditTrail({ audit, validators: () => rules.validators() }),
  });
}
