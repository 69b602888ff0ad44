/** The drive loop of one validator of v0 … v3, around it what a test lets the others say. */
import type { Header } from '../../../chain/block.ts';
import { decode } from '../../../chain/codec.ts';
import { createEngine } from '../../../chain/consensus/engine.ts';
import type { Equivocation } from '../../../chain/consensus/equivocation.ts';
import {
  checkMessage,
  type Durable,
  durableSchema,
  heightOf,
  type Message,
} from '../../../chain/consensus/message.ts';
import type { Place } from '../../../chain/consensus/proposer.ts';
import { contextAt } from '../../../chain/consensus/statement.ts';
import type { ChainError } from '../../../chain/errors.ts';
import { DEFAULT_PARAMS, type Params } from '../../../chain/params.ts';
import { type Built, buildBlock } from '../../../node/consensus/blockBuilder.ts';
import {
  type AppliedBlock,
  type DecidedBatches,
  DriveLoop,
} from '../../../node/consensus/driveLoop.ts';
import { Ledger } from '../../../node/ledger.ts';
import { BatchPool } from '../../../node/mempool/batchPool.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { RowChainStore } from '../../../node/store/rowChainStore.ts';
import { CHAIN_ID, signerOf, validatorOf, validatorsOf } from '../../support/chainValues.ts';
import { commitOf } from '../../chain/consensus/support/engineRig.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { MemoryWal, type WalFrames } from '../../support/memoryWal.ts';
import { AUTHORITY } from '../../support/sentBatches.ts';
import { NOW_S } from '../../support/shots.ts';

/** A search for batches that a test ends. */
export interface Search {
  readonly header: Header;
  readonly signal: AbortSignal;
  /** Ends it: all are here, or why they will never be. */
  end(problem?: ChainError): void;
  fail(error: unknown): void;
}

/** How rigs differ. */
export interface DriveOptions {
  readonly params?: Partial<Params>;
  readonly signFloor?: number;
  readonly frames?: WalFrames;
}

/** One validator's drive loop. */
export class DriveRig {
  readonly clock = new FakeClock(NOW_S * 1_000);
  readonly pool = new BatchPool(64 * 1_024 * 1_024);
  readonly ledger: Ledger;
  readonly wal: MemoryWal;
  readonly drive: DriveLoop;
  /** What the loop did, in order: kinds of messages that were sent, statuses, builds, blocks. */
  readonly events: string[] = [];
  readonly sent: Message[] = [];
  readonly searches: Search[] = [];
  readonly applied: AppliedBlock[] = [];
  readonly refused: (readonly [string, number])[] = [];
  readonly evidence: Equivocation[] = [];
  readonly behind: (readonly [number, string])[] = [];
  readonly statuses: (readonly [Place, string | undefined])[] = [];
  readonly inputs: string[] = [];
  readonly faults: unknown[] = [];
  readonly #name: string;

  private constructor(name: string, ledger: Ledger, options: DriveOptions) {
    this.#name = name;
    this.ledger = ledger;
    this.wal = new MemoryWal(options.frames);
    const { clock, pool, wal } = this;
    const engine = createEngine({
      chainId: CHAIN_ID,
      tip: ledger.edge(),
      publicKey: validatorOf(name).consensusKey,
      sign: signerOf(name),
      restored: wal.restored.map((bytes) => decode(durableSchema, bytes)),
      signFloor: options.signFloor ?? 0,
    });
    this.drive = new DriveLoop({
      engine,
      wal,
      ledger,
      pool,
      clock,
      send: (messages) => {
        this.sent.push(...messages);
        this.events.push(`send ${messages.map(({ kind }) => kind).join(' ')}`);
      },
      sendStatus: (place, peerId) => void this.statuses.push([place, peerId]),
      build: ({ height, view, suspects }, isKeepaliveDue) => {
        this.events.push(`build ${height}/${view}`);
        return this.build(name, { height, view, suspects, isKeepaliveDue });
      },
      ensure: ({ header }, signal) => this.#ensure(header, signal),
      onApplied: async (block) => {
        this.applied.push(block);
        for (const id of block.header.batchIds) pool.remove(id);
        this.events.push(`applied ${block.header.height}`);
      },
      onEvidence: (evidence) => void this.evidence.push(...evidence),
      onBehind: (height, peerId) => void this.behind.push([height, peerId]),
      onStep: (input) => {
        this.inputs.push(input.type === 'work' ? `work ${input.waiting}` : input.type);
      },
      onRefused: ({ code }, { height }) => void this.refused.push([code, height]),
      onFault: (error) => void this.faults.push(error),
    });
  }

