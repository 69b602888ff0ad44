/**
 * The node of a validator, built and put together in the order in which its parts start.
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

import type { Equivocation } from '../chain/consensus/equivocation.ts';
import { verifySigned } from '../chain/signature.ts';
import { factsOf } from '../genesis/document.ts';
import type { Audit } from './audit/audit.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { OnPoint } from './crashPoint.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import { EquivocationDesk, type EquivocationSource } from './equivocationDesk.ts';
import { fetchFirstChain } from './firstChain.ts';
import { Housekeeping } from './housekeeping.ts';
import { networkLogOf, type ValidatorIdentity } from './identity.ts';
import { Certificates } from './intake/certificates.ts';
import { type Interfaces, listen } from './interface.ts';
import { Ledger } from './ledger.ts';
import { Lifetime, type RunningNode } from './lifetime.ts';
import type { Log } from './log.ts';
import type { LogCheck } from './logCheck/logCheck.ts';
import { createValidatorLogCheck } from './logCheck/nodeLogCheck.ts';
import { BatchPool } from './mempool/batchPool.ts';
import type { Metrics } from './metrics.ts';
import { NodeNetwork } from './network.ts';
import { News } from './news.ts';
import { openNodeAudit, recordStart } from './nodeAudit.ts';
import { createMetrics } from './nodeMetrics.ts';
import { createPorts } from './nodePorts.ts';
import { replicaPartsOf } from './nodeReplica.ts';
import { createSigstore, type OpenSigstore, openConfiguredSigstore } from './nodeSigstore.ts';
import { createTimestamps, readConfiguredKey } from './nodeTimestamps.ts';
import { createProgress, createWatch } from './nodeWatch.ts';
import { NodeWitnesses, readWitnessSetup, type WitnessSetup } from './nodeWitnesses.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import type { Progress } from './progress.ts';
import { recover } from './recovery.ts';
import { Replica } from './replica.ts';
import { Rules } from './rules.ts';
import { ServedLog } from './servedLog.ts';
import type { Standings } from './standings.ts';
import { DATA_PATHS, openStores, type Stores } from './stores.ts';
import { SyncTimes } from './syncTimes.ts';
import type { TimestampKey } from './timestamp/timestampKey.ts';
import type { Timestamps } from './timestamp/timestamps.ts';
import { Uptime } from './uptime.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

/** Starts the node of a validator; resolves when it is ready. Rejects with an error that says what to do. */
export async function startValidator(
  identity: ValidatorIdentity,
  config: Config,
  world: World,
): Promise<RunningNode> {
  const { log, clock } = world;
  const syncTimes = new SyncTimes(world.onPoint);
  const { onPoint } = syncTimes;
  const timestampKey = await readConfiguredKey(config, clock);
  const witnessSetup = await readWitnessSetup(config, identity);
  const stores = await openStores(config.dataDir, onPoint);
  let sigstore: OpenSigstore | undefined;
  try {
    sigstore = await openConfiguredSigstore(config, { timestampKey, clock });
    await fetchFirstChain({ config, identity, chain: stores.chain }, world);
    const ledger = await Ledger.open(stores.chain, factsOf(identity.genesis));
    const uptime = await Uptime.open(join(config.dataDir, DATA_PATHS.uptime), clock);
    const audit = await openNodeAudit(identity, {
      dataDir: config.dataDir,
      clock,
      log,
      onFault: (error) => {
        node.life.fault(error);
      },
    });
    const rules = new Rules(ledger);
    const parts = { config, identity, stores, ledger, rules, clock, uptime, log, onPoint };
    const node = new ValidatorNode({
      ...parts,
      syncTimes,
      audit,
      timestampKey,
      sigstore,
      witnessSetup,
    });
    return await node.start();
  } catch (error) {
    await sigstore?.store.close();
    await stores.close();
    throw error;
  }
}

