/**
 * What is said of an item first, in its headline and to a screen reader. A registration is said without reserve only
 * where its proof holds and says the same: until then it is the node's word, and after that it may be unconfirmed.
 */
import { type CheckOutcome, outcomeOf } from './checkState.ts';
import { isUnproved, type Item, type SaidVerdict, type Stage, verdictOf } from './item.ts';
import type { Speech } from './text.ts';

/** What an item is shown as: what is said of it, or why that is not taken as said, or where it stopped. */
export type ShownVerdict = SaidVerdict | 'unconfirmed' | 'contradicted' | Stage;

/** Returns what an item is shown as. */
export function shownVerdictOf(item: Item): ShownVerdict {
  const outcome = outcomeOf(item.check);
  if (outcome === 'does-not-hold') return 'unconfirmed';
  return outcome === 'contradicted' ? outcome : (verdictOf(item) ?? item.stage);
}

/** Returns the headline of an item that is not under way. */
export function headlineOf(item: Item, { say }: Pick<Speech, 'say'>): string {
  const shown = shownVerdictOf(item);
  if (shown === 'unconfirmed' || shown === 'contradicted') return say(`headline.${shown}`);
  const verdict = verdictOf(item);
  if (verdict === undefined) {
    return say(item.stage === 'unreadable' ? 'stage.unreadable' : 'stage.unasked');
  }
  const text = say(`verdict.${verdict}`);
  return isUnproved(item) ? say('headline.unproved', { verdict: text }) : text;
}

/** Returns whether what the node said is not taken as said, since its proof does not show it. */
export function isRefuted(outcome: CheckOutcome): boolean {
  return outcome === 'does-not-hold' || outcome === 'contradicted';
}
