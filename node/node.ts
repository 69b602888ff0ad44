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
import { setImmediate } from 'node:timers/promises';

import { formatHex } from '../chain/bytes.ts';
import { createRegistry, type Registry } from '../chain/certificate/registry.ts';
import { verifySigned, verifySignedOffThread } from '../chain/signature.ts';
import { quorumSize } from '../chain/consensus/quorum.ts';
import type { Params } from '../chain/params.ts';
import { valueAt } from '../chain/state.ts';
import { factsOf } from '../genesis/document.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { OnPoint } from './crashPoint.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import { Housekeeping } from './housekeeping.ts';
import { type Identity, readIdentity } from './identity.ts';
import { Certificates } from './intake/certificates.ts';
import { type Interfaces, listen } from './interface.ts';
import { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import { BatchPool } from './mempool/batchPool.ts';
import { createEvidenceCheck } from './mempool/evidenceCheck.ts';
import { Metrics } from './metrics.ts';
import { NodeNetwork } from './network.ts';
import { createPorts } from './nodePorts.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import { Progress } from './progress.ts';
import { recover } from './recovery.ts';
import { Replica, type ReplicaParts } from './replica.ts';
import { StepMeter } from './stepMeter.ts';
import { DATA_PATHS, openStores, type Stores } from './stores.ts';
import { SyncTimes } from './syncTimes.ts';
import { Uptime } from './uptime.ts';
import { VERSION } from './version.ts';

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
    return await new Node({
      config,
      identity,
      stores,
      ledger,
      clock,
      uptime,
      log,
      onPoint,
      syncTimes,
    }).start();
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
}

class Node {
  readonly #parts: Parts;
  readonly #pool: BatchPool;
  readonly #certificates: Certificates;
  readonly #network: NodeNetwork;
  readonly #replica: Replica;
  readonly #pipeline: Pipeline;
  readonly #metrics: Metrics;
  readonly #progress: Progress;
  readonly #meter: StepMeter;
  readonly #housekeeping: Housekeeping;
  readonly #ended = Promise.withResolvers<undefined>();
  #interfaces: Interfaces | undefined;
  #registry: Registry | undefined;
  /** Why nothing is taken in, as far as the node's own life goes. */
  #closed: string | undefined = 'the node is starting';
  #stopping: Promise<void> | undefined;
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
    this.#progress = this.#createProgress();
    this.#metrics = this.#createMetrics();
    this.#meter = new StepMeter(this.#metrics, this.#replica.engine, parts.clock);
    this.#housekeeping = this.#createHousekeeping();
  }

  async start(): Promise<RunningNode> {
    const { log, identity, stores, ledger, config } = this.#parts;
    try {
      const found = await this.#recover();
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
    await this.#parts.uptime.stop();
  }

  /** A mistake of ours, or a disk that fails: the node never goes on from memory. */
  readonly #fault = (error: unknown): void => {
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
      onFault: this.#fault,
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
      onFault: this.#fault,
    });
  }

  #createReplica(): Replica {
    const { config, identity, stores, ledger, clock, log } = this.#parts;
    const { parse } = this.#certificates;
    const checkEvidence = createEvidenceCheck({ parse, registry: () => this.#currentRegistry() });
    const parts: ReplicaParts = {
      consensusKey: identity.validator.consensusKey,
      sign: identity.sign,
      ledger,
      ...stores,
      pool: this.#pool,
      peers: this.#network,
      clock,
      log,
      parse,
      checkEvidence: (sent, state) => {
        this.#metrics.verifications.inc({ kind: 'evidence' }, sent.evidence.items.length);
        return checkEvidence(sent, state);
      },
      verify: (signed) => {
        this.#metrics.verifications.inc({ kind: 'vote' });
        return verifySigned(signed);
      },
      verifyLater: (signed) => {
        this.#metrics.verifications.inc({ kind: 'sync' });
        return verifySignedOffThread(signed);
      },
      signAtOnce: config.signAtOnce,
      random: () => Math.random(),
      pause: setImmediate,
    };
    return new Replica(parts, {
      onBlock: (block) => this.#settle(block),
      onDead: (batch, timestampMs) => this.#pipeline.settlement.takeApart(batch, timestampMs),
      onRoom: () => {
        this.#pipeline.batcher.resume();
      },
      onEquivocation: () => Promise.resolve(false),
      onBadBatch: ({ aggregator }) => {
        this.#metrics.badBatches.inc({ aggregator: formatHex(aggregator) });
      },
      onStep: (input, ready) => {
        this.#meter.note(input, ready);
        this.#progress.noteStep(input);
      },
      onRefused: (error, header) => {
        const { code, message } = error;
        this.#metrics.refusals.inc({ code });
        this.#progress.noteRefusal(error, header);
        const { height, view } = header;
        log.warn({ code, height, view }, `proposal refused: ${message}`);
      },
      onBuild: (seconds) => {
        this.#metrics.blockBuild.observe(seconds);
      },
      onFault: this.#fault,
    });
  }

  async #settle(block: AppliedBlock): Promise<void> {
    const { height } = block.header;
    const records = block.applied.entries.filter(({ entry }) => entry.kind === 1).length;
    this.#metrics.blocks.inc();
    this.#metrics.committed.inc(records);
    this.#metrics.blockApply.observe(block.seconds);
    this.#progress.noteBlock(block);
    this.#parts.log.debug({ height, records }, 'block applied');
    await this.#pipeline.settle(block);
  }

  #createProgress(): Progress {
    const { ledger, clock, identity } = this.#parts;
    const { engine, sync } = this.#replica;
    return new Progress({
      ledger,
      clock,
      engine,
      sync,
      consensusKey: identity.validator.consensusKey,
      peers: () => this.#network.known(),
      waitingFor: () => this.#replica.waitingFor(),
    });
  }

  #createMetrics(): Metrics {
    const { ledger, stores, syncTimes } = this.#parts;
    const { engine, sync } = this.#replica;
    const validatorCount = (): number => this.#progress.standings().length;
    const metrics = new Metrics({
      height: () => ledger.edge().header.height,
      view: () => engine.place().view,
      proposer: () => engine.proposer(),
      quorum: () => quorumSize(validatorCount()),
      validators: validatorCount,
      peersConnected: () => this.#network.known().filter(({ isUp }) => isUp).length,
      blocksBehind: () => Math.max(0, sync.target() - ledger.edge().header.height),
      records: () => ledger.recordCount(),
      pendingByState: () => this.#pipeline.receipts.pendingByState(),
      mempool: () => this.#pool.load(),
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
      onFault: this.#fault,
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
      log,
      metrics: this.#metrics,
      pipeline: this.#pipeline,
      closedBecause: () => this.#closedBecause(),
      onPoint,
      onFault: this.#fault,
    });
  }
}
