/** A validator that lies: honest within, with a tongue that makes something else of what it says. */
import type { Message } from '../../../chain/consensus/message.ts';
import type { Voter } from '../../../chain/consensus/statement.ts';
import { decodeVoteFrame, encodeVoteFrame } from '../../../node/wire/votes.ts';
import type { Channel } from '../../../p2p/channel.ts';
import type { Answer } from '../../../p2p/ports.ts';
import type { Chance } from '../../chain/consensus/support/chance.ts';
import type { Node, Said, Setting, Tongue } from '../parts.ts';

/** Something on its way to one peer. */
export interface Parcel {
  readonly to: string;
  readonly channel: Channel;
  readonly bytes: Uint8Array;
  readonly delayMs: number;
}

/** When something is said. */
export interface Occasion {
  readonly setting: Setting;
  readonly chance: Chance;
  readonly process: Node;
  readonly voter: Voter;
  readonly said: Said;
  /** What is said, where it is a consensus message. */
  readonly message: Message | undefined;
  /** Counts that this behaviour was seen. */
  act(): void;
}

/** One way of lying. */
export interface Behaviour {
  readonly name: string;
  /** Returns what is sent in the place of what would be. */
  twist?(occasion: Occasion, parcels: readonly Parcel[]): readonly Parcel[];
  /** Returns another answer to a request, or undefined for the one that would be given. */
  answer?(occasion: Omit<Occasion, 'said' | 'message'>, asked: Asked): Uint8Array | undefined;
  onStart?(occasion: Omit<Occasion, 'said' | 'message'>): void;
  onReceive?(channel: Channel, bytes: Uint8Array): void;
}

/** A request, and the honest answer. */
export interface Asked {
  readonly request: Uint8Array;
  readonly answer: Answer;
}

/** What stands between a process and its network. */
export class Liar implements Tongue {
  readonly #setting: Setting;
  readonly #behaviours: readonly Behaviour[];

  constructor(setting: Setting, behaviours: readonly Behaviour[]) {
    this.#setting = setting;
    this.#behaviours = behaviours;
  }

  /** For people. */
  get names(): readonly string[] {
    return this.#behaviours.map(({ name }) => name);
  }

  onStart(process: Node): void {
    for (const behaviour of this.#behaviours) {
      behaviour.onStart?.(this.#occasion(process, behaviour));
    }
  }

  onReceive(channel: Channel, bytes: Uint8Array): void {
    for (const behaviour of this.#behaviours) behaviour.onReceive?.(channel, bytes);
  }

  /** Sends what it likes in the place of what was said. */
  say(process: Node, said: Said): void {
    const { network, world } = this.#setting;
    const { channel, bytes } = said;
    const message = messageOf(said);
    let parcels: readonly Parcel[] = said.to.map((to) => ({ to, channel, bytes, delayMs: 0 }));
    for (const behaviour of this.#behaviours) {
      const occasion = { ...this.#occasion(process, behaviour), said, message };
      parcels = behaviour.twist?.(occasion, parcels) ?? parcels;
    }
    for (const parcel of parcels) {
      const send = (): void => network.send(process, parcel);
      if (parcel.delayMs === 0) send();
      else world.schedule(parcel.delayMs, process.life, send);
    }
  }

  answer(process: Node, request: Uint8Array, answer: Answer): Answer | undefined {
    for (const behaviour of this.#behaviours) {
      const other = behaviour.answer?.(this.#occasion(process, behaviour), { request, answer });
      if (other !== undefined) return other;
    }
    return undefined;
  }

  #occasion(process: Node, { name }: Behaviour): Omit<Occasion, 'said' | 'message'> {
    const { world, tally, facts } = this.#setting;
    return {
      setting: this.#setting,
      chance: world.chance,
      process,
      voter: { chainId: facts.chainId, sign: process.sign },
      act: () => {
        tally.add(`liar: ${name}`);
        world.tell(() => `${process.machine.name} lies: ${name}`);
      },
    };
  }
}

function messageOf({ channel, bytes }: Said): Message | undefined {
  if (channel !== 'votes') return undefined;
  const frame = decodeVoteFrame(bytes);
  return frame.type === 'message' ? frame.message : undefined;
}

/** Returns the same parcels with another message. */
export function withMessage(parcels: readonly Parcel[], message: Message): readonly Parcel[] {
  const bytes = encodeVoteFrame({ type: 'message', message });
  return parcels.map((parcel) => ({ ...parcel, channel: 'votes', bytes }));
}

/** Sends one thing to some and another to the rest. */
export function toHalves(
  parcels: readonly Parcel[],
  other: Message,
  chance: Chance,
): readonly Parcel[] {
  const others = withMessage(parcels, other);
  return parcels.map((parcel, i) => (chance.happens(0.5) ? parcel : others[i]!));
}
