/** The tongue of a liar: what it says in the place of the truth. */
import type { Machine } from '../machine.ts';
import type { Setting } from '../setting.ts';
import type { Liar } from './liar.ts';

/** Returns a liar with some of the behaviours that there are. */
export function createLiar({ network }: Setting, _machine: Machine): Liar {
  return {
    onStart: () => undefined,
    onReceive: () => undefined,
    say: (process, { to, channel, bytes }) => {
      for (const peerId of to) network.send(process, peerId, channel, bytes);
    },
    answer: () => undefined,
  };
}
