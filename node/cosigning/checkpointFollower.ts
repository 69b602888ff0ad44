/** What an observer does with checkpoints: it cosigns none, and takes those that validators have made final. */
import type { SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import type { NetworkLog } from '../../chain/log/policy.ts';
import type { Edge } from '../../chain/state.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Peers } from '../peers.ts';
import type { ChainStore } from '../store/chainStore.ts';
import { Checkpoints } from './checkpoints.ts';
import { checkClaim } from './cosignedLog.ts';
import { CheckpointFetcher } from './fetcher.ts';
import { createTileReader, treeHeadOf } from './treeHead.ts';

/** The world of a follower of checkpoints. */
export interface CheckpointFollowerPorts {
  readonly network: NetworkLog;
  readonly chain: Pick<ChainStore, 'readTile' | 'readCheckpoint' | 'putCheckpoint'>;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: Log;
  edge(): Edge;
  /** Called when a newer checkpoint is here. */
  onFinal(checkpoint: SignedCheckpoint): void;
  onFault(error: unknown): void;
}

const FETCHING = { delayMs: 100, retryMs: 1_000 };

/** Follows the checkpoints of validators. */
export class CheckpointFollower {
  readonly #checkpoints: Checkpoints;
  readonly #fetcher: CheckpointFetcher;
  #conflict: string | undefined;

  constructor(ports: CheckpointFollowerPorts) {
    const { chain, peers, clock, log } = ports;
    const onFault = (error: unknown): void => {
      ports.onFault(error);
    };
    this.#checkpoints = new Checkpoints(treeHeadOf(ports.edge()), {
      network: ports.network,
      signLog: undefined,
      check: checkClaim,
      chain,
      readTile: createTileReader(chain),
      log,
      onFinal: (checkpoint) => {
        ports.onFinal(checkpoint);
      },
      onConflict: (why) => {
        this.#conflict ??= why;
        log.error({ reason: why }, 'the log here is not that of the validators');
      },
      onFault,
    });
    this.#fetcher = new CheckpointFetcher(FETCHING, {
      peers,
      clock,
      isBehind: () => (this.final()?.treeSize ?? 0) < this.#checkpoints.head().treeSize,
      adopt: (bytes) => {
        this.#checkpoints.adopt(bytes);
      },
      onOverdue: () => undefined,
      onFault,
    });
  }

  /** The newest checkpoint that a quorum has cosigned, as far as validators have told. */
  final(): SignedCheckpoint | undefined {
    return this.#checkpoints.final();
  }

  /** What validators have cosigned that contradicts the log here; undefined while nothing does. */
  conflict(): string | undefined {
    return this.#conflict;
  }

  /** Takes a block that is durable. */
  onBlock(edge: Edge): void {
    this.#checkpoints.advance(treeHeadOf(edge));
    this.#fetcher.wake();
  }

  /** Takes the news that a validator can be asked. */
  onPeer(): void {
    this.#fetcher.wake();
  }

  /** Asks nothing more. */
  stop(): void {
    this.#fetcher.stop();
  }
}
