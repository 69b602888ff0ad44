/** What a replica is made of, and who hears of what happens in it. */
import type { Header } from '../chain/block.ts';
import type { Equivocation } from '../chain/consensus/equivocation.ts';
import type { Input, Ready } from '../chain/consensus/ready.ts';
import type { Verifier } from '../chain/consensus/statement.ts';
import type { ChainError } from '../chain/errors.ts';
import type { CertificateParser } from '../chain/evidence.ts';
import type { SignedCheckpoint } from '../chain/log/checkpoint.ts';
import type { SignedBytes, Signer } from '../chain/signature.ts';
import type { Clock } from './clock.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import type { Wal } from './consensus/wal.ts';
import type { CosigningOptions } from './cosigning/cosigning.ts';
import type { EquivocationSource } from './equivocationDesk.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import type { BadBatch, EvidenceCheck } from './mempool/admission.ts';
import type { BatchPool, PooledBatch } from './mempool/batchPool.ts';
import type { Peers } from './peers.ts';
import type { ChainStore } from './store/chainStore.ts';
import type { WorkStore } from './store/workStore.ts';

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
  /** What this validator cosigns with. */
  readonly cosigning: CosigningOptions;
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
  /** Called when a checkpoint is final, or has one cosignature more. */
  onFinal(checkpoint: SignedCheckpoint): void;
  /** Called after each step of the engine. */
  onStep(input: Input, ready: Ready): void;
  /** Called with why a proposal is not voted for. */
  onRefused(error: ChainError, header: Header): void;
  /** Called with the time that a build took, seconds. */
  onBuild(seconds: number): void;
  /** Called when the node must stop. */
  onFault(error: unknown): void;
}
