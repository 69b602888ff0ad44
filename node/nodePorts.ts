/** What a validator's interface is given: the ports of `api/ports.ts`, over the parts of a running node. */
import type {
  AdminPort,
  ApiPorts,
  LedgerPort,
  LogPort,
  SigstorePort,
  StatusPort,
} from '../api/ports.ts';
import { InvariantError } from '../chain/invariant.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Pipeline } from './pipeline.ts';
import { DamageError } from './store/damage.ts';
import { statusOf, type StatusSources, validatorViewsOf } from './statusView.ts';
import type { OnPoint } from './crashPoint.ts';

/** The parts that the interface looks at. */
export interface PortSources extends StatusSources, FaultSources {
  readonly metrics: Metrics;
  readonly pipeline: Pipeline;
  readonly servedLog: LogPort;
  readonly sigstore: SigstorePort | undefined;
  readonly onPoint: OnPoint;
}

/** Returns the ports of a validator. */
export function createPorts(sources: PortSources): ApiPorts {
  const { log, metrics, pipeline, onPoint } = sources;
  return {
    intake: pipeline.intake,
    ledger: createLedgerPort(sources.ledger, sources.identity.document),
    log: sources.servedLog,
    status: createStatusPort(sources),
    timestamps: sources.timestamps,
    sigstore: sources.sigstore,
    witness: sources.witnesses.port,
    admin: createAdminPort(pipeline, log),
    onResponse: (route, status, seconds) => {
      metrics.responses.observe({ route, status }, seconds);
      if (status === 202) onPoint('after-202');
    },
    onFault: createFaultPort(sources),
  };
}

/** What a failed request may mean for the node. */
export interface FaultSources {
  readonly log: Log;
  /** Called when the node must stop. */
  onFault(error: unknown): void;
}

/** Returns what takes an error that is a mistake of ours. */
export function createFaultPort(sources: FaultSources): ApiPorts['onFault'] {
  return (error) => {
    sources.log.error({ err: error }, 'request failed');
    // A mistake of ours, or damage on disk: what else is wrong is not known.
    if (error instanceof InvariantError || error instanceof DamageError) sources.onFault(error);
  };
}

/** Returns the ledger as the interface reads it; `genesis` is the document as JSON. */
export function createLedgerPort(ledger: Ledger, genesis: unknown): LedgerPort {
  return {
    asOf: () => {
      const { header, frontier } = ledger.edge();
      const { height, timestampMs: blockTimeMs } = header;
      return { height, blockTimeMs, logSize: frontier.treeSize };
    },
    nextBlock: (signal) => ledger.nextBlock(signal),
    baseHeight: () => ledger.baseHeight(),
    recordCount: () => ledger.recordCount(),
    findRegistrations: (imageHash) => ledger.findRegistrations(imageHash),
    findImageHashes: (digits, countMax) => ledger.findImageHashes(digits, countMax),
    findDerivatives: (imageHash, countMax) => ledger.findDerivatives(imageHash, countMax),
    readBlock: (height) => ledger.readBlock(height),
    findHeight: (blockHash) => ledger.findHeight(blockHash),
    readTransaction: (batchId) => ledger.readTransaction(batchId),
    state: () => ledger.edge().state,
    genesis: () => genesis,
  };
}

function createStatusPort(sources: PortSources): StatusPort {
  return {
    status: () => statusOf(sources),
    validators: () => validatorViewsOf(sources),
    authorities: () => sources.pipeline.authorities.views(),
    metrics: () => sources.metrics.expose(),
    measure: () => sources.metrics.measure(),
  };
}

function createAdminPort({ authorities }: Pipeline, log: Log): AdminPort {
  return {
    retryAuthority: (id) => authorities.retryNow(id),
    setLogLevel: (level) => {
      log.level = level;
    },
  };
}
