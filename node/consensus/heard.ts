/**
 * What was heard of each validator: its newest message, for the day on which it has forgotten what it said.
 *
 * Newest is what was signed last. Within a height views only grow, and in a view a validator signs its
 * VIEW-CHANGE for it first, then PRE-PREPARE, PREPARE and COMMIT (R11): that is the order here.
 */
import { PHASE, type Phase } from '../../chain/block.ts';
import { formatHex } from '../../chain/bytes.ts';
import {
  heightOf,
  type Message,
  phaseOf,
  signerOf,
  viewOf,
} from '../../chain/consensus/message.ts';
import type { Checked, CheckContext } from '../../chain/consensus/statement.ts';
import { VALIDATOR_COUNT_MAX } from '../../chain/limits.ts';

/** Phases in the order in which a validator signs them within a view. */
const RANK: Readonly<Record<Phase, number>> = {
  [PHASE.viewChange]: 0,
  [PHASE.prePrepare]: 1,
  [PHASE.prepare]: 2,
  [PHASE.commit]: 3,
};

/** The newest message of each validator, by its consensus key. */
export class Heard {
  /** The least recently renewed first. */
  readonly #newest = new Map<string, Message>();

  /** Takes a message that is checked, and what it was checked against. */
  note(message: Checked<Message>, { validators }: Pick<CheckContext, 'validators'>): void {
    const signer = validators[signerOf(message)];
    if (signer === undefined) return;
    const key = formatHex(signer.consensusKey);
    const held = this.#newest.get(key);
    if (held !== undefined && !isNewer(message, held)) return;
    this.#newest.delete(key);
    this.#newest.set(key, message);
    if (this.#newest.size <= VALIDATOR_COUNT_MAX) return;
    // More than a set has: who has been silent for longest is no longer in it.
    for (const oldest of this.#newest.keys()) {
      this.#newest.delete(oldest);
      break;
    }
  }

  /** Returns the newest message of the validator with this key. */
  newestOf(consensusKey: Uint8Array): Message | undefined {
    return this.#newest.get(formatHex(consensusKey));
  }
}

function isNewer(message: Message, than: Message): boolean {
  const byHeight = heightOf(message) - heightOf(than);
  if (byHeight !== 0) return byHeight > 0;
  const byView = viewOf(message) - viewOf(than);
  return byView !== 0 ? byView > 0 : RANK[phaseOf(message)] > RANK[phaseOf(than)];
}
