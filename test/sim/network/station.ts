/** A running process, as the network sees it. */
import type { ConnectedPeer } from '../../../node/peers.ts';
import type { Channel } from '../../../p2p/channel.ts';
import type { Answer } from '../../../p2p/ports.ts';
import type { Life } from '../world.ts';

/** A running process, as the network sees it. */
export interface Station {
  /** Of its machine: no two stations have the same at a time. */
  readonly number: number;
  /** Place in the validator set: a twin has that of another. */
  readonly index: number;
  readonly peerId: string;
  readonly life: Life;
  receive(from: ConnectedPeer, channel: Channel, bytes: Uint8Array): Promise<void>;
  answer(from: ConnectedPeer, request: Uint8Array): Promise<Answer>;
  onPeer(peer: ConnectedPeer, state: 'up' | 'down'): void;
  onFault(error: unknown): void;
}
