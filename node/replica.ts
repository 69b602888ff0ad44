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
import { decode } from '../chain/codec.ts';
import { createEngine, type Engine } from '../chain/consensus/engine.ts';
import type { Equivocation } from '../chain/consensus/equivocation.ts';
import { type Durable, durableSchema } from '../chain/consensus/message.ts';
import type { Place } from '../chain/consensus/proposer.ts';
import { contextAt } from '../chain/consensus/statement.ts';
import { ChainError } from '../chain/errors.ts';
import type { Params } from '../chain/params.ts';
import { valueAt } from '../chain/state.ts';
import type { Channel } from '../p2p/channel.ts';
import type { Answer } from '../p2p/ports.ts';
import { buildBlock } from './consensus/blockBuilder.ts';
import { checkNamed } from './consensus/blockJudge.ts';
import { DriveLoop } from './consensus/driveLoop.ts';
import { Heard } from './consensus/heard.ts';
import { askHistory, type HistoryQuestion, SIGN_NOTHING } from './consensus/history.ts';
import { VotesDesk } from './consensus/votesDesk.ts';
import type { EquivocationSource } from './equivocationDesk.ts';
import type { Ledger } from './ledger.ts';
import { Cosigning } from './cosigning/cosigning.ts';
import type { PooledBatch } from './mempool/batchPool.ts';
import { Mempool } from './mempool/mempool.ts';
import type { ConnectedPeer } from './peers.ts';
import type { ReplicaEvents, ReplicaParts } from './replicaPorts.ts';
import { createBlockSync } from './sync/blockSync.ts';
import type { BlockSync, SyncServer } from './sync/ports.ts';
import { createSyncServer } from './sync/server.ts';
import { encodeVoteFrame } from './wire/votes.ts';

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
  readonly cosigning: Cosigning;
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
    this.cosigning = this.#createCosigning();
    this.#votes = this.#createVotesDesk(heard);
    this.#server = createSyncServer({
      chain: parts.chain,
      findBatch: (id) => parts.pool.find(id),
      newestOf: (key) => heard.newestOf(key),
      answerCheckpoint: (from) => this.cosigning.answer(from),
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
    this.cosigning.start();
    await this.#drive.start();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#history?.stop();
    this.mempool.stop();
    await this.sync.stop();
    await this.#drive.stop();
    await this.cosigning.stop();
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
    this.cosigning.onPeer(peer, state);
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
        this.cosigning.onBlock(block.applied.edge);
        await events.onBlock(block);
      },
      onEvidence: (evidence) => {
        for (const each of evidence) this.#takeEquivocation(each, 'engine').catch(fault);
      },
      onBehind: (height, peerId) => {
        this.sync.heard(peerId, height);
      },
      onStep: (input, ready) => {
        // R15: nothing moves, or somebody is there again.
        if (input.type === 'tick') this.mempool.repeat();
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

  #createCosigning(): Cosigning {
    const { cosigning, chain, work, peers, clock, log } = this.#parts;
    return new Cosigning(cosigning, {
      chain,
      work,
      peers,
      clock,
      log,
      edge: () => this.#edge(),
      isBehind: () => this.sync.isSyncing() && this.sync.target() > this.#edge().header.height,
      random: () => this.#parts.random(),
      onFinal: (checkpoint) => {
        this.#events.onFinal(checkpoint);
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
      onClaim: (index, claim) => {
        this.cosigning.receive(index, claim);
      },
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
