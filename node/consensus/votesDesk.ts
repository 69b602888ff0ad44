/**
 * The votes desk: what peers say on the votes channel, checked before the engine hears it.
 *
 * A message is checked against the validator set of its height; one of a height whose set is not known yet is
 * a hint that its sender has gone on. R20: nothing that a peer sends can throw past here but a ChainError.
 */
import { EVIDENCE_HEIGHTS } from '../../chain/consensus/core.ts';
import type { Equivocation } from '../../chain/consensus/equivocation.ts';
import { checkMessage, heightOf, type Message } from '../../chain/consensus/message.ts';
import type { Place } from '../../chain/consensus/proposer.ts';
import { type Checked, contextAt, type Verifier } from '../../chain/consensus/statement.ts';
import type { State } from '../../chain/state.ts';
import { ChainError } from '../../chain/errors.ts';
import type { Claim } from '../cosigning/claim.ts';
import type { ConnectedPeer } from '../peers.ts';
import { decodeVoteFrame } from '../wire/votes.ts';
import type { Heard } from './heard.ts';
import { rememberSignatures } from './knownSignatures.ts';

/** The world of the desk. */
export interface VotesDeskPorts {
  readonly heard: Heard;
  readonly verify: Verifier;
  /** State after the last block. */
  state(): State;
  onMessage(peerId: string, message: Checked<Message>): Promise<void>;
  onStatus(peerId: string, place: Place): Promise<void>;
  /** Takes a validator's cosignature, unchecked. Throws a ChainError for what no honest validator says. */
  onClaim(index: number, claim: Claim): void;
  /** Takes a proof of equivocation, unchecked. Rejects with a ChainError. */
  onEquivocation(equivocation: Equivocation): Promise<void>;
}

/** Takes what peers say on the votes channel. */
export class VotesDesk {
  readonly #ports: VotesDeskPorts;
  readonly #verify: Verifier;

  constructor(ports: VotesDeskPorts) {
    this.#ports = ports;
    this.#verify = rememberSignatures(ports.verify);
  }

  /** Resolves when what was said has had its effect. Rejects with a ChainError for what no honest validator says. */
  async receive(from: ConnectedPeer, bytes: Uint8Array): Promise<void> {
    const frame = decodeVoteFrame(bytes);
    const { peerId } = from;
    switch (frame.type) {
      case 'message':
        await this.#receiveMessage(peerId, frame.message);
        break;
      case 'status':
        await this.#ports.onStatus(peerId, frame.place);
        break;
      case 'claim':
        this.#receiveClaim(from, frame.claim);
        break;
      case 'equivocation':
        await this.#ports.onEquivocation(frame.equivocation);
        break;
    }
  }

  #receiveClaim({ index }: ConnectedPeer, claim: Claim): void {
    if (index === undefined) {
      throw new ChainError('ERR_UNKNOWN_VALIDATOR', 'only validators cosign');
    }
    this.#ports.onClaim(index, claim);
  }

  async #receiveMessage(peerId: string, message: Message): Promise<void> {
    const ports = this.#ports;
    const state = ports.state();
    const height = heightOf(message);
    // What is long over is of no use to anybody: no signature of it is verified.
    if (height < state.height - EVIDENCE_HEIGHTS) return;
    const context = contextAt(state, height, this.#verify);
    if (context === undefined) {
      // R18: from further ahead it is only a hint.
      if (height > state.height) await ports.onStatus(peerId, { height, view: 0 });
      return;
    }
    const checked = checkMessage(message, context);
    ports.heard.note(checked, context);
    await ports.onMessage(peerId, checked);
  }
}
