/**
 * A node: the one place where its parts are built and put together, in the order in which they start.
 *
 * ```
 * api ─▶ intake ─▶ authorities ─▶ batcher ─▶ pool ─▶ drive loop (engine, WAL) ─▶ ledger ─▶ settlement
 * ```
 *
 * The data goes one way. Whatever fails in a way that we did not foresee stops the whole node.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { AdminPort, ApiPorts, LedgerPort, StatusPort } from '../api/ports.ts';
import { type Api, type ApiOptions, createAdminApi, createApi } from '../api/server.ts';
import { decode } from '../chain/codec.ts';
import { createEngine, type Engine } from '../chain/consensus/engine.ts';
import { messageSchema } from '../chain/consensus/message.ts';
import { createRegistry, type Registry } from '../chain/certificate/registry.ts';
import type { Params } from '../chain/params.ts';
import { lastSequence, type State, valueAt } from '../chain/state.ts';
import { factsOf } from '../genesis/document.ts';
import { Authorities } from './authority/authorities.ts';
import { AuthorityClient } from './authority/client.ts';
import { BatchPool, type PooledBatch } from './batchPool.ts';
import { buildBlock } from './blockBuilder.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config, ListenAddress } from './config.ts';
import type { OnPoint } from './crashPoint.ts';
import { DriveLoop } from './driveLoop.ts';
import { NodeError } from './errors.ts';
import { Housekeeping } from './housekeeping.ts';
import { type Identity, readIdentity } from './identity.ts';
import { Batcher } from './intake/batcher.ts';
import { Certificates } from './intake/certificates.ts';
import { Intake } from './intake/intake.ts';
import { ReceiptDesk } from './intake/receiptDesk.ts';
import { Settlement } from './intake/settlement.ts';
import { VerdictDesk } from './intake/verdictDesk.ts';
import { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { recover } from './recovery.ts';
import { statusOf, type StatusSources, validatorViewsOf } from './statusView.ts';
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

/** Sequences left free by an aggregator that has lost its own count. */
const SEQUENCE_GAP = 1_000;

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
  const onPoint = world.onPoint ?? (() => undefined);
  const stores = await openStores(config.dataDir, onPoint);
  try {
    const ledger = await Ledger.open(stores.chain, factsOf(identity.genesis));
    const clock = world.clock ?? systemClock;
    const uptime = await Uptime.open(join(config.dataDir, DATA_PATHS.uptime), clock);
    const parts = { config, identity, stores, ledger, clock, uptime, log: world.log, onPoint };
    return await new Node(parts).start();
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
  readonly #receipts: ReceiptDesk;
  readonly #certificates: Certificates;
  readonly #batcher: Batcher;
  readonly #settlement: Settlement;
  readonly #verdicts: VerdictDesk;
  readonly #client = new AuthorityClient();
  readonly #authorities: Authorities;
  readonly #intake: Intake;
  readonly #engine: Engine;
  readonly #drive: DriveLoop;
  readonly #metrics: Metrics;
  readonly #housekeeping: Housekeeping;
  readonly #apis: Api[] = [];
  readonly #ended = Promise.withResolvers<undefined>();
  #registry: { readonly state: State; readonly registry: Registry } | undefined;
  #closed: string | undefined = 'the node is starting';
  #stopping: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { stores, config, clock } = parts;
    this.#receipts = new ReceiptDesk(stores.work);
    const { certificateRatePerS: perS, certificateBurst: burst } = config.limits;
    this.#certificates = new Certificates(() => this.#currentRegistry(), { perS, burst });
    this.#batcher = this.#createBatcher();
    this.#settlement = new Settlement({ ...this.#shared(), batcher: this.#batcher });
    this.#verdicts = this.#createVerdictDesk();
    this.#authorities = this.#createAuthorities();
    this.#intake = this.#createIntake();
    this.#engine = this.#createEngine();
    this.#drive = this.#createDrive();
    this.#metrics = this.#createMetrics();
    this.#housekeeping = new Housekeeping({
      work: stores.work,
      clock,
      log: parts.log,
      evidenceBytesMax: config.limits.evidenceBytesMax,
      params: () => this.#params(),
      blockTimeMs: () => parts.ledger.edge().header.timestampMs,
      onFault: (error) => {
        this.#fault(error);
      },
    });
  }

  async start(): Promise<RunningNode> {
    const { log, identity, stores, ledger } = this.#parts;
    const recovered = await recover({
      ...this.#shared(),
      ledger,
      pool: this.#pool,
      batcher: this.#batcher,
      settlement: this.#settlement,
      ask: ({ authorityId, receiptId }, { nextAttemptMs }) => {
        this.#authorities.enqueue(authorityId, receiptId, nextAttemptMs);
      },
    });
    await this.#housekeeping.start();
    await this.#drive.start();
    const apiUrl = await this.#listen('API_LISTEN', this.#parts.config.apiListen, createApi);
    const adminUrl = await this.#listen('ADMIN_LISTEN', this.#parts.config.adminListen, createAdminApi);
    this.#closed = undefined;
    const { height } = ledger.edge().header;
    log.info({ validator: identity.validator.name, height, api: apiUrl, ...recovered }, 'node ready');
    if (stores.wal.restored.length > 0) log.debug({ count: stores.wal.restored.length }, 'log replayed');
    return {
      chainId: identity.chainId,
      apiUrl,
      adminUrl,
      stop: () => this.#stop(undefined),
      ended: this.#ended.promise,
    };
  }

  async #listen(
    setting: string,
    { host, port }: ListenAddress,
    create: (options: ApiOptions, ports: ApiPorts) => Api,
  ): Promise<string> {
    const { config } = this.#parts;
    const tls = create === createApi ? await readTls(config) : undefined;
    const options: ApiOptions = {
      host,
      port,
      trustedProxies: config.trustedProxies,
      requestsPerSecond: config.limits.addressRatePerS,
      ...(tls === undefined ? {} : { tls }),
    };
    const api = create(options, this.#ports());
    this.#apis.push(api);
    const address = await api.start().catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new NodeError('ERR_LISTEN', `cannot listen on ${setting}=${host}:${port}: ${reason}`, {
        cause,
      });
    });
    const name = address.host.includes(':') ? `[${address.host}]` : address.host;
    return `${tls === undefined ? 'http' : 'https'}://${name}:${address.port}`;
  }

  #stop(fault: unknown): Promise<void> {
    this.#stopping ??= this.#stopParts(fault);
    return this.#stopping;
  }

  /** In reverse order: first nothing more comes in, last the stores close. */
  async #stopParts(fault: unknown): Promise<void> {
    const { log, stores, uptime } = this.#parts;
    this.#closed = 'the node is stopping';
    try {
      await Promise.all(this.#apis.map((api) => api.stop()));
      await this.#authorities.stop();
      await this.#client.close();
      await this.#batcher.stop();
      await this.#housekeeping.stop();
      await this.#drive.stop();
      await uptime.stop();
      await stores.close();
      log.info('node stopped');
    } catch (error) {
      log.error({ err: error }, 'stopping failed');
    }
    if (fault === undefined) this.#ended.resolve(undefined);
    else this.#ended.reject(fault);
  }

  /** A mistake of ours, or a disk that fails: the node never goes on from memory. */
  #fault(error: unknown): void {
    if (this.#stopping !== undefined) return;
    this.#parts.log.error({ err: error }, 'node must stop');
    void this.#stop(error);
  }

  #params(): Params {
    const { state } = this.#parts.ledger.edge();
    return valueAt(state.params, state.height + 1);
  }

  #currentRegistry(): Registry {
    const { state } = this.#parts.ledger.edge();
    const authorities = valueAt(state.registries, state.height + 1);
    if (this.#registry?.registry.authorities !== authorities) {
      this.#registry = { state, registry: createRegistry(authorities) };
    }
    return this.#registry.registry;
  }

  /** What most parts of the intake need. */
  #shared() {
    const { stores, clock, identity, ledger } = this.#parts;
    return {
      work: stores.work,
      receipts: this.#receipts,
      certificates: this.#certificates,
      clock,
      parse: this.#certificates.parse,
      params: () => this.#params(),
      findAuthority: (id: string) => this.#currentRegistry().find(id),
      isRegistered: (imageHash: Uint8Array) =>
        ledger.isRegistered(imageHash, identity.validator.consensusKey),
      duplicateOf: (imageHash: Uint8Array, receiptId: Uint8Array) =>
        this.#intake.duplicateOf(imageHash, receiptId),
      onPoint: this.#parts.onPoint,
      onFault: (error: unknown) => {
        this.#fault(error);
      },
    };
  }

  #createBatcher(): Batcher {
    const { identity, stores, ledger } = this.#parts;
    const aggregator = identity.validator.consensusKey;
    const used = stores.work.readSequence();
    const committed = lastSequence(ledger.edge().state, aggregator);
    const firstSequence =
      used === undefined && committed !== undefined
        ? committed + SEQUENCE_GAP + 1
        : Math.max(used ?? 0, committed ?? 0) + 1;
    const { chainId, commitmentKey, sign } = identity;
    return new Batcher(
      { chainId, aggregator, commitmentKey, sign, firstSequence },
      {
        ...this.#shared(),
        onBatch: (batch, receiptIds) => {
          this.#takeBatch(batch, receiptIds);
        },
      },
    );
  }

  #takeBatch(batch: PooledBatch, receiptIds: readonly Uint8Array[]): void {
    this.#settlement.expect(batch.id, receiptIds);
    this.#pool.add(batch);
    this.#drive.wake();
  }

  #createVerdictDesk(): VerdictDesk {
    const { chainId, commitmentKey } = this.#parts.identity;
    return new VerdictDesk(
      { chainId, commitmentKey },
      {
        ...this.#shared(),
        onValidated: (receiptId) => {
          this.#batcher.push(receiptId);
        },
        random: () => Math.random(),
      },
    );
  }

  #createAuthorities(): Authorities {
    const { clock, config } = this.#parts;
    return new Authorities(
      { concurrency: config.limits.authorityConcurrency },
      {
        clock,
        authorities: () => this.#currentRegistry().authorities,
        ask: async (id) => {
          const question = this.#verdicts.questionOf(id);
          return question === undefined ? undefined : this.#client.ask(question);
        },
        onAnswer: (id, answer) => this.#verdicts.settle(id, answer),
        onQuestion: (authority, seconds, outcome) => {
          this.#metrics.questions.observe({ authority, outcome }, seconds);
        },
        onFault: (error) => {
          this.#fault(error);
        },
      },
    );
  }

  #createIntake(): Intake {
    const { identity, config } = this.#parts;
    const options = {
      chainId: identity.chainId,
      commitmentKey: identity.commitmentKey,
      pendingMax: config.limits.pendingMax,
      validatorCount: identity.genesis.validators.length,
    };
    return new Intake(options, {
      ...this.#shared(),
      authorities: () => this.#currentRegistry().authorities,
      closedBecause: () => this.#closed ?? this.#housekeeping.closedBecause(),
      ask: ({ authorityId, receiptId }) => {
        this.#metrics.submissions.inc();
        this.#authorities.enqueue(authorityId, receiptId);
      },
    });
  }

  #createEngine(): Engine {
    const { identity, ledger, stores } = this.#parts;
    return createEngine({
      chainId: identity.chainId,
      state: ledger.edge().state,
      publicKey: identity.validator.consensusKey,
      sign: identity.sign,
      restored: stores.wal.restored.map((bytes) => decode(messageSchema, bytes)),
    });
  }

  #createDrive(): DriveLoop {
    const { ledger, stores, clock, log, identity } = this.#parts;
    const proposer = identity.validator.consensusKey;
    const world = { ledger, pool: this.#pool, parse: this.#certificates.parse, nowMs: clock.nowMs };
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
      onApplied: async ({ header }, batches, applied) => {
        this.#metrics.blocks.inc();
        this.#metrics.committed.inc(applied.entries.length - 1);
        log.debug({ height: header.height, records: applied.entries.length - 1 }, 'block applied');
        await this.#settlement.settleBlock(batches, applied);
      },
      onUntimely: async (untimely) => {
        for (const each of untimely) {
          this.#pool.remove(each.batch.id);
          await this.#settlement.takeApart(each);
        }
      },
      onFault: (error) => {
        this.#fault(error);
      },
    });
  }

  #createMetrics(): Metrics {
    const { ledger, stores } = this.#parts;
    return new Metrics({
      height: () => ledger.edge().header.height,
      records: () => ledger.recordCount(),
      pendingByState: () => this.#receipts.pendingByState(),
      mempool: () => ({ count: this.#pool.count(), sizeBytes: this.#pool.sizeBytes() }),
      storeBytes: async () => ({
        chain: await ledger.sizeBytes(),
        work: await stores.work.sizeBytes(),
      }),
    });
  }

  #ports(): ApiPorts {
    const { log } = this.#parts;
    return {
      intake: this.#intake,
      ledger: this.#ledgerPort(),
      status: this.#statusPort(),
      admin: this.#adminPort(),
      onResponse: (route, status, seconds) => {
        this.#metrics.responses.observe({ route, status }, seconds);
      },
      onFault: (error) => {
        log.error({ err: error }, 'request failed');
      },
    };
  }

  #ledgerPort(): LedgerPort {
    const { ledger, identity } = this.#parts;
    return {
      asOf: () => {
        const { header, frontier } = ledger.edge();
        return {
          height: header.height,
          blockTimeMs: header.timestampMs,
          logSize: frontier.treeSize,
        };
      },
      recordCount: () => ledger.recordCount(),
      findRegistrations: (imageHash) => ledger.findRegistrations(imageHash),
      findDerivatives: (imageHash, countMax) => ledger.findDerivatives(imageHash, countMax),
      readBlock: (height) => ledger.readBlock(height),
      findHeight: (blockHash) => ledger.findHeight(blockHash),
      readTransaction: (batchId) => ledger.readTransaction(batchId),
      state: () => ledger.edge().state,
      genesis: () => identity.document,
    };
  }

  #statusPort(): StatusPort {
    const { identity, ledger, uptime, clock } = this.#parts;
    const sources: StatusSources = {
      identity,
      version: VERSION,
      ledger,
      engine: this.#engine,
      receipts: this.#receipts,
      uptime,
      closedBecause: () => this.#closed ?? this.#housekeeping.closedBecause(),
    };
    return {
      status: () => statusOf(sources),
      validators: () => validatorViewsOf(sources, clock.nowMs()),
      authorities: () => this.#authorities.views(),
      metrics: async () => {
        const { registry } = this.#metrics;
        return { contentType: registry.contentType, body: await registry.metrics() };
      },
    };
  }

  #adminPort(): AdminPort {
    return {
      retryAuthority: (id) => this.#authorities.retryNow(id),
      setLogLevel: (level) => {
        this.#parts.log.level = level;
      },
    };
  }
}

async function readTls({ apiTls }: Config): Promise<ApiOptions['tls']> {
  if (apiTls === undefined) return undefined;
  const [cert, key] = await Promise.all([readFile(apiTls.certPath), readFile(apiTls.keyPath)]);
  return { cert, key };
}
