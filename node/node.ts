/**
 * A node: the one place where its parts are built and put together, in the order in which they start.
 *
 * ```
 * api ─▶ intake ─▶ authorities ─▶ batcher ─▶ replica (mempool, consensus, sync) ─▶ ledger ─▶ settlement
 *                                              ▲▼
 *                                           network
 * ```
 *
 * The data goes one way. Whatever fails in a way that we did not foresee stops the whole node.
 */
import { join } from 'node:path';

import { ed25519PublicKey } from '#crypto';

import { createRegistry, type Registry } from '../chain/certificate/registry.ts';
import type { Equivocation } from '../chain/consensus/equivocation.ts';
import type { Params } from '../chain/params.ts';
import { verifySigned } from '../chain/signature.ts';
import { valueAt } from '../chain/state.ts';
import { factsOf } from '../genesis/document.ts';
import { type Audit, openAudit } from './audit/audit.ts';
import { openAuditDisk } from './audit/disk.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { OnPoint } from './crashPoint.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import { EquivocationDesk, type EquivocationSource } from './equivocationDesk.ts';
import { Housekeeping } from './housekeeping.ts';
import { type Identity, readIdentity } from './identity.ts';
import { Certificates } from './intake/certificates.ts';
import { type Interfaces, listen } from './interface.ts';
import { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import { BatchPool } from './mempool/batchPool.ts';
import type { Metrics } from './metrics.ts';
import { NodeNetwork } from './network.ts';
import { createMetrics } from './nodeMetrics.ts';
import { createPorts } from './nodePorts.ts';
import { replicaPartsOf } from './nodeReplica.ts';
import { createProgress, createWatch } from './nodeWatch.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import type { Progress } from './progress.ts';
import { recover } from './recovery.ts';
import { Replica } from './replica.ts';
import { DATA_PATHS, openStores, type Stores } from './stores.ts';
import { SyncTimes } from './syncTimes.ts';
import { Uptime } from './uptime.ts';
import { VERSION } from './version.ts';
import type { Watch } from './watch.ts';

/** The world of a node. */
export interface NodeWorld {
  readonly log: Log;
  readonly clock?: Clock;
  /** Tests end the process at these points. */
  readonly onPoint?: OnPoint;
}

/** A node that is running. */
export interface RunningNode {
  readonly chainId: Uint8Array;
  readonly apiUrl: string;
  readonly adminUrl: string;
  /** Stops in the reverse order of starting; may be called again. */
  stop(): Promise<void>;
  /** Resolves when the node has stopped; rejects with what made it stop by itself. */
  readonly ended: Promise<void>;
}

/** Starts a node; resolves when it is ready. Rejects with an error that says what to do. */
export async function startNode(config: Config, world: NodeWorld): Promise<RunningNode> {
  const identity = await readIdentity(config);
  const { log, clock = systemClock } = world;
  const syncTimes = new SyncTimes(world.onPoint ?? (() => undefined));
  const { onPoint } = syncTimes;
  const stores = await openStores(config.dataDir, onPoint);
  try {
    const ledger = await Ledger.open(stores.chain, factsOf(identity.genesis));
    const uptime = await Uptime.open(join(config.dataDir, DATA_PATHS.uptime), clock);
    const { chainId, sign, validator } = identity;
    const audit = await openAudit(
      { chainId, sign, publicKey: validator.consensusKey },
      {
        disk: await openAuditDisk(join(config.dataDir, DATA_PATHS.audit)),
        clock,
        log,
        onFault: (error) => {
          node.fault(error);
        },
      },
    );
    const parts = { config, identity, stores, ledger, clock, uptime, log, onPoint };
    const node = new Node({ ...parts, syncTimes, audit });
    return await node.start();
  } catch (error) {
    await stores.close();
    throw error;
  }
}

interface Parts {
  readonly config: Config;
  readonly identity: Identity;
  readonly stores: Stores;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly uptime: Uptime;
  readonly log: Log;
  readonly onPoint: OnPoint;
  readonly syncTimes: SyncTimes;
  readonly audit: Audit;
}

class Node {
  readonly #parts: Parts;
  readonly #pool: BatchPool;
  readonly #certificates: Certificates;
  readonly #network: NodeNetwork;
  readonly #replica: Replica;
  readonly #pipeline: Pipeline;
  readonly #equivocations: EquivocationDesk;
  readonly #metrics: Metrics;
  readonly #progress: Progress;
  readonly #watch: Watch;
  readonly #housekeeping: Housekeeping;
  readonly #ended = Promise.withResolvers<undefined>();
  #interfaces: Interfaces | undefined;
  #registry: Registry | undefined;
  /** Why nothing is taken in, as far as the node's own life goes. */
  #closed: string | undefined = 'the node is starting';
  #stopping: Promise<void> | undefined;
  /** What made the node stop by itself. */
  #why: string | undefined;
  #isStarting = true;
  #startFault: { readonly cause: unknown } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#ended.promise.catch(() => undefined); // Whoever waits for it sees the rejection.
    const { limits } = parts.config;
    const { certificateRatePerS: perS, certificateBurst: burst } = limits;
    this.#pool = new BatchPool(limits.mempoolBytesMax);
    this.#certificates = new Certificates(() => this.#currentRegistry(), { perS, burst });
    this.#network = this.#createNetwork();
    this.#replica = this.#createReplica();
    this.#pipeline = this.#createPipeline();
    this.#equivocations = new EquivocationDesk({
      work: parts.stores.work,
      ledger: parts.ledger,
      verify: verifySigned,
      pushStatus: (item) => {
        this.#pipeline.batcher.pushStatus(item);
      },
    });
    const watched = { ...parts, network: this.#network, replica: this.#replica };
    this.#progress = createProgress(watched);
    this.#metrics = this.#createMetrics();
    const { audit, clock, log } = parts;
    const watchers = { audit, clock, log, metrics: this.#metrics, progress: this.#progress };
    this.#watch = createWatch({ ...watchers, ledger: parts.ledger, engine: this.#replica.engine });
    this.#housekeeping = this.#createHousekeeping();
  }

  async start(): Promise<RunningNode> {
    const { log, identity, stores, ledger, config } = this.#parts;
    try {
      this.#recordStart();
      const found = await this.#recover();
      await this.#equivocations.start();
      await this.#housekeeping.start();
      if (this.#hasPeers()) await this.#network.start();
      await this.#replica.start();
      this.#checkSound();
      this.#interfaces = await listen(config, this.#createPorts());
      this.#checkSound();
      const { apiUrl, adminUrl } = this.#interfaces;
      this.#closed = undefined;
      this.#isStarting = false;
      const { height } = ledger.edge().header;
      const replayed = stores.wal.restored.length;
      log.info(
        { validator: identity.validator.name, height, api: apiUrl, ...found, replayed },
        'node ready',
      );
      const { chainId } = identity;
      const ended = this.#ended.promise;
      return { chainId, apiUrl, adminUrl, stop: () => this.#stop(undefined), ended };
    } catch (error) {
      await this.#stopParts();
      throw error;
    }
  }

  #recordStart(): void {
    const { audit, identity, ledger } = this.#parts;
    const { chainId, validator } = identity;
    const { height } = ledger.edge().header;
    const { name, consensusKey, cosignerKey } = validator;
    audit.record({ type: 'start', version: VERSION, chainId, height, validator: name });
    audit.record({ type: 'keyLoaded', purpose: 'consensus', publicKey: consensusKey });
    audit.record({ type: 'keyLoaded', purpose: 'cosigner', publicKey: cosignerKey });
    const networkKey = ed25519PublicKey(identity.networkKey);
    audit.record({ type: 'keyLoaded', purpose: 'network', publicKey: networkKey });
    audit.record({ type: 'keyLoaded', purpose: 'log', publicKey: identity.genesis.logKey });
  }

  #recover(): ReturnType<typeof recover> {
    const { stores, ledger, identity } = this.#parts;
    const { receipts, batcher, settlement, authorities } = this.#pipeline;
    return recover({
      work: stores.work,
      ledger,
      pool: this.#pool,
      aggregator: identity.validator.consensusKey,
      parse: this.#certificates.parse,
      params: () => this.#params(),
      restoreForeign: (batch) => this.#replica.mempool.restore(batch),
      receipts,
      batcher,
      settlement,
      ask: ({ authorityId, receiptId, nextAttemptMs }) => {
        authorities.enqueue(authorityId, receiptId, nextAttemptMs);
      },
    });
  }

  /** A set of one that nobody follows has nobody to talk to. */
  #hasPeers(): boolean {
    const { identity, config } = this.#parts;
    return identity.genesis.validators.length > 1 || config.p2pObservers.length > 0;
  }

  #stop(fault: unknown): Promise<void> {
    this.#stopping ??= this.#end(fault);
    return this.#stopping;
  }

  async #end(fault: unknown): Promise<void> {
    const { log, stores } = this.#parts;
    this.#closed = 'the node is stopping';
    if (fault !== undefined)
      this.#why = fault instanceof Error ? fault.message : 'an error that is none';
    try {
      await this.#stopParts();
      await stores.close();
      log.info('node stopped');
    } catch (error) {
      log.error({ err: error }, 'stopping failed');
    }
    if (fault === undefined) this.#ended.resolve(undefined);
    else this.#ended.reject(fault);
  }

  /** In reverse order: first nothing more comes in, last the stores may close. */
  async #stopParts(): Promise<void> {
    await this.#interfaces?.stop();
    await this.#pipeline.stop();
    await this.#housekeeping.stop();
    await this.#network.stop();
    await this.#replica.stop();
    this.#parts.audit.record({ type: 'stop', why: this.#why });
    await this.#parts.audit.close();
    await this.#parts.uptime.stop();
  }

  /** A mistake of ours, or a disk that fails: the node never goes on from memory. */
  readonly fault = (error: unknown): void => {
    if (this.#stopping !== undefined || this.#startFault !== undefined) return;
    this.#parts.log.error({ err: error }, 'node must stop');
    if (this.#isStarting) this.#startFault = { cause: error };
    else void this.#stop(error);
  };

  /** Throws what has gone wrong since the start began: `start` ends what runs. */
  #checkSound(): void {
    if (this.#startFault !== undefined) throw this.#startFault.cause;
  }

  #params(): Params {
    const { state } = this.#parts.ledger.edge();
    return valueAt(state.params, state.height + 1);
  }

  #currentRegistry(): Registry {
    const { state } = this.#parts.ledger.edge();
    const authorities = valueAt(state.registries, state.height + 1);
    if (this.#registry?.authorities !== authorities) this.#registry = createRegistry(authorities);
    return this.#registry;
  }

  #closedBecause(): string | undefined {
    return this.#closed ?? this.#housekeeping.closedBecause();
  }

  #createNetwork(): NodeNetwork {
    return new NodeNetwork(this.#parts, {
      receive: (from, channel, bytes) => this.#replica.receive(from, channel, bytes),
      answer: (from, request) => this.#replica.answer(from, request),
      onPeer: (peer, state) => {
        this.#replica.onPeer(peer, state);
      },
      height: () => this.#parts.ledger.edge().header.height,
      onFault: this.fault,
    });
  }

  #createPipeline(): Pipeline {
    const { identity, config, stores, ledger, clock, onPoint } = this.#parts;
    return createPipeline({
      identity,
      limits: config.limits,
      work: stores.work,
      ledger,
      certificates: this.#certificates,
      clock,
      metrics: () => this.#metrics,
      params: () => this.#params(),
      registry: () => this.#currentRegistry(),
      closedBecause: () => this.#closedBecause(),
      hasRoom: () => this.#replica.mempool.hasOwnRoom(),
      onBatch: (batch) => {
        this.#replica.submit(batch);
      },
      onPoint,
      onFault: this.fault,
    });
  }

  #createReplica(): Replica {
    const parts = replicaPartsOf({
      ...this.#parts,
      pool: this.#pool,
      network: this.#network,
      parse: this.#certificates.parse,
      registry: () => this.#currentRegistry(),
      metrics: () => this.#metrics,
    });
    return new Replica(parts, {
      onBlock: (block) => this.#settle(block),
      onDead: (batch, timestampMs) => this.#pipeline.settlement.takeApart(batch, timestampMs),
      onRoom: () => {
        this.#pipeline.batcher.resume();
      },
      onEquivocation: (equivocation, source) => this.#takeEquivocation(equivocation, source),
      onBadBatch: (bad) => {
        this.#watch.noteBadBatch(bad);
      },
      onStep: (input, ready) => {
        this.#watch.noteStep(input, ready);
      },
      onRefused: (error, header) => {
        this.#watch.noteRefusal(error, header);
      },
      onBuild: (seconds) => {
        this.#metrics.blockBuild.observe(seconds);
      },
      onFault: this.fault,
    });
  }

  async #takeEquivocation(
    equivocation: Equivocation,
    source: EquivocationSource,
  ): Promise<boolean> {
    const isNews = await this.#equivocations.take(equivocation, source);
    if (isNews) this.#watch.noteEquivocation(equivocation);
    return isNews;
  }

  async #settle(block: AppliedBlock): Promise<void> {
    this.#watch.noteBlock(block);
    await this.#pipeline.settle(block);
    await this.#equivocations.settle();
  }

  #createMetrics(): Metrics {
    const parts = this.#parts;
    return createMetrics({
      ...parts,
      pool: this.#pool,
      replica: this.#replica,
      pipeline: this.#pipeline,
      progress: this.#progress,
      network: this.#network,
    });
  }

  #createHousekeeping(): Housekeeping {
    const { stores, clock, log, config, ledger } = this.#parts;
    return new Housekeeping({
      work: stores.work,
      clock,
      log,
      evidenceBytesMax: config.limits.evidenceBytesMax,
      params: () => this.#params(),
      blockTimeMs: () => ledger.edge().header.timestampMs,
      rejectOverdue: () => this.#pipeline.verdicts.rejectOverdue(),
      onFault: this.fault,
    });
  }

  #createPorts(): ReturnType<typeof createPorts> {
    const { identity, ledger, uptime, log, onPoint } = this.#parts;
    const { receipts } = this.#pipeline;
    return createPorts({
      identity,
      version: VERSION,
      ledger,
      engine: this.#replica.engine,
      receipts,
      uptime,
      progress: this.#progress,
      equivocations: this.#equivocations,
      log,
      metrics: this.#metrics,
      pipeline: this.#pipeline,
      closedBecause: () => this.#closedBecause(),
      onPoint,
      onFault: this.fault,
    });
  }
}
