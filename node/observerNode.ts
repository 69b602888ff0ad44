/**
 * The node of an observer, built and put together in the order in which its parts start.
 *
 * ```
 * validators ─▶ network ─▶ follower ─▶ ledger ◀─ api
 * ```
 *
 * It holds the chain and answers about it. It has no consensus key and so neither votes nor keeps an audit, which
 * would say what it did in consensus; it takes no submissions, asks no authority, and is sent no evidence.
 */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { ChainError } from '../chain/errors.ts';
import { verifySignedOffThread } from '../chain/signature.ts';
import { factsOf } from '../genesis/document.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import { CheckpointFollower } from './cosigning/checkpointFollower.ts';
import { fetchFirstChain } from './firstChain.ts';
import { Follower } from './follower.ts';
import { networkLogOf, type ObserverIdentity } from './identity.ts';
import { type Interfaces, listen } from './interface.ts';
import { Ledger } from './ledger.ts';
import { Lifetime, type RunningNode } from './lifetime.ts';
import type { Log } from './log.ts';
import type { LogCheck } from './logCheck/logCheck.ts';
import { createObserverLogCheck } from './logCheck/nodeLogCheck.ts';
import type { Metrics } from './metrics.ts';
import { NodeNetwork } from './network.ts';
import { News } from './news.ts';
import { createObserverMetrics } from './observerMetrics.ts';
import { createTimestamps, readConfiguredKey } from './nodeTimestamps.ts';
import { createObserverPorts } from './observerPorts.ts';
import { ObserverProgress } from './observerProgress.ts';
import { RecordedEquivocations } from './recordedEquivocations.ts';
import { Rules } from './rules.ts';
import { ServedLog } from './servedLog.ts';
import { Standings } from './standings.ts';
import type { ChainStore } from './store/chainStore.ts';
import { DATA_PATHS, openChain } from './stores.ts';
import { SyncTimes } from './syncTimes.ts';
import type { TimestampKey } from './timestamp/timestampKey.ts';
import type { Timestamps } from './timestamp/timestamps.ts';
import { firstTurn, type Turn } from './turn.ts';
import { Uptime } from './uptime.ts';
import { CosignedOutside } from './witness/cosignedOutside.ts';
import type { World } from './world.ts';

/** Starts the node of an observer; resolves when it answers. Rejects with an error that says what to do. */
export async function startObserver(
  identity: ObserverIdentity,
  config: Config,
  world: World,
): Promise<RunningNode> {
  const { log, clock } = world;
  const syncTimes = new SyncTimes(world.onPoint);
  const timestampKey = await readConfiguredKey(config, clock);
  const chain = await openChain(config.dataDir, syncTimes.onPoint);
  try {
    await fetchFirstChain({ config, identity, chain }, world);
    const ledger = await Ledger.open(chain, factsOf(identity.genesis));
    const uptime = await Uptime.open(join(config.dataDir, DATA_PATHS.uptime), clock);
    const rules = new Rules(ledger);
    const turn = firstTurn(ledger);
    const parts = { config, identity, chain, ledger, rules, turn, clock, uptime, log, syncTimes };
    return await new ObserverNode({ ...parts, timestampKey }).start();
  } catch (error) {
    await chain.close();
    throw error;
  }
}

interface Parts {
  readonly config: Config;
  readonly identity: ObserverIdentity;
  readonly chain: ChainStore;
  readonly ledger: Ledger;
  readonly rules: Rules;
  readonly turn: Turn;
  readonly clock: Clock;
  readonly uptime: Uptime;
  readonly log: Log;
  readonly syncTimes: SyncTimes;
  readonly timestampKey: TimestampKey | undefined;
}

