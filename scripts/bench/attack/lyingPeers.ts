/**
 * Votes and proposals of which half of the peers get another than the other half: for each slot this validator
 * signs two values.
 */
import { randomBytes } from 'node:crypto';

import { createPrePrepare } from '../../../chain/consensus/prePrepare.ts';
import type { Message } from '../../../chain/consensus/message.ts';
import { createVote } from '../../../chain/consensus/vote.ts';
import { HASH_BYTES } from '../../../chain/record.ts';
import type { ValidatorIdentity } from '../../../node/identity.ts';
import type { NodeNetwork } from '../../../node/network.ts';
import type { AnswerOptions, ConnectedPeer, Peers } from '../../../node/peers.ts';
import { decodeVoteFrame, encodeVoteFrame } from '../../../node/wire/votes.ts';
import type { Channel } from '../../../p2p/channel.ts';

/** Peers of a validator that says one thing to some and another to the others. */
export class LyingPeers implements Peers {
  readonly #network: NodeNetwork;
  readonly #identity: ValidatorIdentity;
  /** Whether it does; else it is honest. */
  isLying = false;

  constructor(network: NodeNetwork, identity: ValidatorIdentity) {
    this.#network = network;
    this.#identity = identity;
  }

  send(peerId: string, channel: Channel, bytes: Uint8Array): void {
    this.#network.send(peerId, channel, bytes);
  }

  broadcast(channel: Channel, bytes: Uint8Array): void {
    const other = this.isLying && channel === 'votes' ? this.#contradict(bytes) : undefined;
    if (other === undefined) {
      this.#network.broadcast(channel, bytes);
      return;
    }
    for (const [i, { peerId }] of this.validators().entries()) {
      this.#network.send(peerId, channel, i % 2 === 0 ? bytes : other);
    }
  }

  request(peerId: string, bytes: Uint8Array, options: AnswerOptions): Promise<Uint8Array> {
    return this.#network.request(peerId, bytes, options);
  }

  report(): void {
    // Whoever refuses what it says is in the right.
  }

  validators(): readonly ConnectedPeer[] {
    return this.#network.validators();
  }

  /** Another message for the same slot; undefined where the frame is none that votes. */
  #contradict(bytes: Uint8Array): Uint8Array | undefined {
    const frame = decodeVoteFrame(bytes);
    if (frame.type !== 'message') return undefined;
    const message = this.#other(frame.message);
    return message === undefined ? undefined : encodeVoteFrame({ type: 'message', message });
  }

  #other(message: Message): Message | undefined {
    const voter = this.#identity;
    switch (message.kind) {
      case 1: {
        const { header } = message;
        const later = { ...header, timestampMs: header.timestampMs + 1 };
        return createPrePrepare({ ...message, header: later }, voter);
      }
      case 2:
      case 3:
        return createVote(
          { ...message, blockHash: new Uint8Array(randomBytes(HASH_BYTES)) },
          voter,
        );
      default:
        return undefined;
    }
  }
}
