/** What the node's parts need of the network: messages to validators that are known by their peer ids. */
import type { Channel, Role } from '../p2p/channel.ts';

/** How a peer's message is judged: of no use, or such as no honest peer sends. */
export type Judgement = 'ignore' | 'reject';

/** A peer that is connected. */
export interface ConnectedPeer {
  readonly peerId: string;
  readonly role: Role;
  /** Place in the validator set; undefined for an observer. */
  readonly index: number | undefined;
}

/** How an answer is awaited. */
export interface AnswerOptions {
  readonly responseBytesMax: number;
  readonly signal?: AbortSignal;
}

/** The other nodes. */
export interface Peers {
  /** Queues a message; what cannot be sent is lost, and said again by who needs it. */
  send(peerId: string, channel: Channel, bytes: Uint8Array): void;
  /** The same for all that are connected and have the channel. */
  broadcast(channel: Channel, bytes: Uint8Array): void;
  /** Asks a validator. Rejects with a NetworkError. */
  request(peerId: string, bytes: Uint8Array, options: AnswerOptions): Promise<Uint8Array>;
  /** Counts how a peer behaved; enough that is rejected disconnects it for a while. */
  report(peerId: string, judgement: Judgement, reason: string): void;
  /** Validators that are connected now. */
  validators(): readonly ConnectedPeer[];
}
