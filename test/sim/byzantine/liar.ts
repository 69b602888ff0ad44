/** A validator that lies: honest within, with a tongue that makes something else of what it says. */
import type { Channel } from '../../../p2p/channel.ts';
import type { Answer } from '../../../p2p/ports.ts';
import type { Process } from '../process.ts';

/** What an honest validator would send, and to whom. */
export interface Said {
  readonly to: readonly string[];
  readonly channel: Channel;
  readonly bytes: Uint8Array;
}

/** What stands between a process and its network. */
export interface Liar {
  onStart(process: Process): void;
  onReceive(channel: Channel, bytes: Uint8Array): void;
  /** Sends what it likes in the place of what was said. */
  say(process: Process, said: Said): void;
  /** Returns another answer, or undefined for the honest one. */
  answer(process: Process, request: Uint8Array, answer: Answer): Answer | undefined;
}
