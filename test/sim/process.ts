/**
 * A process: the production node from a submission that has passed its checks to the chain, over a simulated
 * disk, clock and network. What it has no part of is HTTP, authorities and libp2p.
 */
import { pino } from 'pino';

import type { Params } from '../../chain/params.ts';
import type { Signer } from '../../chain/signature.ts';
import { lastSequence, valueAt } from '../../chain/state.ts';
import type { Clock } from '../../node/clock.ts';
import { openLog, type Wal, WalError } from '../../node/consensus/wal.ts';
import { Batcher } from '../../node/intake/batcher.ts';
import { Duplicates } from '../../node/intake/duplicates.ts';
import { advance, openReceipt, receiptIdOf } from '../../node/intake/receipt.ts';
import { ReceiptDesk } from '../../node/intake/receiptDesk.ts';
import { Sequences } from '../../node/intake/sequences.ts';
import { Settlement } from '../../node/intake/settlement.ts';
import { VerdictDesk } from '../../node/intake/verdictDesk.ts';
import { EquivocationDesk } from '../../node/equivocationDesk.ts';
import { Ledger } from '../../node/ledger.ts';
import type { EvidenceCheck } from '../../node/mempool/admission.ts';
import { BatchPool } from '../../node/mempool/batchPool.ts';
import type { ConnectedPeer, Peers } from '../../node/peers.ts';
import { recover } from '../../node/recovery.ts';
import { Replica } from '../../node/replica.ts';
import { RowChainStore } from '../../node/store/rowChainStore.ts';
import { RowWorkStore } from '../../node/store/rowWorkStore.ts';
import type { WorkStore } from '../../node/store/workStore.ts';
import type { Channel } from '../../p2p/channel.ts';
import type { Answer } from '../../p2p/ports.ts';
import { cosigningOf } from '../support/cosigners.ts';
import { hashOfText } from '../support/chainValues.ts';
import { AUTHORITY, CERTIFICATE, CERTIFICATE_ID, checkSentEvidence, FORM } from './camera.ts';
import { parseCertificate, type Photograph } from './camera.ts';
import { createClock } from './clock.ts';
import { DiskError } from './disk/drive.ts';
import { openLogDisk } from './disk/logDisk.ts';
import { openRows } from './disk/rowDisk.ts';
import type { EndPoint, Host, Node, Setting } from './parts.ts';
import { Life } from './world.ts';

const POOL_BYTES_MAX = 64 * 1_024 * 1_024;
/** A log of a megabyte would take a run of hours: each byte counts for so many. */
const WAL_BYTES_WEIGHT = 64;

/** A running node. */
export class Process implements Node {
  readonly number: number;
  readonly index: number;
  readonly peerId: string;
  readonly life = new Life();
  readonly machine: Host;
  readonly key: Uint8Array;
  readonly sign: Signer;
  readonly clock: Clock;
  readonly pool = new BatchPool(POOL_BYTES_MAX);
  /** Whether it takes submissions. */
  isReady = false;
  ledger!: Ledger;
  replica!: Replica;
  receipts!: ReceiptDesk;
  wal!: Wal;
  #work!: WorkStore;
  #batcher!: Batcher;
  #settlement!: Settlement;
  #equivocations!: EquivocationDesk;
  #verdicts!: VerdictDesk;
  readonly #setting: Setting;

  constructor(machine: Host, setting: Setting) {
    const { consensusKey, peerId } = setting.facts.validators[machine.index]!;
    this.machine = machine;
    this.#setting = setting;
    this.number = machine.number;
    this.index = machine.index;
    this.key = consensusKey;
    this.peerId = peerId;
    this.sign = setting.signerOf(machine.index);
    this.clock = createClock(setting.world, machine.dial, this.life);
  }

  /** Starts in the order in which a node does. */
  async run(): Promise<void> {
    const { network, checks } = this.#setting;
    try {
      await this.#open();
      checks.onStart(this);
      await this.#recover();
      network.join(this);
      await this.replica.start();
      this.isReady = !this.life.isOver;
    } catch (error) {
      this.onFault(error);
    }
  }

