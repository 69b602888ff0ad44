/**
 * Ids of events: how far a listener has heard.
 *
 * An id is made of the chain and a height, so that it means the same after a restart, and at another node of the same
 * network. What has no height (samples, validators, submissions) has no id, and is not sent again.
 */
import { REPLAY_BLOCK_COUNT_MAX } from '../limits.ts';

/** Where the chain stands here. */
export interface ChainPlace {
  /** The first eight hex digits of the chain id. */
  readonly chain: string;
  readonly height: number;
  /** Height of the first block that is held. */
  readonly baseHeight: number;
}

/** Where a listener begins: after the last block that it has heard of, or anew. */
export type Start =
  | { readonly type: 'continued'; readonly after: number }
  /** `why` is undefined for who has heard nothing before. */
  | { readonly type: 'new'; readonly why: string | undefined };

const ID = /^([0-9a-f]{8})-(\d{1,15})$/;

/** Returns the id of what a listener knows that has heard of all blocks up to a height. */
export function formatEventId(chain: string, height: number): string {
  return `${chain}-${height}`;
}

/** Returns where a listener begins that has heard up to an id. What cannot be continued begins anew and says why. */
export function startAfter(lastId: string | undefined, place: ChainPlace): Start {
  if (lastId === undefined || lastId === '') return { type: 'new', why: undefined };
  const [, chain, digits] = ID.exec(lastId) ?? [];
  const after = Number(digits);
  if (chain === undefined) return anew('the id of the last event is not one of this interface');
  if (chain !== place.chain) return anew('the last event was one of another chain');
  if (after > place.height) {
    return anew(`the last event was of block ${after}, and this node has come to ${place.height}`);
  }
  if (after + 1 < place.baseHeight) {
    return anew(`the chain begins with block ${place.baseHeight} here`);
  }
  if (place.height - after > REPLAY_BLOCK_COUNT_MAX) {
    return anew(`more than ${REPLAY_BLOCK_COUNT_MAX} blocks have been missed`);
  }
  return { type: 'continued', after };
}

function anew(why: string): Start {
  return { type: 'new', why };
}
