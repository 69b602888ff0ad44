/** What an observer's interface is given: the chain, how far this node is, and no intake. */
import { ApiError } from '../api/errors.ts';
import type {
  AdminPort,
  ApiPorts,
  AuthorityView,
  LogPort,
  NodeStatus,
  StatusPort,
} from '../api/ports.ts';
import type { CheckpointFollower } from './cosigning/checkpointFollower.ts';
import type { ObserverIdentity } from './identity.ts';
import type { Log } from './log.ts';
import type { LogCheck } from './logCheck/logCheck.ts';
import type { Metrics } from './metrics.ts';
import { createFaultPort, createLedgerPort, type FaultSources } from './nodePorts.ts';
import type { ObserverProgress } from './observerProgress.ts';
import type { Rules } from './rules.ts';
import { type CommonSources, commonStatusOf, validatorViewsOf } from './statusView.ts';

/** The parts that the interface looks at. */
export interface ObserverSources extends CommonSources, FaultSources {
  readonly identity: ObserverIdentity;
  readonly rules: Rules;
  readonly progress: ObserverProgress;
  readonly metrics: Metrics;
  readonly servedLog: LogPort;
  readonly checkpoints: CheckpointFollower;
  readonly logCheck: Pick<LogCheck, 'difference'>;
  /** Why the node answers nobody, as far as its own life goes. */
  closedBecause(): string | undefined;
}

/** Returns the ports of an observer. */
export function createObserverPorts(sources: ObserverSources): ApiPorts {
  const { ledger, identity, metrics, log } = sources;
  return {
    intake: undefined,
    ledger: createLedgerPort(ledger, identity.document),
    log: sources.servedLog,
    status: createStatusPort(sources),
    timestamps: sources.timestamps,
    sigstore: undefined,
    witness: undefined,
    admin: createAdminPort(log),
    onResponse: (route, status, seconds) => {
      metrics.responses.observe({ route, status }, seconds);
    },
    onFault: createFaultPort(sources),
  };
}

function createStatusPort(sources: ObserverSources): StatusPort {
  return {
    status: () => statusOf(sources),
    validators: () => validatorViewsOf(sources),
    authorities: () => authorityViewsOf(sources.rules),
    metrics: () => sources.metrics.expose(),
    measure: () => sources.metrics.measure(),
  };
}

function statusOf(sources: ObserverSources): NodeStatus {
  const { identity, progress, checkpoints } = sources;
  const refusal = checkpoints.conflict() ?? sources.logCheck.difference();
  const closed = sources.closedBecause();
  const late = progress.late();
  return {
    ...commonStatusOf(sources),
    nodeId: identity.peerId,
    pendingSubmissions: 0,
    stalled: closed ?? progress.stalled(),
    lastRefusal: undefined,
    witnesses: [],
    witnessing: undefined,
    signFloor: undefined,
    syncing: progress.isSyncing(),
    observer: true,
    checkpoint: { finalSize: checkpoints.final()?.treeSize ?? 0, cosignedSize: undefined, refusal },
    following: progress.following(),
    notReady: [closed, refusal, late].filter((each) => each !== undefined),
  };
}

/** The registry's entries: this node asks none of them. */
function authorityViewsOf(rules: Rules): readonly AuthorityView[] {
  return rules.registry().authorities.map(({ id, name, endpoints, verdictKey, blind }) => ({
    id,
    name,
    endpoints,
    signsVerdicts: verdictKey !== undefined,
    blind,
    answering: undefined,
    pendingSubmissions: 0,
    lastAnswerMs: undefined,
    lastProblem: undefined,
  }));
}

function createAdminPort(log: Log): AdminPort {
  return {
    retryAuthority: () => {
      throw new ApiError('ERR_OBSERVER', 'this node is an observer: it asks no authority');
    },
    setLogLevel: (level) => {
      log.level = level;
    },
  };
}