class ObserverNode {
  readonly #parts: Parts;
  readonly #life: Lifetime;
  readonly #network: NodeNetwork;
  readonly #follower: Follower;
  readonly #checkpoints: CheckpointFollower;
  readonly #finalNews = new News();
  readonly #servedLog: ServedLog;
  readonly #standings: Standings;
  readonly #progress: ObserverProgress;
  readonly #logCheck: LogCheck;
  readonly #metrics: Metrics;
  readonly #timestamps: Timestamps | undefined;
  #interfaces: Interfaces | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#life = new Lifetime({
      log: parts.log,
      stopParts: () => this.#stopParts(),
      close: () => parts.chain.close(),
    });
    this.#network = this.#createNetwork();
    this.#follower = this.#createFollower();
    this.#checkpoints = this.#createCheckpoints();
    this.#servedLog = new ServedLog({
      network: networkLogOf(parts.identity),
      chain: parts.chain,
      final: () => this.#checkpoints.final(),
      nextFinal: (signal) => this.#finalNews.next(signal),
      validators: () => parts.rules.validators(),
      outside: new CosignedOutside(),
    });
    const peers = { peers: () => this.#network.known() };
    this.#standings = new Standings({ ...parts, ...peers, isSelf: () => false });
    this.#progress = new ObserverProgress({ ...parts, ...peers, standings: this.#standings });
    this.#logCheck = createObserverLogCheck({
      ...parts,
      metrics: () => this.#metrics,
      onFault: this.#life.fault,
    });
    this.#metrics = createObserverMetrics({
      ...parts,
      logCheck: this.#logCheck,
      progress: this.#progress,
      checkpoints: this.#checkpoints,
    });
    this.#timestamps = createTimestamps({ ...parts, metrics: this.#metrics });
  }

  start(): Promise<RunningNode> {
    return this.#life.start(() => this.#run());
  }

  async #run(): Promise<Omit<RunningNode, 'stop' | 'ended'>> {
    const { config, identity, ledger, log } = this.#parts;
    await this.#network.start();
    this.#logCheck.start();
    this.#life.checkSound();
    this.#interfaces = await listen(config, this.#createPorts());
    this.#life.checkSound();
    const { apiUrl, adminUrl } = this.#interfaces;
    const { height } = ledger.edge().header;
    log.info({ observer: identity.peerId, height, api: apiUrl }, 'node ready');
    return { chainId: identity.chainId, apiUrl, adminUrl };
  }

  /** In reverse order: first nobody is answered any more, last the chain may close. */
  async #stopParts(): Promise<void> {
    await this.#interfaces?.stop();
    this.#logCheck.stop();
    await this.#network.stop();
    this.#checkpoints.stop();
    await this.#follower.stop();
    await this.#parts.uptime.stop();
  }

  #createNetwork(): NodeNetwork {
    return new NodeNetwork(this.#parts, {
      receive: async ({ peerId }) => {
        this.#network.report(peerId, 'reject', 'a message that nobody asked for');
      },
      // The link takes no request on this side.
      answer: () => Promise.reject(new ChainError('ERR_MALFORMED', 'an observer answers nothing')),
      onPeer: (peer, state) => {
        this.#follower.onPeer(peer, state);
        if (state === 'up') this.#checkpoints.onPeer();
      },
      onHeight: (peerId, height) => {
        this.#follower.heard(peerId, height);
        this.#progress.noteHeight();
      },
      height: () => this.#parts.ledger.edge().header.height,
      onFault: this.#life.fault,
    });
  }

  #createFollower(): Follower {
    const { ledger, clock, log } = this.#parts;
    return new Follower({
      ledger,
      peers: this.#network,
      clock,
      log,
      verify: (signed) => {
        this.#metrics.verifications.inc({ kind: 'sync' });
        return verifySignedOffThread(signed);
      },
      random: () => Math.random(),
      pause: () => setImmediate(),
      onBlock: (block) => {
        this.#noteBlock(block);
      },
      onFault: this.#life.fault,
    });
  }

  #createCheckpoints(): CheckpointFollower {
    const { identity, chain, ledger, clock, log } = this.#parts;
    return new CheckpointFollower({
      network: networkLogOf(identity),
      chain,
      peers: this.#network,
      clock,
      log,
      edge: () => ledger.edge(),
      onFinal: () => {
        this.#finalNews.announce();
      },
      onFault: this.#life.fault,
    });
  }

  #noteBlock(block: AppliedBlock): void {
    this.#checkpoints.onBlock(block.applied.edge);
    const records = this.#metrics.noteBlock(block);
    this.#progress.noteBlock(block);
    this.#parts.log.debug({ height: block.header.height, records }, 'block applied');
  }

  #createPorts(): ReturnType<typeof createObserverPorts> {
    return createObserverPorts({
      ...this.#parts,
      standings: this.#standings,
      progress: this.#progress,
      equivocations: new RecordedEquivocations(this.#parts.ledger),
      timestamps: this.#timestamps,
      metrics: this.#metrics,
      servedLog: this.#servedLog,
      checkpoints: this.#checkpoints,
      logCheck: this.#logCheck,
      closedBecause: () => this.#life.closedBecause(),
      onFault: this.#life.fault,
    });
  }
}
