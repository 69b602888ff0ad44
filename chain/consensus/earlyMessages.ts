/**
 * Proposals and VIEW-CHANGEs of the next height, kept until it begins.
 *
 * One of each kind from each validator, that of the highest view: a validator that is ahead by one block
 * is understood, and nobody can make us keep more. Votes need no place here: they are in the ballot box.
 */
import { PHASE } from '../block.ts';
import { type Message, phaseOf, signerOf, viewOf } from './message.ts';

/** Messages of one height that has not begun. */
export class EarlyMessages {
  readonly #kept = new Map<string, Message>();

  /** Keeps a message, unless one of its kind and sender with this view or a later one is kept. */
  add(message: Message): void {
    const phase = phaseOf(message);
    if (phase !== PHASE.prePrepare && phase !== PHASE.viewChange) return;
    // R18: one message of each kind from each validator.
    const key = `${phase}/${signerOf(message)}`;
    const kept = this.#kept.get(key);
    if (kept === undefined || viewOf(kept) < viewOf(message)) this.#kept.set(key, message);
  }

  /** Returns what is kept, and forgets it. */
  takeAll(): readonly Message[] {
    const messages = [...this.#kept.values()];
    this.#kept.clear();
    return messages;
  }

  /** Number of messages kept. */
  size(): number {
    return this.#kept.size;
  }
}
