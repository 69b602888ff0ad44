/**
 * A replica: what a node does together with the others. Consensus, mempool and sync over one ledger.
 *
 * ```
 * peers ─▶ votes desk ─▶ drive loop (engine, log) ─▶ ledger ─▶ mempool, and who waits for blocks
 *       ─▶ mempool ────▶ drive loop: there is work
 *       ─▶ sync ───────▶ drive loop: blocks that others decided
 * ```
 *
 * It knows no HTTP, no camera and no libp2p: the simulator runs it as it is, over a network, a clock and a
 * disk of its own.
 */
import type { Header } from '../chain/block.ts';
import { decode } from '../chain/codec.ts';
import { createEngine, type Engine } from '../chain/consensus/engine.ts';
import type { Equivocation } from '../chain/consensus/equivocation.ts';
import { type Durable, durableSchema } from '../chain/consensus/message.ts';
import type { Place } from '../chain/consensus/proposer.ts';
import type { Input, Ready } from '../chain/consensus/ready.ts';
import { contextAt, type Verifier } from '../chain/consensus/statement.ts';
import { ChainError } from '../chain/errors.ts';
import type { CertificateParser } from '../chain/evidence.ts';
import type { Params } from '../chain/params.ts';
import type { SignedBytes, Signer } from '../chain/signature.ts';
import { valueAt } from '../chain/state.ts';
import type { Channel } from '../p2p/channel.ts';
import type { Answer } from '../p2p/ports.ts';
import type { Clock } from './clock.ts';
import { buildBlock } from './consensus/blockBuilder.ts';
import { checkNamed } from './consensus/blockJudge.ts';
import { type AppliedBlock, DriveLoop } from './consensus/driveLoop.ts';
import { Heard } from './consensus/heard.ts';
import { askHistory, type HistoryQuestion, SIGN_NOTHING } from './consensus/history.ts';
import { VotesDesk } from './consensus/votesDesk.ts';
import type { Wal } from './consensus/wal.ts';
import type { EquivocationSource } from './equivocationDesk.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import type { BadBatch, EvidenceCheck } from './mempool/admission.ts';
import { BatchPool, type PooledBatch } from './mempool/batchPool.ts';
import { Mempool } from './mempool/mempool.ts';
import type { ConnectedPeer, Peers } from './peers.ts';
import type { ChainStore } from './store/chainStore.ts';
import type { WorkStore } from './store/workStore.ts';
import { createBlockSync } from './sync/blockSync.ts';
import type { BlockSync, SyncServer } from './sync/ports.ts';
import { createSyncServer } from './sync/server.ts';
import { encodeVoteFrame } from './wire/votes.ts';

/** What a replica is made of. */
export interface ReplicaParts {
  /** This institution's consensus key; of an observer, one that is in no set. */
  readonly consensusKey: Uint8Array;
  readonly sign: Signer;
  readonly ledger: Ledger;
  readonly chain: ChainStore;
  readonly work: WorkStore;
  readonly wal: Wal;
  readonly pool: BatchPool;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: Log;
  readonly parse: CertificateParser;
  readonly checkEvidence: EvidenceCheck;
  /** Verifies what validators sign, at once. */
  readonly verify: Verifier;
  /** The same where nothing waits for it in this turn. */
  verifyLater(signed: SignedBytes): boolean | Promise<boolean>;
  /** Whether to sign before the others have said what they hold of this validator: at the operator's risk. */
  readonly signAtOnce: boolean;
  /** Returns a number from 0, inclusive, to 1, exclusive. */
  random(): number;
  /** Lets others have a turn. */
  pause(): Promise<void>;
}

/** Who hears of what happens in a replica. */
export interface ReplicaEvents {
  /** Called after a block is durable, before the next is built. */
  onBlock(block: AppliedBlock): Promise<void>;
  /** Called with an own batch that can no longer be committed; resolves when its items are on their way anew. */
  onDead(batch: PooledBatch, timestampMs: number): Promise<void>;
  /** Called when own batches may be cut again. */
  onRoom(): void;
  /**
   * Takes a proof of equivocation; resolves to whether it is news, which is spread.
   *
   * Of a peer's word it rejects with a ChainError where that does not hold.
   */
  onEquivocation(equivocation: Equivocation, source: EquivocationSource): Promise<boolean>;
  /** Called for a batch that its aggregator should not have signed. */
  onBadBatch(bad: BadBatch): void;
  /** Called after each step of the engine. */
  onStep(input: Input, ready: Ready): void;
  /** Called with why a proposal is not voted for. */
  onRefused(error: ChainError, header: Header): void;
  /** Called with the time that a build took, seconds. */
  onBuild(seconds: number): void;
  /** Called when the node must stop. */
  onFault(error: unknown): void;
}

