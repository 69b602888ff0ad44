/** Replicas of validators v0, v1, … over memory, on one network and one clock. */
import type { Equivocation } from '../../chain/consensus/equivocation.ts';
import type { Message } from '../../chain/consensus/message.ts';
import { formatHex } from '../../chain/bytes.ts';
import { parseSentCertificate } from '../../chain/evidence.ts';
import type { SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { DEFAULT_PARAMS, type Params } from '../../chain/params.ts';
import { verifySigned } from '../../chain/signature.ts';
import type { EquivocationSource } from '../../node/equivocationDesk.ts';
import { Ledger } from '../../node/ledger.ts';
import type { BadBatch, EvidenceCheck } from '../../node/mempool/admission.ts';
import { BatchPool, type PooledBatch } from '../../node/mempool/batchPool.ts';
import { Replica } from '../../node/replica.ts';
import { MemoryRows } from '../../node/store/memoryRows.ts';
import { RowChainStore } from '../../node/store/rowChainStore.ts';
import { RowWorkStore } from '../../node/store/rowWorkStore.ts';
import type { WaitingBatch } from '../../node/store/workStore.ts';
import type { SentBatch } from '../../node/wire/batches.ts';
import { decodeVoteFrame } from '../../node/wire/votes.ts';
import { captureLog, type CapturedLog } from '../support/capturedLog.ts';
import { CHAIN_ID, signerOf, validatorOf, validatorsOf } from '../support/chainValues.ts';
import { cosigningOf } from '../support/cosigners.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { MemoryNetwork } from '../support/memoryNetwork.ts';
import { MemoryWal, type WalFrames } from '../support/memoryWal.ts';
import { AUTHORITY, pooledOf } from '../support/sentBatches.ts';
import { NOW_S } from '../support/shots.ts';

/** What one node keeps. */
export interface ReplicaDisk {
  readonly chain: MemoryRows;
  readonly work: MemoryRows;
  readonly frames: WalFrames;
  /** Whether it has had a log. */
  hasLog: boolean;
}

/** Returns an empty disk. */
function emptyDisk(): ReplicaDisk {
  return { chain: new MemoryRows(), work: new MemoryRows(), frames: [], hasLog: false };
}

function copyOf({ chain, work, frames, hasLog }: ReplicaDisk): ReplicaDisk {
  return { chain: chain.copy(), work: work.copy(), frames: [...frames], hasLog };
}

/** How networks differ. */
export interface SiteOptions {
  readonly count?: number;
  readonly params?: Partial<Params>;
  readonly check?: EvidenceCheck;
  readonly signAtOnce?: boolean;
}

/** What a start has opened. */
interface Opened {
  readonly index: number;
  readonly ledger: Ledger;
  readonly chain: RowChainStore;
  readonly disk: ReplicaDisk;
}

/** One replica that runs. */
export class RunningReplica {
  readonly index: number;
  readonly pool = new BatchPool(64 * 1_024 * 1_024);
  readonly captured: CapturedLog = captureLog();
  readonly ledger: Ledger;
  readonly work: RowWorkStore;
  readonly replica: Replica;
  readonly disk: ReplicaDisk;
  readonly dead: PooledBatch[] = [];
  readonly bad: BadBatch[] = [];
  readonly refused: string[] = [];
  readonly finals: SignedCheckpoint[] = [];
  readonly equivocations: (readonly [Equivocation, EquivocationSource])[] = [];
  readonly faults: unknown[] = [];
  /** Called with proofs; resolves to whether one is news. */
  onEquivocation: (equivocation: Equivocation) => Promise<boolean> = () => Promise.resolve(false);

  constructor(site: ReplicaSite, { index, ledger, chain, disk }: Opened) {
    this.index = index;
    this.ledger = ledger;
    this.disk = disk;
    this.work = new RowWorkStore(disk.work);
    const { pool, work, captured } = this;
    const { check = () => Promise.resolve(), signAtOnce = false } = site.options;
    const wal = new MemoryWal(disk.frames, !disk.hasLog);
    wal.onAppend = () => {
      disk.hasLog = true;
    };
    this.replica = new Replica(
      {
        consensusKey: validatorOf(`v${index}`).consensusKey,
        sign: signerOf(`v${index}`),
        cosigning: cosigningOf(index),
        ledger,
        chain,
        work,
        wal,
        pool,
        peers: site.network.peersOf(index),
        clock: site.clock,
        log: captured.log,
        parse: parseSentCertificate,
        checkEvidence: check,
        verify: verifySigned,
        verifyLater: verifySigned,
        signAtOnce,
        random: () => 0.5,
        pause: () => Promise.resolve(),
      },
      {
        onBlock: () => Promise.resolve(),
        onDead: async (batch) => void this.dead.push(batch),
        onRoom: () => undefined,
        onEquivocation: (equivocation, source) => {
          this.equivocations.push([equivocation, source]);
          return this.onEquivocation(equivocation);
        },
        onBadBatch: (bad) => void this.bad.push(bad),
        onFinal: (checkpoint) => void this.finals.push(checkpoint),
        onStep: () => undefined,
        onRefused: ({ code }) => void this.refused.push(code),
        onBuild: () => undefined,
        onFault: (error) => void this.faults.push(error),
      },
    );
  }

  /** Height of the last block. */
  get height(): number {
    return this.ledger.edge().header.height;
  }

  /** The last block, by its hash. */
  get head(): string {
    const block = this.ledger.readBlock(this.height);
    return block === undefined ? '' : formatHex(block.hash);
  }

  /** Cuts a batch: it is sent to all. */
  submit(sent: SentBatch): void {
    this.replica.submit(pooledOf(sent)).catch((error: unknown) => this.faults.push(error));
  }

  /** Batches of others that wait on the disk. */
  stored(): Promise<readonly WaitingBatch[]> {
    return Array.fromAsync(this.work.batches());
  }
}

/** A network of replicas. */
export class ReplicaSite {
  readonly clock = new FakeClock(NOW_S * 1_000);
  readonly network = new MemoryNetwork(this.clock);
  readonly options: SiteOptions;
  readonly #running = new Map<number, RunningReplica>();
  readonly #disks = new Map<number, ReplicaDisk>();

  constructor(options: SiteOptions = {}) {
    this.options = options;
  }

  /** Starts a network whose validators have said what they hold of each other. */
  static async start(options: SiteOptions = {}): Promise<ReplicaSite> {
    const site = new ReplicaSite(options);
    for (let index = 0; index < (options.count ?? 4); index++) await site.start(index);
    await site.clock.advance(500);
    return site;
  }

  /** Starts one replica on what its disk holds. */
  async start(index: number): Promise<RunningReplica> {
    const disk = this.#disks.get(index) ?? emptyDisk();
    this.#disks.set(index, disk);
    const chain = new RowChainStore(disk.chain);
    const { count = 4, params = {} } = this.options;
    const ledger = await Ledger.open(chain, {
      chainId: CHAIN_ID,
      timestampMs: NOW_S * 1_000 - 10_000,
      validators: validatorsOf(count),
      authorities: [AUTHORITY],
      params: { ...DEFAULT_PARAMS, ...params },
    });
    const running = new RunningReplica(this, { index, ledger, chain, disk });
    this.#running.set(index, running);
    this.network.join(index, running.replica);
    await running.replica.start();
    return running;
  }

  /** Ends one replica; its disk stays. */
  async stop(index: number): Promise<void> {
    this.network.leave(index);
    await this.at(index).replica.stop();
    this.#running.delete(index);
  }

  /** Copies the disk of one that is not running. */
  backUp(index: number): ReplicaDisk {
    const disk = this.#disks.get(index);
    if (disk === undefined) throw new Error(`replica ${index} has no disk`);
    return copyOf(disk);
  }

  /** Puts a copy in place of the disk of one that is not running. */
  restore(index: number, backup: ReplicaDisk): void {
    this.#disks.set(index, copyOf(backup));
  }

  /** Empties the disk of one that is not running. */
  wipe(index: number): void {
    this.#disks.delete(index);
  }

  /** A replica that runs. */
  at(index: number): RunningReplica {
    const running = this.#running.get(index);
    if (running === undefined) throw new Error(`replica ${index} does not run`);
    return running;
  }

  /** All that run, in order. */
  all(): readonly RunningReplica[] {
    return [...this.#running.values()].sort((a, b) => a.index - b.index);
  }

  /** Moves time until a fact holds, at most so long. */
  async until(holds: () => boolean, withinMs = 30_000): Promise<void> {
    for (let passedMs = 0; !holds() && passedMs < withinMs; passedMs += 1) {
      await this.clock.advance(1);
    }
    if (!holds()) throw new Error(`it does not hold after ${withinMs} ms`);
  }

  /** Moves time until all that run have so many photographs on the same chain. */
  async untilRecords(count: number, withinMs?: number): Promise<void> {
    await this.until(() => {
      const all = this.all();
      const [first] = all;
      return all.every(({ ledger, head }) => ledger.recordCount() >= count && head === first?.head);
    }, withinMs);
  }

  /** Messages of consensus that a validator has sent since a moment, whoever they were sent to. */
  saidBy(index: number, since = 0): readonly Message[] {
    return this.network.carried.slice(since).flatMap(({ from, channel, bytes }) => {
      if (from !== index || channel !== 'votes') return [];
      const frame = decodeVoteFrame(bytes);
      return frame.type === 'message' ? [frame.message] : [];
    });
  }

  /** What stopped any of them. */
  faults(): readonly unknown[] {
    return this.all().flatMap(({ faults }) => faults);
  }

  /** Ends all. */
  async stopAll(): Promise<void> {
    for (const { index } of this.all()) await this.stop(index);
  }
}
