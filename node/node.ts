/**
 * A node: the one place where its parts are built and put together, in the order in which they start.
 *
 * ```
 * api ─▶ intake ─▶ authorities ─▶ batcher ─▶ pool ─▶ drive loop (engine, WAL) ─▶ ledger ─▶ settlement
 * ```
 *
 * The data goes one way. Whatever fails in a way that we did not foresee stops the whole node.
 */
import { join } from 'node:path';

import { createRegistry, type Registry } from '../chain/certificate/registry.ts';
import { decode } from '../chain/codec.ts';
import { createEngine, type Engine } from '../chain/consensus/engine.ts';
import { durableSchema } from '../chain/consensus/message.ts';
import type { Params } from '../chain/params.ts';
import { valueAt } from '../chain/state.ts';
import { factsOf } from '../genesis/document.ts';
import { BatchPool } from './batchPool.ts';
import { buildBlock } from './blockBuilder.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { OnPoint } from './crashPoint.ts';
import { type AppliedBlock, DriveLoop } from './driveLoop.ts';
import { EquivocationDesk } from './equivocationDesk.ts';
import { NodeError } from './errors.ts';
import { Housekeeping } from './housekeeping.ts';
import { type Identity, readIdentity } from './identity.ts';
import { Certificates } from './intake/certificates.ts';
import { type Interfaces, listen } from './interface.ts';
import { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { createPorts } from './nodePorts.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import { recover } from './recovery.ts';
import { DATA_PATHS, openStores, type Stores } from './stores.ts';
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
  const count = identity.genesis.validators.length;
  if (count !== 1) {
    throw new NodeError(
      'ERR_VALIDATOR_COUNT',
      `the genesis names ${count} validators; this version runs networks of one`,
    );
  }
  const { log, clock = systemClock, onPoint = () => undefined } = world;
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
}

class Node {
  readonly #parts: Parts;
  readonly #pool = new BatchPool();
  readonly #certificates: Certificates;
  readonly #engine: Engine;
  readonly #pipeline: Pipeline;
  readonly #equivocations: EquivocationDesk;
  readonly #metrics: Metrics;
  readonly #drive: DriveLoop;
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
    const { certificateRatePerS: perS, certificateBurst: burst } = parts.config.limits;
    this.#certificates = new Certificates(() => this.#currentRegistry(), { perS, burst });
    this.#engine = this.#createEngine();
    this.#pipeline = this.#createPipeline();
    this.#equivocations = new EquivocationDesk({
      work: parts.stores.work,
      ledger: parts.ledger,
      pushStatus: (item) => {
        this.#pipeline.batcher.pushStatus(item);
      },
    });
    this.#metrics = this.#createMetrics();
    this.#drive = this.#createDrive();
    this.#housekeeping = this.#createHousekeeping();
  }

  async start(): Promise<RunningNode> {
    const { log, identity, stores, ledger, config } = this.#parts;
    try {
      const found = await this.#recover();
      await this.#equivocations.start();
      await this.#housekeeping.start();
      await this.#drive.start();
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
    const { stores, ledger } = this.#parts;
    const { receipts, batcher, settlement, authorities } = this.#pipeline;
    return recover({
      work: stores.work,
      ledger,
      pool: this.#pool,
      receipts,
      batcher,
      settlement,
      ask: ({ authorityId, receiptId, nextAttemptMs }) => {
        authorities.enqueue(authorityId, receiptId, nextAttemptMs);
      },
    });
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
    await this.#drive.stop();
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

  #createEngine(): Engine {
    const { identity, ledger, stores } = this.#parts;
    return createEngine({
      chainId: identity.chainId,
      tip: ledger.edge(),
      publicKey: identity.validator.consensusKey,
      sign: identity.sign,
      restored: stores.wal.restored.map((bytes) => decode(durableSchema, bytes)),
    });
  }

  #createPipeline(): Pipeline {
    const { identity, config, stores, ledger, clock, onPoint } = this.#parts;
    return createPipeline({
      identity,
      limits: config.limits,
      work: stores.work,
      ledger,
      pool: this.#pool,
      certificates: this.#certificates,
      clock,
      metrics: () => this.#metrics,
      params: () => this.#params(),
      registry: () => this.#currentRegistry(),
      closedBecause: () => this.#closedBecause(),
      onBatch: () => {
        this.#drive.wake();
      },
      onPoint,
      onFault: this.#fault,
    });
  }

  #createDrive(): DriveLoop {
    const { ledger, stores, clock, identity } = this.#parts;
    const proposer = identity.validator.consensusKey;
    const world = { ledger, pool: this.#pool, parse: this.#certificates.parse, clock };
    return new DriveLoop({
      engine: this.#engine,
      wal: stores.wal,
      ledger,
      pool: this.#pool,
      clock,
      send: () => undefined, // A set of one has nobody to tell.
      build: (place) => {
        const end = this.#metrics.blockBuild.startTimer();
        const built = buildBlock(place, proposer, world);
        end();
        return built;
      },
      onApplied: (block) => this.#settle(block),
      onUntimely: async (untimely) => {
        for (const each of untimely) {
          this.#pool.remove(each.batch.id);
          await this.#pipeline.settlement.takeApart(each);
        }
      },
      onFault: this.#fault,
    });
  }

  async #settle({ decision, batches, applied, seconds }: AppliedBlock): Promise<void> {
    const { height } = decision.header;
    const records = applied.entries.filter(({ entry }) => entry.kind === 1).length;
    this.#metrics.blocks.inc();
    this.#metrics.committed.inc(records);
    this.#metrics.blockApply.observe(seconds);
    this.#parts.log.debug({ height, records }, 'block applied');
    await this.#pipeline.settlement.settleBlock(batches, applied);
    await this.#equivocations.settle();
  }

  #createMetrics(): Metrics {
    const { ledger, stores } = this.#parts;
    return new Metrics({
      height: () => ledger.edge().header.height,
      records: () => ledger.recordCount(),
      pendingByState: () => this.#pipeline.receipts.pendingByState(),
      mempool: () => ({ count: this.#pool.count(), sizeBytes: this.#pool.sizeBytes() }),
      storeBytes: async () => ({
        chain: await ledger.sizeBytes(),
        work: await stores.work.sizeBytes(),
      }),
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
      onFault: this.#fault,
    });
  }

  #createPorts(): ReturnType<typeof createPorts> {
    const { identity, ledger, uptime, clock, log, onPoint } = this.#parts;
    const { receipts } = this.#pipeline;
    return createPorts({
      identity,
      version: VERSION,
      ledger,
      engine: this.#engine,
      receipts,
      uptime,
      equivocations: this.#equivocations,
      clock,
      log,
      metrics: this.#metrics,
      pipeline: this.#pipeline,
      closedBecause: () => this.#closedBecause(),
      onPoint,
      onFault: this.#fault,
    });
  }
}