  /** Opens a rig on a chain that has not begun. */
  static async open(name: string, options: DriveOptions = {}): Promise<DriveRig> {
    const ledger = await Ledger.open(new RowChainStore(new MemoryRows()), {
      chainId: CHAIN_ID,
      timestampMs: NOW_S * 1_000 - 10_000,
      validators: validatorsOf(4),
      authorities: [AUTHORITY],
      params: { ...DEFAULT_PARAMS, ...options.params },
    });
    return new DriveRig(name, ledger, options);
  }

  /** The same, started. */
  static async start(name: string, options: DriveOptions = {}): Promise<DriveRig> {
    const rig = await DriveRig.open(name, options);
    await rig.drive.start();
    rig.statuses.length = 0;
    return rig;
  }

  /** Returns what a validator would propose on this ledger. */
  build(
    name: string,
    given: Partial<Place & { readonly suspects: readonly Uint8Array[]; isKeepaliveDue: boolean }>,
  ): Built | undefined {
    const { ledger, pool, clock } = this;
    const { height = ledger.edge().header.height + 1, view = 0, suspects = [] } = given;
    const proposer = validatorOf(name).consensusKey;
    const world = { ledger, pool, clock, proposer };
    return buildBlock({ height, view, suspects }, given.isKeepaliveDue ?? false, world);
  }

  /** Returns the block that the proposer of a view would propose; of the keep-alive where nothing waits. */
  propose(view = 0): Header {
    const index = (this.ledger.edge().header.height + 1 + view) % 4;
    const built = this.build(`v${index}`, { view, isKeepaliveDue: true });
    if (built === undefined) throw new Error('a block is due');
    return built.header;
  }

  /** Hears messages, one after another; `from` is the peer that passes them on. */
  async hear(from: string, ...messages: readonly Message[]): Promise<void> {
    for (const message of messages) {
      const context = contextAt(this.ledger.edge().state, heightOf(message));
      if (context === undefined) throw new Error(`height ${heightOf(message)} is unknown here`);
      await this.drive.receive(from, checkMessage(message, context));
    }
  }

  /** Returns a block as it is synced: decided by the others. */
  decide(header: Header): DecidedBatches {
    const signatures = [0, 1, 2, 3]
      .filter((index) => `v${index}` !== this.#name)
      .map((index) => ({ index, signature: commitOf(index, header).signature }));
    const [vote] = [commitOf(1, header)];
    const certificate = {
      height: header.height,
      view: header.view,
      blockHash: vote.blockHash,
      signatures,
    };
    const batches = header.batchIds.map((id) => {
      const found = this.pool.find(id);
      if (found === undefined) throw new Error('the batch is in the pool');
      return found.signed;
    });
    return { header, certificate, batches };
  }

  /** What the log holds. */
  logged(): readonly Durable[] {
    return this.wal.frames.flat().map((bytes) => decode(durableSchema, bytes));
  }

  #ensure(header: Header, signal: AbortSignal): Promise<ChainError | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<ChainError | undefined>();
    this.searches.push({
      header,
      signal,
      end: (problem) => {
        resolve(problem);
      },
      fail: (error) => {
        reject(error);
      },
    });
    return promise;
  }
}