  async #open(): Promise<void> {
    const { machine, life } = this;
    const { drive } = machine;
    const onPoint = this.#onPoint;
    this.wal = weigh(await openLog(openLogDisk(drive.log, drive, life), onPoint));
    const chain = new RowChainStore(openRows(drive.chain, drive, life), onPoint);
    this.#work = new RowWorkStore(openRows(drive.work, drive, life), onPoint);
    this.ledger = await Ledger.open(chain, this.#setting.facts);
    this.receipts = new ReceiptDesk(this.#work);
    this.#createPipeline();
    this.replica = this.#createReplica(chain);
    machine.liar?.onStart(this);
  }

  #createPipeline(): void {
    const { clock, receipts, ledger, key } = this;
    const work = this.#work;
    const { world } = this.#setting;
    const shared = {
      work,
      receipts,
      clock,
      params: () => this.#params(),
      parse: parseCertificate,
      duplicates: new Duplicates(work, (imageHash) => ledger.isRegistered(imageHash, key)),
      findAuthority: () => AUTHORITY,
      validatorCount: () => this.#setting.facts.validators.length,
      hasRoom: () => this.replica.mempool.hasOwnRoom(),
      onPoint: this.#onPoint,
      onFault: (error: unknown) => this.onFault(error),
    };
    const { chainId } = this.#setting.facts;
    const commitmentKey = hashOfText(`commitment key of ${this.index}`);
    const sequences = new Sequences({
      first: (work.readSequence() ?? 0) + 1,
      committed: () => lastSequence(ledger.edge().state, key),
    });
    this.#batcher = new Batcher(
      { chainId, aggregator: key, commitmentKey, sign: this.sign },
      {
        ...shared,
        sequences,
        onBatch: (batch, receiptIds) => {
          this.#settlement.expect(batch.id, receiptIds);
          return this.replica.submit(batch);
        },
      },
    );
    this.#equivocations = new EquivocationDesk({
      work,
      ledger,
      verify: this.#setting.verify,
      pushStatus: (item) => this.#batcher.pushStatus(item),
    });
    this.#settlement = new Settlement({ ...shared, batcher: this.#batcher });
    this.#verdicts = new VerdictDesk(
      { chainId, commitmentKey },
      {
        ...shared,
        onValidated: (receiptId, verdict) => this.#batcher.push(receiptId, verdict),
        random: () => world.chance.next(),
      },
    );
  }

  #params(): Params {
    const { state } = this.ledger.edge();
    return valueAt(state.params, state.height + 1);
  }

  #createReplica(chain: RowChainStore): Replica {
    const { world, verify, checks } = this.#setting;
    const { key, sign, ledger, wal, pool, clock } = this;
    return new Replica(
      {
        consensusKey: key,
        sign,
        cosigning: { ...cosigningOf(this.index), check: this.#setting.checkClaim },
        ledger,
        chain,
        work: this.#work,
        wal,
        pool,
        peers: this.#peers(),
        clock,
        log: pino({ enabled: false }),
        parse: parseCertificate,
        checkEvidence: this.#checkEvidence,
        verify,
        verifyLater: verify,
        signAtOnce: this.machine.conduct === 'amnesiac',
        random: () => world.chance.next(),
        pause: () => Promise.resolve(),
      },
      {
        onBlock: async (block) => {
          checks.onBlock(this, block);
          await this.#settlement.settleBlock(block.batches, block.applied);
          await this.#equivocations.settle();
        },
        onDead: (batch, timestampMs) => this.#settlement.takeApart(batch, timestampMs),
        onRoom: () => this.#batcher.resume(),
        onEquivocation: (equivocation, source) => {
          checks.onEquivocation(this, equivocation, source === 'engine');
          return this.#equivocations.take(equivocation, source);
        },
        onBadBatch: ({ aggregator }) => checks.onBadBatch(this, aggregator),
        onFinal: (final) => checks.onFinal(this, final),
        onStep: (input, ready) => checks.onStep(this, input, ready),
        onRefused: (error, { height, view }) => {
          world.tell(() => `${this.machine.name} refuses ${height}/${view}: ${error.message}`);
        },
        onBuild: () => undefined,
        onFault: (error) => this.onFault(error),
      },
    );
  }

  async #recover(): Promise<void> {
    const { ledger, pool, key, receipts } = this;
    await recover({
      work: this.#work,
      ledger,
      pool,
      aggregator: key,
      parse: parseCertificate,
      params: () => this.#params(),
      restoreForeign: (batch) => this.replica.mempool.restore(batch),
      batcher: this.#batcher,
      settlement: this.#settlement,
      receipts,
      ask: ({ receiptId }) => this.#ask(receiptId),
    });
    await this.#equivocations.start();
  }

  /** Takes a photograph in as intake does; resolves when it is durable: then the camera has its 202. */
  async submit(photograph: Photograph): Promise<void> {
    const { imageHash, capturedAt, signature } = photograph;
    const nowMs = this.clock.nowMs();
    const source = { imageHash, source: CERTIFICATE_ID, timestamp: capturedAt };
    const receiptId = receiptIdOf(hashOfText(`commitment key of ${this.index}`), source);
    const fresh = openReceipt(receiptId, imageHash, {
      receivedMs: nowMs,
      verifiedMs: nowMs,
      notKept: [],
    });
    const after = advance(fresh, 'authority_pending', nowMs);
    await this.receipts.write(
      [{ before: undefined, after }],
      [
        { type: 'put-certificate', sent: CERTIFICATE, usedAtMs: nowMs },
        {
          type: 'put-submission',
          submission: {
            kind: 1,
            receiptId,
            imageHash,
            capturedAt,
            gpsHash: undefined,
            parents: [],
            digests: [],
            certificateId: CERTIFICATE_ID,
            signature,
            form: FORM,
            authorityId: AUTHORITY.id,
            verdict: undefined,
          },
        },
        { type: 'put-first-receipt', imageHash, receiptId },
      ],
      { durable: true },
    );
    this.#setting.checks.onAcknowledged(this, { receiptId, imageHash });
    this.#ask(receiptId);
  }

  /** The authority passes every submission, sooner or later. */
  #ask(receiptId: Uint8Array): void {
    const { world } = this.#setting;
    world.schedule(20 + world.chance.below(1_500), this.life, () => {
      void this.#verdicts
        .settle(receiptId, { type: 'passed', proof: undefined })
        .catch((error: unknown) => this.onFault(error));
    });
  }

  /** Stops in the order in which a node does; resolves when it has. */
  async stop(): Promise<void> {
    this.isReady = false;
    await this.#batcher.stop();
    this.#setting.network.leave(this, false);
    await this.replica.stop();
    await this.#work.close();
  }

  async receive(from: ConnectedPeer, channel: Channel, bytes: Uint8Array): Promise<void> {
    this.machine.liar?.onReceive(channel, bytes);
    await this.replica.receive(from, channel, bytes);
  }

  async answer(from: ConnectedPeer, request: Uint8Array): Promise<Answer> {
    const answer = await this.replica.answer(from, request);
    return this.machine.liar?.answer(this, request, answer) ?? answer;
  }

  onPeer(peer: ConnectedPeer, state: 'up' | 'down'): void {
    this.replica.onPeer(peer, state);
  }

  onFault(error: unknown): void {
    if (this.life.isOver) return;
    if (error instanceof DiskError) {
      this.machine.fail();
      return;
    }
    if (error instanceof WalError && this.machine.conduct === 'rotten') {
      this.#setting.tally.add('damaged log refused');
      this.machine.dropLog();
      return;
    }
    this.#setting.checks.onFault(this, error);
  }

  readonly #onPoint = (point: EndPoint): void => {
    this.machine.onPoint(point, this);
  };

  /** Takes its time, as the threads that verify do. */
  readonly #checkEvidence: EvidenceCheck = async (sent, state) => {
    const { world } = this.#setting;
    await new Promise<void>((resolve) => {
      world.schedule(1 + world.chance.below(20), this.life, resolve);
    });
    checkSentEvidence(sent, state);
  };

  #peers(): Peers {
    const { network, checks } = this.#setting;
    const { liar } = this.machine;
    const say = (to: readonly string[], channel: Channel, bytes: Uint8Array): void => {
      if (this.life.isOver) return;
      if (liar !== undefined) {
        liar.say(this, { to, channel, bytes });
        return;
      }
      checks.onSaid(this, channel, bytes);
      this.#onPoint('before-send');
      for (const peerId of to) {
        network.send(this, { to: peerId, channel, bytes });
        this.#onPoint('amid-send');
      }
      this.#onPoint('after-send');
    };
    return {
      send: (peerId, channel, bytes) => say([peerId], channel, bytes),
      broadcast: (channel, bytes) => {
        const to = network.peersOf(this).map(({ peerId }) => peerId);
        if (to.length > 0) say(to, channel, bytes);
      },
      request: (to, bytes, options) => network.request(this, { to, bytes }, options),
      report: (peerId, judgement, reason) => network.report(this, peerId, { judgement, reason }),
      validators: () => network.peersOf(this),
    };
  }

  /** Blocks that it has fetched. */
  syncedCount(): number {
    return this.isReady ? this.replica.sync.counts().blocks : 0;
  }

  /** Height of the last block here. */
  get height(): number {
    return this.ledger.edge().header.height;
  }

  /** Whether a validator keeps the rules. */
  isHonest(index: number): boolean {
    return this.#setting.isHonest(index);
  }

  /** For people: where it stands. */
  describe(): string {
    if (!this.isReady) return 'starting';
    const { height, view } = this.replica.engine.place();
    const waiting = [
      `pool ${this.pool.load().count}`,
      `to be cut ${this.#batcher.waitingCount()}`,
      this.replica.waitingFor() ?? '',
    ];
    return `${height}/${view} ${waiting.join(', ')}`;
  }
}

/** Returns a log that is emptied as often as one of a busy chain is. */
function weigh(wal: Wal): Wal {
  return { ...wal, sizeBytes: () => wal.sizeBytes() * WAL_BYTES_WEIGHT };
}
