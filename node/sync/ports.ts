/** What the parts of sync are, and what they need of the node. */
import type { SignedBytes } from '../../chain/signature.ts';
import type { Edge } from '../../chain/state.ts';
import type { Message } from '../../chain/consensus/message.ts';
import type { Decision } from '../../chain/consensus/ready.ts';
import type { Answer } from '../../p2p/ports.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { ConnectedPeer, Peers } from '../peers.ts';
import type { ChainStore } from '../store/chainStore.ts';
import type { SentBatch } from '../wire/batches.ts';
import type { SyncedBlock } from '../wire/blocks.ts';

/** The world of the client. */
export interface BlockSyncPorts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: Log;
  /** Returns a number from 0, inclusive, to 1, exclusive. */
  random(): number;
  /** Where the chain ends here: blocks that consensus decided meanwhile included. */
  edge(): Edge;
  /** Returns whether a signature verifies; a promise where it is done off the main thread. */
  verify(signed: SignedBytes): boolean | Promise<boolean>;
  /** Lets others have a turn; called between two blocks. */
  pause(): Promise<void>;
  /**
   * Applies a checked block that follows the edge, unless the chain has it by then. Resolves when it is durable, or
   * when the node is stopping and nothing is applied any more; a rejection is a fault.
   */
  apply(block: SyncedBlock): Promise<void>;
  /** Takes a certificate that is checked, each time of a greater height; its block may never come. */
  onCertified(decision: Decision): void;
  /** Called when the node must stop: `apply` failed, or a certified block contradicts this chain. */
  onFault(error: unknown): void;
}

/** Why an answer was of no use. */
export type Refusal =
  | 'failed' // the request ended without an answer, or the peer went down
  | 'slow' // it took too long, and was given up
  | 'empty' // the peer does not hold what it said it does
  | 'short' // fewer blocks than were asked for, though more would have fitted; those that came are used
  | 'malformed' // bytes that are no answer, or other blocks than those asked for
  | 'certificate' // a block that no quorum of this chain decided
  | 'batches'; // batches that are not those of the block, or that nobody signed

/** What sync has done since the start. */
export interface SyncCounts {
  /** Blocks that were applied. */
  readonly blocks: number;
  /** Bytes of answers. */
  readonly bytes: number;
  /** Bytes of answers that wait to be applied at this moment. */
  readonly heldBytes: number;
  readonly refusals: Readonly<Record<Refusal, number>>;
}

/** Fetches the blocks that others have decided, at any time. */
export interface BlockSync {
  /** Takes word that a peer holds all blocks up to a height: only a hint. */
  heard(peerId: string, height: number): void;
  /** Takes the news that a peer can be asked, or no longer can. */
  onPeer(peer: ConnectedPeer, state: 'up' | 'down'): void;
  /** Returns whether blocks are being fetched, or could be. */
  isSyncing(): boolean;
  /**
   * The height that others have: the greatest of which a certificate was seen or that f + 1 peers tell, and the own
   * one where none is greater.
   */
  target(): number;
  counts(): SyncCounts;
  /** Ends what is under way; resolves when no block is being applied any more. */
  stop(): Promise<void>;
}

/** The chain, as far as the server reads it. */
export type ServedChain = Pick<
  ChainStore,
  | 'edge'
  | 'baseHeight'
  | 'readHeader'
  | 'readCertificate'
  | 'readSignedBatch'
  | 'readEntries'
  | 'readTile'
>;

/** The world of the server. */
export interface SyncServerPorts {
  readonly chain: ServedChain;
  /** Returns a batch that waits for a block, with its evidence. */
  findBatch(id: Uint8Array): SentBatch | undefined;
  /** Returns the newest message that is held of the validator with this consensus key. */
  newestOf(consensusKey: Uint8Array): Message | undefined;
  /** Returns the answer to a peer that asks for the checkpoint. */
  answerCheckpoint(from: ConnectedPeer): Uint8Array;
  /** Lets others have a turn; called between two blocks. */
  pause(): Promise<void>;
}

/** Answers what peers ask over the sync channel. */
export interface SyncServer {
  /**
   * Returns the answer; one that comes in parts must be iterated, to its end or until it is broken off. Rejects with
   * a ChainError for what no honest peer asks, with anything else as a fault.
   */
  answer(from: ConnectedPeer, request: Uint8Array): Promise<Answer>;
}
