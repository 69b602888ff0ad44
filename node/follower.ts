/**
 * The follower: what an observer does with the chain. It fetches the blocks that validators have decided, checks
 * each against the chain here, and makes it durable.
 *
 * It hears of new blocks by the heights that validators tell with every beat. Nothing that they tell is believed
 * before the block is here: a certificate with the votes of a quorum of this chain, and the state that follows.
 */
import type { SignedBytes } from '../chain/signature.ts';
import type { Clock } from './clock.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import type { ConnectedPeer, Peers } from './peers.ts';
import { createBlockSync } from './sync/blockSync.ts';
import type { BlockSync } from './sync/ports.ts';
import type { SyncedBlock } from './wire/blocks.ts';

/** The world of a follower. */
export interface FollowerPorts {
  readonly ledger: Ledger;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: Log;
  /** Verifies what validators sign, off the main thread. */
  verify(signed: SignedBytes): boolean | Promise<boolean>;
  /** Returns a number from 0, inclusive, to 1, exclusive. */
  random(): number;
  /** Lets others have a turn. */
  pause(): Promise<void>;
  /** Called after a block is durable. */
  onBlock(block: AppliedBlock): void;
  /** Called when the node must stop. */
  onFault(error: unknown): void;
}

/** Follows the chain. */
export class Follower {
  readonly #ports: FollowerPorts;
  readonly #sync: BlockSync;

  constructor(ports: FollowerPorts) {
    this.#ports = ports;
    this.#sync = createBlockSync({
      peers: ports.peers,
      clock: ports.clock,
      log: ports.log,
      random: () => ports.random(),
      pause: () => ports.pause(),
      edge: () => ports.ledger.edge(),
      verify: (signed) => ports.verify(signed),
      apply: (block) => this.#apply(block),
      onCertified: () => undefined, // It matters to who signs.
      onFault: (error) => {
        ports.onFault(error);
      },
    });
  }

  /** Takes word that a validator has all blocks up to a height. */
  heard(peerId: string, height: number): void {
    this.#sync.heard(peerId, height);
  }

  /** Takes the news that a validator can be asked, or no longer can. */
  onPeer(peer: ConnectedPeer, state: 'up' | 'down'): void {
    this.#sync.onPeer(peer, state);
  }

  /** Resolves when no block is being written any more. */
  stop(): Promise<void> {
    return this.#sync.stop();
  }

  /** Sync hands over one block at a time, each the next. */
  async #apply(block: SyncedBlock): Promise<void> {
    const start = performance.now();
    const applied = await this.#ports.ledger.append({ ...block, execution: undefined });
    const seconds = (performance.now() - start) / 1_000;
    this.#ports.onBlock({ ...block, applied, seconds });
  }
}