interface Parts {
  readonly config: Config;
  readonly identity: ValidatorIdentity;
  readonly stores: Stores;
  readonly ledger: Ledger;
  readonly rules: Rules;
  readonly clock: Clock;
  readonly uptime: Uptime;
  readonly log: Log;
  readonly onPoint: OnPoint;
  readonly syncTimes: SyncTimes;
  readonly audit: Audit;
  readonly timestampKey: TimestampKey | undefined;
  readonly sigstore: OpenSigstore | undefined;
  readonly witnessSetup: WitnessSetup;
}

class ValidatorNode {
  readonly life: Lifetime;
  readonly #parts: Parts;
  readonly #pool: BatchPool;
  readonly #certificates: Certificates;
  readonly #network: NodeNetwork;
  readonly #replica: Replica;
  readonly #finalNews = new News();
  readonly #witnesses: NodeWitnesses;
  readonly #servedLog: ServedLog;
  readonly #pipeline: Pipeline;
  readonly #equivocations: EquivocationDesk;
  readonly #logCheck: LogCheck;
  readonly #metrics: Metrics;
  readonly #standings: Standings;
  readonly #progress: Progress;
  readonly #watch: Watch;
  readonly #housekeeping: Housekeeping;
  readonly #timestamps: Timestamps | undefined;
  #interfaces: Interfaces | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.life = new Lifetime({
      log: parts.log,
      stopParts: (why) => this.#stopParts(why),
      close: async () => {
        await parts.sigstore?.store.close();
        await parts.stores.close();
      },
    });
    const { limits } = parts.config;
    const { certificateRatePerS: perS, certificateBurst: burst } = limits;
    this.#pool = new BatchPool(limits.mempoolBytesMax);
    this.#certificates = new Certificates(() => parts.rules.registry(), { perS, burst });
    this.#network = this.#createNetwork();
    this.#replica = this.#createReplica();
    const { fault: onFault } = this.life;
    this.#witnesses = new NodeWitnesses({ ...parts, metrics: () => this.#metrics, onFault });
    this.#servedLog = new ServedLog({
      network: networkLogOf(parts.identity),
      chain: parts.stores.chain,
      final: () => this.#replica.cosigning.final(),
      nextFinal: (signal) => this.#finalNews.next(signal),
      validators: () => parts.rules.validators(),
      outside: this.#witnesses.cosigned(),
    });
    this.#pipeline = this.#createPipeline();
    this.#equivocations = new EquivocationDesk({
      work: parts.stores.work,
      ledger: parts.ledger,
      verify: verifySigned,
      pushStatus: (item) => {
        this.#pipeline.batcher.pushStatus(item);
      },
    });
    const { standings, progress } = createProgress({
      ...parts,
      network: this.#network,
      replica: this.#replica,
    });
    this.#standings = standings;
    this.#progress = progress;
    this.#logCheck = createValidatorLogCheck({
      ...parts,
      replica: this.#replica,
      metrics: () => this.#metrics,
      onFault: this.life.fault,
    });
    this.#metrics = this.#createMetrics();
    this.#timestamps = createTimestamps({ ...parts, metrics: this.#metrics });
    const { engine } = this.#replica;
    this.#watch = createWatch({ ...parts, metrics: this.#metrics, progress, engine });
    this.#housekeeping = this.#createHousekeeping();
  }

  start(): Promise<RunningNode> {
    return this.life.start(() => this.#run());
  }

  async #run(): Promise<Omit<RunningNode, 'stop' | 'ended'>> {
    const { log, config, identity, stores, ledger, audit } = this.#parts;
    recordStart(audit, identity, ledger.edge().header.height);
    this.#witnesses.recordKey();
    const found = await this.#recover();
    await this.#equivocations.start();
    await this.#housekeeping.start();
    if (this.#hasPeers()) await this.#network.start();
    await this.#replica.start();
    this.#logCheck.start();
    this.#witnesses.onFinal(this.#replica.cosigning.final());
    this.life.checkSound();
    this.#interfaces = await listen(config, this.#createPorts());
    this.life.checkSound();
    const { apiUrl, adminUrl } = this.#interfaces;
    const { height } = ledger.edge().header;
    const replayed = stores.wal.restored.length;
    const { name } = identity.validator;
    log.info({ validator: name, height, api: apiUrl, ...found, replayed }, 'node ready');
    return { chainId: identity.chainId, apiUrl, adminUrl };
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
      params: () => this.#parts.rules.params(),
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

  /** In reverse order: first nothing more comes in, last the stores may close. */
  async #stopParts(why: string | undefined): Promise<void> {
    await this.#interfaces?.stop();
    await this.#witnesses.stop();
    await this.#pipeline.stop();
    await this.#housekeeping.stop();
    this.#logCheck.stop();
    await this.#network.stop();
    await this.#replica.stop();
    this.#parts.audit.record({ type: 'stop', why });
    await this.#parts.audit.close();
    await this.#parts.uptime.stop();
  }

  #closedBecause(): string | undefined {
    return this.life.closedBecause() ?? this.#housekeeping.closedBecause();
  }

  #createNetwork(): NodeNetwork {
    return new NodeNetwork(this.#parts, {
      receive: (from, channel, bytes) => this.#replica.receive(from, channel, bytes),
      answer: (from, request) => this.#replica.answer(from, request),
      onPeer: (peer, state) => {
        this.#replica.onPeer(peer, state);
      },
      onHeight: () => undefined, // A validator hears of blocks by votes.
      height: () => this.#parts.ledger.edge().header.height,
      onFault: this.life.fault,
    });
  }

  #createPipeline(): Pipeline {
    const { config, stores } = this.#parts;
    return createPipeline({
      ...this.#parts,
      limits: config.limits,
      work: stores.work,
      certificates: this.#certificates,
      metrics: () => this.#metrics,
      closedBecause: () => this.#closedBecause(),
      hasRoom: () => this.#replica.mempool.hasOwnRoom(),
      onBatch: (batch) => this.#replica.submit(batch),
      onFault: this.life.fault,
    });
  }

  #createReplica(): Replica {
    const parts = replicaPartsOf({
      ...this.#parts,
      pool: this.#pool,
      network: this.#network,
      parse: this.#certificates.parse,
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
      onFinal: (checkpoint) => {
        this.#finalNews.announce();
        this.#witnesses.onFinal(checkpoint);
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
      onFault: this.life.fault,
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
    return createMetrics({
      ...this.#parts,
      pool: this.#pool,
      replica: this.#replica,
      pipeline: this.#pipeline,
      network: this.#network,
      logCheck: this.#logCheck,
      witnesses: this.#witnesses,
    });
  }

  #createHousekeeping(): Housekeeping {
    const { stores, clock, log, config, ledger, rules } = this.#parts;
    return new Housekeeping({
      work: stores.work,
      clock,
      log,
      evidenceBytesMax: config.limits.evidenceBytesMax,
      params: () => rules.params(),
      blockTimeMs: () => ledger.edge().header.timestampMs,
      rejectOverdue: () => this.#pipeline.verdicts.rejectOverdue(),
      onFault: this.life.fault,
    });
  }

  #createPorts(): ReturnType<typeof createPorts> {
    return createPorts({
      ...this.#parts,
      turn: this.#replica.engine,
      receipts: this.#pipeline.receipts,
      standings: this.#standings,
      progress: this.#progress,
      equivocations: this.#equivocations,
      timestamps: this.#timestamps,
      sigstore: createSigstore({
        ...this.#parts,
        timestamps: this.#timestamps,
        onFault: this.life.fault,
      }),
      witnesses: this.#witnesses,
      metrics: this.#metrics,
      pipeline: this.#pipeline,
      servedLog: this.#servedLog,
      cosigning: this.#replica.cosigning,
      logCheck: this.#logCheck,
      closedBecause: () => this.#closedBecause(),
      onFault: this.life.fault,
    });
  }
}
