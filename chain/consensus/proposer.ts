/**
 * Whose turn it is: a function of chain data alone, so that all validators agree.
 *
 * The proposer rotates every height and every view. A proposer that lost two views or more in the last 100
 * heights is suspended for 100 heights from its latest loss, at most f at once (latest loss first, then
 * index).
 */
import { formatHex } from '../bytes.ts';
import { invariant } from '../invariant.ts';
import { type State, validatorsAt } from '../state.ts';
import { maxFaulty } from './quorum.ts';

/** Lost views within the window that suspend a proposer. */
const LOST_VIEWS_MIN = 2;
/** The window in which they count, and how long a suspension lasts. */
const WINDOW_HEIGHTS = 100;

/** Returns the index of the proposer of (height, view), from the state after height - 1. */
export function proposerIndex(state: State, height: number, view: number): number {
  return proposerAmong(eligibleIndexes(state, height), { height, view });
}

/** Returns the index of the proposer of a place, given those who may propose at its height. */
export function proposerAmong(eligible: readonly number[], { height, view }: Place): number {
  // R5: the proposer rotates every height and every view.
  const index = eligible[(height + view) % eligible.length];
  invariant(index !== undefined, 'suspension leaves a proposer');
  return index;
}

/** Returns the proposers of the views of a height before `view`, in order: those views were lost. */
export function lostProposers(state: State, { height, view }: Place): readonly Uint8Array[] {
  const validators = validatorsAt(state, height);
  const eligible = eligibleIndexes(state, height); // Suspension is the same in all views of a height.
  return Array.from({ length: view }, (_each, lost) => {
    const proposer = validators[proposerAmong(eligible, { height, view: lost })];
    invariant(proposer !== undefined, 'a proposer is in the set');
    return proposer.consensusKey;
  });
}

/** A place in the protocol. */
export interface Place {
  readonly height: number;
  readonly view: number;
}

/** Returns the indexes of the validators that may propose at a height, ascending. */
export function eligibleIndexes(state: State, height: number): readonly number[] {
  const validators = validatorsAt(state, height);
  const suspended = validators
    .map((validator, index) => ({
      index,
      since: suspendedSince(state, height, validator.consensusKey),
    }))
    .flatMap(({ index, since }) => (since === undefined ? [] : [{ index, since }]))
    .sort((a, b) => b.since - a.since || a.index - b.index)
    .slice(0, maxFaulty(validators.length))
    .map(({ index }) => index);
  return validators.map((_validator, index) => index).filter((index) => !suspended.includes(index));
}

/** The height of the latest loss that keeps a proposer suspended at `height`, or undefined. */
export function suspendedSince(
  state: State,
  height: number,
  consensusKey: Uint8Array,
): number | undefined {
  const key = formatHex(consensusKey);
  const losses = state.lostViews
    .filter((lost) => formatHex(lost.proposer) === key)
    .map((lost) => lost.height)
    .sort((a, b) => b - a);
  // The latest loss that was the second, at least, within its window.
  return losses.find(
    (latest, i) =>
      height - latest <= WINDOW_HEIGHTS &&
      losses.slice(i).filter((each) => latest - each < WINDOW_HEIGHTS).length >= LOST_VIEWS_MIN,
  );
}
