/**
 * What this validator has said at a height: the newest message of each phase.
 *
 * Views only grow, so the newest message of a phase bars all views up to its own. It is what a restart
 * finds in the write-ahead log, and what is sent again to those who may have missed it.
 */
import { PHASE, type Phase } from '../block.ts';
import { invariant } from '../invariant.ts';
import { type Message, phaseOf, viewOf } from './message.ts';

/** This validator's own messages of one height. */
export class OwnMessages {
  readonly #newest = new Map<Phase, Message>();

  /** Takes a message that is signed. */
  add(message: Message): void {
    // R3: nothing is signed twice for one height, view and phase, nor for a view that is over.
    invariant(
      !this.hasSaid(phaseOf(message), viewOf(message)),
      'R3: a validator signs once for each slot',
    );
    this.#newest.set(phaseOf(message), message);
  }

  /** Returns whether something is signed in a phase for this view or a later one. */
  hasSaid(phase: Phase, view: number): boolean {
    const newest = this.#newest.get(phase);
    return newest !== undefined && viewOf(newest) >= view;
  }

  /** Returns whether a vote or a proposal is signed for this view or a later one. */
  hasVoted(view: number): boolean {
    const { prePrepare, prepare, commit } = PHASE;
    return [prePrepare, prepare, commit].some((phase) => this.hasSaid(phase, view));
  }

  /** The highest view of anything said; 0 where nothing is. */
  view(): number {
    return Math.max(0, ...[...this.#newest.values()].map(viewOf));
  }

  /** The newest message of a phase. */
  find(phase: Phase): Message | undefined {
    return this.#newest.get(phase);
  }

  /** R15: returns what others may still need: everything of this view, and the newest COMMIT. */
  messagesFor(view: number): readonly Message[] {
    return [PHASE.viewChange, PHASE.prePrepare, PHASE.prepare, PHASE.commit].flatMap((phase) => {
      const message = this.#newest.get(phase);
      const isNeeded =
        message !== undefined && (phase === PHASE.commit || viewOf(message) === view);
      return isNeeded ? [message] : [];
    });
  }
}