/** A replica; nothing moves in it before its start. */
export class Replica {
  readonly engine: Engine;
  readonly mempool: Mempool;
  readonly sync: BlockSync;
  readonly #parts: ReplicaParts;
  readonly #events: ReplicaEvents;
  readonly #drive: DriveLoop;
  readonly #votes: VotesDesk;
  readonly #server: SyncServer;
  #history: HistoryQuestion | undefined;

  constructor(parts: ReplicaParts, events: ReplicaEvents) {
    this.#parts = parts;
    this.#events = events;
    const heard = new Heard();
    this.engine = createEngine({
      chainId: parts.ledger.edge().state.chainId,
      tip: parts.ledger.edge(),
      publicKey: parts.consensusKey,
      sign: parts.sign,
      restored: this.#restored(),
      // R16: until the others have said what they hold.
      signFloor: SIGN_NOTHING,
    });
    this.mempool = this.#createMempool();
    this.#drive = this.#createDrive();
    this.sync = this.#createSync();
    this.#votes = this.#createVotesDesk(heard);
    this.#server = createSyncServer({
      chain: parts.chain,
      findBatch: (id) => parts.pool.find(id),
      newestOf: (key) => heard.newestOf(key),
      pause: () => parts.pause(),
    });
  }

  /** Begins; resolves when what was said before a restart is said again. */
  async start(): Promise<void> {
    const { consensusKey: publicKey, wal, signAtOnce, peers, clock, log, verify } = this.#parts;
    const { isNew, isWhole: isLogWhole } = wal;
    const baseHeight = this.#parts.chain.baseHeight();
    this.#history = askHistory(
      {
        publicKey,
        hasLog: !isNew,
        isLogWhole,
        baseHeight,
        restored: this.#restored(),
        signAtOnce,
      },
      { peers, clock, log, verify, random: () => this.#parts.random(), edge: () => this.#edge() },
    );
    this.#history.floor.then(
      (height) => this.#drive.setSignFloor(height),
      (error: unknown) => {
        this.#events.onFault(error);
      },
    );
    await this.#drive.start();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#history?.stop();
    this.mempool.stop();
    await this.sync.stop();
    await this.#drive.stop();
  }

  /** Takes a batch of this institution, which is durable. */
  submit(batch: PooledBatch): Promise<void> {
    return this.mempool.submit(batch);
  }

  /** Tells that the pool has changed. */
  wake(): void {
    this.#drive.wake();
  }

  /** Takes a message of a peer; resolves when it has had its effect, whatever it was. */
  async receive(from: ConnectedPeer, channel: Channel, bytes: Uint8Array): Promise<void> {
    try {
      if (channel === 'votes') await this.#votes.receive(from, bytes);
      else if (channel === 'batches') await this.mempool.receive(from, bytes);
      // Nothing but requests and answers goes over the sync channel.
      else throw new ChainError('ERR_MALFORMED', 'a message on the sync channel');
    } catch (error) {
      if (error instanceof ChainError) this.#parts.peers.report(from.peerId, 'reject', error.code);
      else this.#events.onFault(error);
    }
  }

  /** Takes the news that a peer can be used, or no longer can. */
  onPeer(peer: ConnectedPeer, state: 'up' | 'down'): void {
    this.#history?.onPeer(peer, state);
    this.sync.onPeer(peer, state);
    if (peer.role !== 'validator') return;
    if (state === 'down') {
      this.mempool.forget(peer.peerId);
      return;
    }
    this.mempool.welcome(peer);
    this.#drive.repeat();
  }

  /** Returns the answer to a peer's request. */
  async answer(from: ConnectedPeer, request: Uint8Array): Promise<Answer> {
    try {
      return await this.#server.answer(from, request);
    } catch (error) {
      if (error instanceof ChainError) this.#parts.peers.report(from.peerId, 'reject', error.code);
      throw error;
    }
  }

  /** Why this validator signs nothing yet; undefined when it may. */
  waitingFor(): string | undefined {
    return this.#history?.waitingFor();
  }

  /** Takes a peer's proof; one of a height whose set is not known here is of no use, and nobody's fault. */
  async #hearEquivocation(equivocation: Equivocation): Promise<void> {
    if (contextAt(this.#edge().state, equivocation.height) === undefined) return;
    await this.#takeEquivocation(equivocation, 'peer');
  }

  /** Takes own proof of equivocation, or a peer's, and spreads what is news. */
  async #takeEquivocation(equivocation: Equivocation, source: EquivocationSource): Promise<void> {
    if (!(await this.#events.onEquivocation(equivocation, source))) return;
    this.#parts.peers.broadcast('votes', encodeVoteFrame({ type: 'equivocation', equivocation }));
  }

  #edge(): ReturnType<Ledger['edge']> {
    return this.#parts.ledger.edge();
  }

  /** Those that act at the next height. */
  #params(): Params {
    const { state } = this.#edge();
    return valueAt(state.params, state.height + 1);
  }

  #restored(): readonly Durable[] {
    return this.#parts.wal.restored.map((bytes) => decode(durableSchema, bytes));
  }

  #createMempool(): Mempool {
    const { pool, work, clock, parse, checkEvidence, verify, peers, log, ledger, consensusKey } =
      this.#parts;
    const events = this.#events;
    return new Mempool({
      pool,
      work,
      clock,
      parse,
      checkEvidence,
      verify,
      peers,
      log,
      aggregator: consensusKey,
      state: () => this.#edge().state,
      committedAtMs: ({ id, signed }) => ledger.committedAtMs(id, signed.batch),
      blockTimeMs: () => this.#edge().header.timestampMs,
      evidenceRetentionMs: () => {
        return this.#params().evidenceRetentionS * 1_000;
      },
      onBatch: () => {
        this.#drive.wake();
      },
      onRoom: () => {
        events.onRoom();
      },
      onDead: (batch, timestampMs) => events.onDead(batch, timestampMs),
      onBadBatch: (bad) => {
        events.onBadBatch(bad);
      },
      onFault: (error) => {
        events.onFault(error);
      },
    });
  }

  #createDrive(): DriveLoop {
    const { wal, ledger, pool, clock, peers, consensusKey: proposer } = this.#parts;
    const events = this.#events;
    const fault = (error: unknown): void => {
      events.onFault(error);
    };
    return new DriveLoop({
      engine: this.engine,
      wal,
      ledger,
      pool,
      clock,
      send: (messages) => {
        for (const message of messages) {
          peers.broadcast('votes', encodeVoteFrame({ type: 'message', message }));
        }
      },
      sendStatus: (place, peerId) => {
        this.#sendStatus(place, peerId);
      },
      build: (request, isKeepaliveDue) => {
        const start = performance.now();
        const built = buildBlock(request, isKeepaliveDue, { ledger, pool, clock, proposer });
        events.onBuild((performance.now() - start) / 1_000);
        return built;
      },
      ensure: ({ header, isFresh }, signal) =>
        this.mempool.ensure({
          ids: header.batchIds,
          sources: () => this.#sources(),
          // R10: what a quorum has prepared is not judged again.
          check: (found) => {
            if (isFresh) checkNamed(header, found, this.#params());
          },
          signal,
        }),
      onApplied: async (block) => {
        await this.mempool.settle(block.applied);
        await events.onBlock(block);
      },
      onEvidence: (evidence) => {
        for (const each of evidence) this.#takeEquivocation(each, 'engine').catch(fault);
      },
      onBehind: (height, peerId) => {
        this.sync.heard(peerId, height);
      },
      onStep: (input, ready) => {
        events.onStep(input, ready);
      },
      onRefused: (error, header) => {
        events.onRefused(error, header);
      },
      onFault: fault,
    });
  }

  #createSync(): BlockSync {
    const parts = this.#parts;
    const { peers, clock, log } = parts;
    return createBlockSync({
      peers,
      clock,
      log,
      random: () => parts.random(),
      pause: () => parts.pause(),
      edge: () => this.#edge(),
      verify: (signed) => parts.verifyLater(signed),
      apply: (block) => this.#drive.applySynced(block),
      onCertified: (decision) => {
        void this.#drive.holdCertificate(decision);
      },
      onFault: (error) => {
        this.#events.onFault(error);
      },
    });
  }

  #createVotesDesk(heard: Heard): VotesDesk {
    return new VotesDesk({
      heard,
      verify: this.#parts.verify,
      state: () => this.#edge().state,
      onMessage: (peerId, message) => this.#drive.receive(peerId, message),
      onStatus: (peerId, place) => this.#drive.receiveStatus(peerId, place),
      onEquivocation: (equivocation) => this.#hearEquivocation(equivocation),
    });
  }

  #sendStatus(place: Place, peerId: string | undefined): void {
    const frame = encodeVoteFrame({ type: 'status', place });
    if (peerId === undefined) this.#parts.peers.broadcast('votes', frame);
    else this.#parts.peers.send(peerId, 'votes', frame);
  }

  /** Who is asked for what a proposal names: its proposer first. */
  #sources(): readonly string[] {
    const proposer = this.engine.proposer();
    return [...this.#parts.peers.validators()]
      .sort((a, b) => Number(b.index === proposer) - Number(a.index === proposer))
      .map(({ peerId }) => peerId);
  }
}
