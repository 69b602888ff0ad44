/** The mempool of validator v0 among v0 … v3, over memory and a clock that stands still. */
import type { CameraCertificate } from '../../../chain/certificate/certificate.ts';
import { createRegistry } from '../../../chain/certificate/registry.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { verifySigned } from '../../../chain/signature.ts';
import type { Applied } from '../../../chain/state.ts';
import { Certificates } from '../../../node/intake/certificates.ts';
import { Ledger } from '../../../node/ledger.ts';
import { Admission, type BadBatch, type EvidenceCheck } from '../../../node/mempool/admission.ts';
import { BatchPool, type PooledBatch } from '../../../node/mempool/batchPool.ts';
import { createEvidenceCheck } from '../../../node/mempool/evidenceCheck.ts';
import { Mempool } from '../../../node/mempool/mempool.ts';
import type { ConnectedPeer } from '../../../node/peers.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { RowChainStore } from '../../../node/store/rowChainStore.ts';
import { RowWorkStore } from '../../../node/store/rowWorkStore.ts';
import type { WaitingBatch } from '../../../node/store/workStore.ts';
import { appendBlock } from '../../support/appendBlock.ts';
import { captureLog, type CapturedLog } from '../../support/capturedLog.ts';
import { CHAIN_ID, validatorOf, validatorsOf } from '../../support/chainValues.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { AUTHORITY } from '../../support/sentBatches.ts';
import { MemoryPeers } from '../../support/memoryPeers.ts';
import { NOW_S } from '../../support/shots.ts';

/** Bytes that all batches of a rig may have. */
const POOL_BYTES_MAX = 64 * 1_024 * 1_024;

/** How rigs differ. */
export interface MempoolOptions {
  /** Default: the real check. */
  readonly check?: EvidenceCheck;
  /** What a restart finds. */
  readonly rows?: MemoryRows;
  /** Whether it is the mempool of a node that has no vote. */
  readonly isObserver?: boolean;
}

/** A mempool, and the parts around it. */
export class MempoolRig {
  readonly clock = new FakeClock(NOW_S * 1_000);
  readonly pool = new BatchPool(POOL_BYTES_MAX);
  readonly peers = new MemoryPeers();
  readonly captured: CapturedLog = captureLog();
  readonly rows: MemoryRows;
  readonly work: RowWorkStore;
  readonly ledger: Ledger;
  readonly mempool: Mempool;
  /** Admission alone, beside the mempool's own. */
  readonly admission: Admission;
  /** Called before each evidence check; what it rejects with fails it. */
  check: EvidenceCheck;
  checkCount = 0;
  /** How often the pool was said to have a batch more, and own batches to have room. */
  batchCount = 0;
  roomCount = 0;
  readonly over: PooledBatch[] = [];
  readonly bad: BadBatch[] = [];
  readonly dead: (readonly [batch: PooledBatch, timestampMs: number])[] = [];
  readonly faults: unknown[] = [];

  private constructor(ledger: Ledger, options: MempoolOptions) {
    this.ledger = ledger;
    this.rows = options.rows ?? new MemoryRows();
    this.work = new RowWorkStore(this.rows);
    const registry = createRegistry([AUTHORITY]);
    const { parse } = new Certificates(() => registry, { perS: 1, burst: 1 });
    this.check = options.check ?? createEvidenceCheck({ parse, registry: () => registry });
    const shared = this.#sharedPorts(parse);
    this.admission = new Admission({
      ...shared,
      onOver: async (batch) => void this.over.push(batch),
    });
    this.mempool = new Mempool({
      ...shared,
      aggregator: options.isObserver === true ? undefined : keyOf(0),
      peers: this.peers,
      log: this.captured.log,
      committedAtMs: ({ id, signed }) => ledger.committedAtMs(id, signed.batch),
      blockTimeMs: () => ledger.edge().header.timestampMs,
      evidenceRetentionMs: () => DEFAULT_PARAMS.evidenceRetentionS * 1_000,
      onBatch: () => void (this.batchCount += 1),
      onRoom: () => void (this.roomCount += 1),
      onDead: async (batch, timestampMs) => void this.dead.push([batch, timestampMs]),
      onFault: (error) => void this.faults.push(error),
    });
  }

  /** Opens a rig on a chain that has not begun. */
  static async open(options: MempoolOptions = {}): Promise<MempoolRig> {
    const ledger = await Ledger.open(new RowChainStore(new MemoryRows()), {
      chainId: CHAIN_ID,
      timestampMs: NOW_S * 1_000 - 10_000,
      validators: validatorsOf(4),
      authorities: [AUTHORITY],
      params: DEFAULT_PARAMS,
    });
    return new MempoolRig(ledger, options);
  }

  /** Applies a block that holds some of the batches; by default all that fit it. */
  apply(batches: readonly PooledBatch[] = this.pool.all()): Promise<Applied> {
    return appendBlock({ ledger: this.ledger, clock: this.clock, proposer: keyOf(1) }, batches);
  }

  /** Batches that are on the disk. */
  stored(): Promise<readonly WaitingBatch[]> {
    return Array.fromAsync(this.work.batches());
  }

  /** Whether the evidence of a batch is still there when a block of this time has swept the work. */
  async hasEvidence(id: Uint8Array, blockTimeMs: number): Promise<boolean> {
    await this.work.sweep({ nowMs: 0, certificateRetentionMs: 0, countMax: 100, blockTimeMs });
    return this.work.readEvidence(id) !== undefined;
  }

  #sharedPorts(
    parse: (sent: Uint8Array) => CameraCertificate,
  ): Omit<ConstructorParameters<typeof Admission>[0], 'onOver'> {
    return {
      pool: this.pool,
      work: this.work,
      clock: this.clock,
      parse,
      verify: verifySigned,
      checkEvidence: async (sent, state) => {
        this.checkCount += 1;
        await this.check(sent, state);
      },
      state: () => this.ledger.edge().state,
      onBadBatch: (bad) => void this.bad.push(bad),
    };
  }
}

/** Returns the consensus key of a validator. */
export function keyOf(index: number): Uint8Array {
  return validatorOf(`v${index}`).consensusKey;
}

/** Returns a validator that is connected. */
export function peerOf(index: number): ConnectedPeer {
  return { peerId: `peer-${index}`, role: 'validator', index };
}

/** A check that waits until a test lets it go on. */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  readonly #begun: string[] = [];

  /** The check: passes when it is let go. */
  readonly check: EvidenceCheck = async ({ signed }) => {
    this.#begun.push(`${signed.batch.sequence}`);
    await new Promise<void>((resolve) => void this.#waiting.push(resolve));
  };

  /** Sequences of the batches whose check has begun, in order. */
  get begun(): readonly string[] {
    return this.#begun;
  }

  /** Lets go of everything that waits. */
  open(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
