/**
 * Lost views: views of a height that ended without a decision, so that proposers can be suspended.
 *
 * State holds those of the last heights, and of each height the latest: a long outage cannot swell it.
 */
import { bin, type Schema, tuple, uint } from './codec.ts';
import { LOST_VIEW_HEIGHTS, VALIDATOR_COUNT_MAX } from './limits.ts';
import { KEY_BYTES } from './signature.ts';

/** A view of a height that ended without a decision, by its proposer's key. */
export interface LostView {
  readonly height: number;
  readonly view: number;
  readonly proposer: Uint8Array;
}

/** Canonical form of a lost view. */
export const lostViewSchema: Schema<LostView> = tuple<LostView>({
  height: uint(),
  view: uint(),
  proposer: bin(KEY_BYTES),
});

/** A height that is decided, and who lost its views before the one that was. */
interface DecidedHeight {
  readonly height: number;
  /** In the order of the views. */
  readonly lostProposers: readonly Uint8Array[];
}

/** Returns the lost views after a height. */
export function advanceLostViews(
  lostViews: readonly LostView[],
  { height, lostProposers }: DecidedHeight,
): readonly LostView[] {
  return [
    ...lostViews.filter((lost) => lost.height > height - LOST_VIEW_HEIGHTS),
    ...lostProposers
      .map((proposer, view) => ({ height, view, proposer }))
      .slice(-VALIDATOR_COUNT_MAX),
  ];
}
