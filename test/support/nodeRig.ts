/**
 * A node's own parts over memory and a clock that stands still: everything between the interface and the
 * authorities, whose answers a test gives itself. What it keeps survives a restart.
 */
import { pino } from 'pino';

import type { CameraRequest } from '../../api/ports.ts';
import type { Authority } from '../../chain/authority.ts';
import { decode } from '../../chain/codec.ts';
import { createRegistry } from '../../chain/certificate/registry.ts';
import { createEngine, type Engine } from '../../chain/consensus/engine.ts';
import { durableSchema } from '../../chain/consensus/message.ts';
import { DEFAULT_PARAMS, type Params } from '../../chain/params.ts';
import { verifySigned } from '../../chain/signature.ts';
import { type Applied, type GenesisFacts, lastSequence } from '../../chain/state.ts';
import { BatchPool, type PooledBatch } from '../../node/mempool/batchPool.ts';
import { Mempool } from '../../node/mempool/mempool.ts';
import type { Peers } from '../../node/peers.ts';
import { buildBlock } from '../../node/consensus/blockBuilder.ts';
import type { CrashPoint } from '../../node/crashPoint.ts';
import { DriveLoop } from '../../node/consensus/driveLoop.ts';
import { EquivocationDesk } from '../../node/equivocationDesk.ts';
import { Batcher } from '../../node/intake/batcher.ts';
import { type CertificateRate, Certificates } from '../../node/intake/certificates.ts';
import { Duplicates } from '../../node/intake/duplicates.ts';
import { Intake } from '../../node/intake/intake.ts';
import { stateOf } from '../../node/intake/receipt.ts';
import { ReceiptDesk } from '../../node/intake/receiptDesk.ts';
import { Sequences } from '../../node/intake/sequences.ts';
import { Settlement } from '../../node/intake/settlement.ts';
import { VerdictDesk } from '../../node/intake/verdictDesk.ts';
import { Ledger } from '../../node/ledger.ts';
import { type DueQuestion, recover, type Recovered } from '../../node/recovery.ts';
import { MemoryRows } from '../../node/store/memoryRows.ts';
import { RowChainStore } from '../../node/store/rowChainStore.ts';
import { RowWorkStore } from '../../node/store/rowWorkStore.ts';
import type {
  Receipt,
  Submission,
  SubmissionState,
  WorkStore,
} from '../../node/store/workStore.ts';
import { appendBlock } from './appendBlock.ts';
import { CHAIN_ID, hashOfText, signerOf, validatorOf } from './chainValues.ts';
import { authorityOf, createCa } from './certificates.ts';
import { FakeClock } from './fakeClock.ts';
import { MemoryWal, type WalFrames } from './memoryWal.ts';
import { NOW_S } from './shots.ts';

/** The other nodes of a set of one. */
const NO_PEERS: Peers = {
  send: () => undefined,
  broadcast: () => undefined,
  request: () => Promise.reject(new Error('there is nobody to ask')),
  report: () => undefined,
  validators: () => [],
};

/** The manufacturer's CA of every rig. */
export const CA = createCa();

/** What a rig keeps on its disk. */
export interface RigDisk {
  readonly chain: MemoryRows;
  readonly work: MemoryRows;
  readonly frames: WalFrames;
}

/** How rigs differ. */
export interface RigOptions {
  readonly params: Partial<Params>;
  readonly authorities: readonly Authority[];
  readonly pendingMax: number;
  readonly rate: CertificateRate;
  readonly firstSequence: number;
  /** As the batcher is told. */
  readonly validatorCount: number;
  /** What a restart finds. */
  readonly disk: RigDisk;
  readonly clock: FakeClock;
  /** Why nothing is taken in. */
  readonly closed: string | undefined;
  /** Called for what the drive loop owes, in order: builds, appends, sends, block writes. */
  readonly onEvent: (event: string) => void;
  readonly createWal: (frames: WalFrames) => MemoryWal;
}

/** Returns an empty disk. */
export function emptyDisk(): RigDisk {
  return { chain: new MemoryRows(), work: new MemoryRows(), frames: [] };
}

const DEFAULTS: Omit<RigOptions, 'disk' | 'clock'> = {
  params: {},
  authorities: [authorityOf([CA])],
  pendingMax: 1_000,
  rate: { perS: 1_000, burst: 1_000 },
  firstSequence: 1,
  validatorCount: 1,
  closed: undefined,
  onEvent: () => undefined,
  createWal: (frames) => new MemoryWal(frames),
};

/** Key under which receipts and salts are made. */
export const COMMITMENT_KEY = hashOfText('commitment key');

/** A node without network and disk. */
export class NodeRig {
  readonly disk: RigDisk;
  readonly clock: FakeClock;
  readonly wal: MemoryWal;
  readonly work: WorkStore;
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly pool = new BatchPool(64 * 1_024 * 1_024);
  readonly mempool: Mempool;
  readonly receipts: ReceiptDesk;
  readonly certificates: Certificates;
  readonly duplicates: Duplicates;
  readonly intake: Intake;
  readonly verdicts: VerdictDesk;
  readonly batcher: Batcher;
  readonly settlement: Settlement;
  readonly equivocations: EquivocationDesk;
  readonly drive: DriveLoop;
  /** Submissions that were put before their authority, in order. */
  readonly asked: Submission[] = [];
  /** Questions that a start found due, in order. */
  readonly due: DueQuestion[] = [];
  /** Batches that were cut, in order. */
  readonly batches: PooledBatch[] = [];
  /** Moments that the work store and the parts above it named, in order. */
  readonly points: (CrashPoint | 'ask')[];
  /** What stopped the node. */
  readonly faults: unknown[] = [];
  readonly params: Params;
  closed: string | undefined;
  /** Called at each crash point; what it throws ends the node there. */
  onPoint: (point: CrashPoint) => void = () => undefined;
  readonly #waiters: (() => void)[] = [];

  private constructor(options: RigOptions, ledger: Ledger, stores: RigStores) {
    const { authorities, firstSequence } = options;
    this.disk = options.disk;
    this.clock = options.clock;
    this.closed = options.closed;
    this.params = { ...DEFAULT_PARAMS, ...options.params };
    this.wal = options.createWal(options.disk.frames);
    this.wal.onAppend = (messages) => {
      const kinds = messages.map((bytes) => decode(durableSchema, bytes).kind);
      options.onEvent(`persist ${kinds.join(' ')}`);
    };
    this.work = stores.work;
    this.points = stores.points;
    this.ledger = ledger;
    this.receipts = new ReceiptDesk(this.work);
    const registry = createRegistry(authorities);
    this.certificates = new Certificates(() => registry, options.rate);
    const self = validatorOf('v0').consensusKey;
    this.duplicates = new Duplicates(this.work, (hash) => ledger.isRegistered(hash, self));
    const shared = {
      work: this.work,
      receipts: this.receipts,
      certificates: this.certificates,
      clock: this.clock,
      params: () => this.params,
      validatorCount: () => options.validatorCount,
      parse: this.certificates.parse,
      duplicates: this.duplicates,
      findAuthority: (id: string) => registry.find(id),
      hasRoom: () => this.mempool.hasOwnRoom(),
      onPoint: (point: CrashPoint) => this.#point(point),
      onFault: (error: unknown) => this.#fault(error),
    };
    this.intake = new Intake(
      {
        chainId: CHAIN_ID,
        commitmentKey: COMMITMENT_KEY,
        pendingMax: options.pendingMax,
        validatorCount: 1,
      },
      {
        ...shared,
        authorities: () => authorities,
        closedBecause: () => this.closed,
        onVerify: () => undefined,
        ask: (submission) => {
          this.points.push('ask');
          this.asked.push(submission);
        },
      },
    );
    this.mempool = this.#createMempool(self);
    const committed = (): number | undefined => lastSequence(ledger.edge().state, self);
    const sequences = new Sequences({ first: firstSequence, committed });
    this.batcher = new Batcher(
      {
        chainId: CHAIN_ID,
        aggregator: self,
        commitmentKey: COMMITMENT_KEY,
        sign: signerOf('v0'),
      },
      { ...shared, sequences, onBatch: (batch, ids) => this.#takeBatch(batch, ids) },
    );
    this.settlement = new Settlement({ ...shared, batcher: this.batcher });
    this.equivocations = new EquivocationDesk({
      verify: verifySigned,
      work: this.work,
      ledger,
      pushStatus: (item) => this.batcher.pushStatus(item),
    });
    this.verdicts = new VerdictDesk(
      { chainId: CHAIN_ID, commitmentKey: COMMITMENT_KEY },
      { ...shared, onValidated: (id, verdict) => this.batcher.push(id, verdict), random: () => 0 },
    );
    this.engine = createEngine({
      chainId: CHAIN_ID,
      tip: ledger.edge(),
      publicKey: self,
      sign: signerOf('v0'),
      restored: this.wal.restored.map((bytes) => decode(durableSchema, bytes)),
    });
    this.drive = this.#createDrive(options.onEvent);
  }

  /** Opens a rig on an empty disk, or on what another left. Its drive loop does not run yet. */
  static async open(given: Partial<RigOptions> = {}): Promise<NodeRig> {
    const options: RigOptions = {
      ...DEFAULTS,
      disk: emptyDisk(),
      clock: new FakeClock(NOW_S * 1_000),
      ...given,
    };
    const onBlock = (point: CrashPoint): void => options.onEvent(point);
    const facts: GenesisFacts = {
      chainId: CHAIN_ID,
      timestampMs: NOW_S * 1_000 - 10_000,
      validators: [validatorOf('v0')],
      authorities: options.authorities,
      params: { ...DEFAULT_PARAMS, ...options.params },
    };
    const ledger = await Ledger.open(new RowChainStore(options.disk.chain, onBlock), facts);
    const points: CrashPoint[] = [];
    const work = new RowWorkStore(options.disk.work, (point) => points.push(point));
    return new NodeRig(options, ledger, { work, points });
  }

  /** Submits a request and passes its certificate in the authority's name; resolves to the receipt's id. */
  async validate(request: CameraRequest): Promise<Uint8Array> {
    const { id } = await this.intake.submit(request);
    await this.verdicts.settle(id, { type: 'passed', proof: undefined });
    return id;
  }

  /** The present state of a receipt. */
  stateOf(id: Uint8Array): SubmissionState | undefined {
    const receipt = this.receipts.find(id);
    return receipt === undefined ? undefined : stateOf(receipt);
  }

  /** A receipt that must be there. */
  receipt(id: Uint8Array): Receipt {
    const receipt = this.receipts.find(id);
    if (receipt === undefined) throw new Error('there is no such receipt');
    return receipt;
  }

  /** Resolves when a fact holds; it is looked at whenever a batch is cut, a block applied or a fault met. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => void this.#waiters.push(resolve));
  }

  /** Moves time until the oldest has waited, and waits for the batch. */
  async cut(): Promise<PooledBatch> {
    const count = this.batches.length;
    await this.clock.advance(this.params.batchWaitMs);
    await this.until(() => this.batches.length > count);
    const batch = this.batches.at(-1);
    if (batch === undefined) throw new Error('no batch was cut');
    return batch;
  }

  /** Appends a block that this node has not seen coming. */
  append(batches: readonly PooledBatch[]): Promise<Applied> {
    const { ledger, clock } = this;
    return appendBlock({ ledger, clock, proposer: validatorOf('v0').consensusKey }, batches);
  }

  /** Puts back what the disk holds, as a start does. */
  async recover(): Promise<Recovered> {
    const found = await recover({
      work: this.work,
      ledger: this.ledger,
      pool: this.pool,
      aggregator: validatorOf('v0').consensusKey,
      parse: this.certificates.parse,
      params: () => this.params,
      restoreForeign: (batch) => this.mempool.restore(batch),
      batcher: this.batcher,
      settlement: this.settlement,
      receipts: this.receipts,
      ask: (question) => void this.due.push(question),
    });
    await this.equivocations.start();
    return found;
  }

  #createMempool(aggregator: Uint8Array): Mempool {
    const { work, ledger, pool, clock } = this;
    const { parse } = this.certificates;
    return new Mempool({
      aggregator,
      work,
      pool,
      clock,
      parse,
      peers: NO_PEERS,
      log: pino({ enabled: false }),
      checkEvidence: () => Promise.reject(new Error('a set of one is sent no batches')),
      verify: verifySigned,
      state: () => ledger.edge().state,
      committedAtMs: () => undefined,
      blockTimeMs: () => ledger.edge().header.timestampMs,
      evidenceRetentionMs: () => this.params.evidenceRetentionS * 1_000,
      onBatch: () => this.drive.wake(),
      onRoom: () => this.batcher.resume(),
      onDead: (batch, timestampMs) => this.settlement.takeApart(batch, timestampMs),
      onBadBatch: () => undefined,
      onFault: (error) => this.#fault(error),
    });
  }

  #createDrive(onEvent: (event: string) => void): DriveLoop {
    const { ledger, pool, clock } = this;
    const proposer = validatorOf('v0').consensusKey;
    return new DriveLoop({
      engine: this.engine,
      wal: this.wal,
      ledger,
      pool,
      clock,
      send: (messages) => onEvent(`send ${messages.map(({ kind }) => kind).join(' ')}`),
      sendStatus: () => undefined,
      build: (request, isKeepaliveDue) => {
        onEvent(`build ${request.height}`);
        return buildBlock(request, isKeepaliveDue, { ledger, pool, clock, proposer });
      },
      ensure: () => Promise.resolve(undefined),
      onApplied: async ({ batches, applied }) => {
        onEvent(`applied ${applied.edge.header.height}`);
        await this.mempool.settle(applied);
        await this.settlement.settleBlock(batches, applied);
        await this.equivocations.settle();
        this.#wake();
      },
      onEvidence: () => undefined,
      onBehind: () => undefined,
      onStep: () => undefined,
      onRefused: () => undefined,
      onFault: (error) => this.#fault(error),
    });
  }

  async #takeBatch(batch: PooledBatch, receiptIds: readonly Uint8Array[]): Promise<void> {
    this.settlement.expect(batch.id, receiptIds);
    await this.mempool.submit(batch);
    this.batches.push(batch);
    this.#wake();
  }

  #point(point: CrashPoint): void {
    this.points.push(point);
    this.onPoint(point);
  }

  #fault(error: unknown): void {
    this.faults.push(error);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

interface RigStores {
  readonly work: WorkStore;
  readonly points: (CrashPoint | 'ask')[];
}
